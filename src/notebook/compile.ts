/**
 * Turns a cell's source into the text of a function, with the names that it needs and makes. Runs in the host; nothing is evaluated here.
 *
 * Notebook Kit reads the source; the function's text is put together here, so that line n of the text is line n of the source
 * (errors then point at the right line without a source map), imports go to our loader, and loops can be stopped.
 */
import {parseJavaScript, parseTemplate, transpile, transpileTemplate} from "@observablehq/notebook-kit";
import type {Cell} from "@observablehq/notebook-kit";
import {simple} from "acorn-walk";
import type {CallExpression, ImportDeclaration, Node, Program, VariableDeclaration} from "acorn";
import {loopGuard} from "./messages.ts";
import {transpileTypeScript} from "./strip-types.ts";

/** What the frame needs to define a cell. */
export interface CompiledCell {
  id: number;
  mode: Cell["mode"];
  /** Text of a function expression of the `inputs`; its free names `$import` and `$loop` are given by the frame. */
  body: string;
  inputs: string[];
  outputs: string[];
  /** The one name that the value itself has, in the cells that have one. */
  output?: string;
  autodisplay: boolean;
  autoview: boolean;
  automutable: boolean;
  /** What stands on the button of a cell that runs on request only: the rest of a comment `// run: Train 200 steps`. */
  gate?: string;
  error?: undefined;
}

/** What is wrong with a cell before it runs. Lines and columns count from 1, in the cell's own source. */
export interface CellProblem {
  message: string;
  line?: number;
  column?: number;
}

/** A cell that cannot run; its outputs, where they are known, block those who need them. */
export interface BrokenCell extends Pick<CompiledCell, "id" | "mode" | "inputs" | "outputs" | "output"> {
  error: CellProblem;
}

export type Compiled = CompiledCell | BrokenCell;

export interface CompileOptions {
  /** Values to use instead of what the source says: `const NAME = anything` becomes `const NAME = value`. Values of views are set in the frame. */
  settings?: Record<string, unknown>;
}

/** Compiles one cell; what is wrong with it comes back as `error`, it never throws. */
export function compileCell(cell: Cell, {settings = {}}: CompileOptions = {}): Compiled {
  try {
    if (["sql", "node", "python", "r", "dot"].includes(cell.mode)) {
      throw new SyntaxError(`A ${cell.mode} cell needs tools outside the browser, which this notebook does not have.`);
    }
    return cell.mode === "ojs" ? compileObservable(cell) : compileJavaScript(cell, settings);
  } catch (error) {
    return {id: cell.id, mode: cell.mode, inputs: [], outputs: guessOutputs(cell), output: cell.output, error: describeSyntaxError(error)};
  }
}

/** Cells in Observable's own dialect keep its compiler; their lines are only near the mark. */
function compileObservable(cell: Cell): CompiledCell {
  const {body, inputs = [], outputs = [], output, autodisplay = false, autoview = false, automutable = false} = transpile(cell);
  return {id: cell.id, mode: cell.mode, body: body.replaceAll(/\bimport\(/g, "$import("), inputs, outputs, output, autodisplay, autoview, automutable};
}

function compileJavaScript(cell: Cell, settings: Record<string, unknown>): CompiledCell {
  const isCode = cell.mode === "js" || cell.mode === "ts";
  if (!isCode) parseTemplate(cell.value); // by itself first: an error in its JavaScript form would name the wrong column
  const source = cell.mode === "ts" ? transpileTypeScript(cell.value) : isCode ? cell.value : transpileTemplate({...cell, hidden: true});
  const parsed = parseJavaScript(source);
  const inputs = [...new Set(parsed.references.map(({name}) => name))];
  const outputs = [...new Set((parsed.declarations ?? []).map(({name}) => name))];

  const edits = new Edits(source);
  const imports = parsed.expression ? [] : moveImports(parsed.body as Program, edits);
  rewriteDynamicImports(parsed.body, edits);
  guardLoops(parsed.body, edits);
  if (!parsed.expression) applySettings(parsed.body as Program, settings, edits);

  const async = parsed.async || imports.length > 0 ? "async " : "";
  const head = `${async}(${inputs.map((name) => name.replace(/^@/, "__"))}) => `;
  const text = edits.apply();
  // The source stands behind the head on the same line; what follows it stands on a line of its own, for it may end in a comment.
  const body = parsed.expression
    ? `${head}{let $n = 0; return (${text}\n)}`
    : `${head}{let $n = 0; ${imports.join(" ")}${text}\n${outputs.length > 0 ? `return {${outputs.join(", ")}};` : ""}}`;

  return {
    id: cell.id,
    mode: cell.mode,
    body,
    inputs,
    outputs,
    output: cell.output,
    autodisplay: !cell.hidden && (isCode ? parsed.expression && !inputs.includes("display") && !inputs.includes("view") : cell.value.length > 0),
    autoview: false,
    automutable: false,
    gate: isCode ? findGate(cell.value) : undefined
  };
}

/** The label after `// run:` among the comments at a cell's head. */
export function findGate(source: string): string | undefined {
  for (const line of source.split("\n")) {
    if (!/^\s*(\/\/.*)?$/.test(line)) return;
    const label = /^\s*\/\/\s*run:\s*(.+?)\s*$/.exec(line)?.[1];
    if (label) return label;
  }
}

/** Replacements in a text, kept apart from it until the end so that all positions mean the source's. */
class Edits {
  private readonly list: {start: number; end: number; text: string}[] = [];
  constructor(private readonly source: string) {}
  replace(start: number, end: number, text: string) {
    this.list.push({start, end, text});
  }
  insert(at: number, text: string) {
    this.replace(at, at, text);
  }
  slice(start: number, end: number) {
    return this.source.slice(start, end);
  }
  /** Blanks out a stretch, keeping its line ends. */
  blank(start: number, end: number) {
    this.replace(start, end, this.source.slice(start, end).replace(/[^\n\r]/g, " "));
  }
  apply() {
    const list = this.list.map((edit, order) => ({...edit, order})).sort((a, b) => a.start - b.start || a.end - b.end || a.order - b.order);
    let text = "";
    let at = 0;
    for (const {start, end, text: replacement} of list) {
      if (start < at) continue; // inside a stretch that was replaced as a whole
      text += this.source.slice(at, start) + replacement;
      at = end;
    }
    return text + this.source.slice(at);
  }
}

/** Takes the import declarations out and returns statements that do their work, for the body's first line. */
function moveImports(program: Program, edits: Edits): string[] {
  return program.body
    .filter((node): node is ImportDeclaration => node.type === "ImportDeclaration")
    .map((node) => {
      edits.blank(node.start, node.end);
      const names: string[] = [];
      const wanted: string[] = [];
      let namespace = "";
      for (const specifier of node.specifiers) {
        if (specifier.type === "ImportNamespaceSpecifier") namespace = specifier.local.name;
        else {
          const imported = specifier.type === "ImportDefaultSpecifier" ? "default" : edits.slice(specifier.imported.start, specifier.imported.end);
          wanted.push(imported.replace(/^["']|["']$/g, ""));
          names.push(imported === specifier.local.name ? imported : `${imported}: ${specifier.local.name}`);
        }
      }
      const load = `await $import(${JSON.stringify(node.source.value)}, ${JSON.stringify(wanted)})`;
      if (namespace && names.length > 0) return `const ${namespace} = ${load}, {${names.join(", ")}} = ${namespace};`;
      return namespace ? `const ${namespace} = ${load};` : names.length > 0 ? `const {${names.join(", ")}} = ${load};` : `${load};`;
    });
}

function rewriteDynamicImports(body: Node, edits: Edits) {
  simple(body, {
    ImportExpression(node) {
      edits.replace(node.start, node.start + "import".length, "$import");
    }
  });
}

/**
 * Makes every loop look at the clock once in 4,096 rounds: `$loop()` throws when the frame has not come to rest for too long.
 * Counting is done in a local variable, which costs about a nanosecond a round.
 */
function guardLoops(body: Node, edits: Edits) {
  const guarded = ({body}: {body: Node}) => {
    if (body.type === "BlockStatement") edits.insert(body.start + 1, loopGuard);
    else {
      edits.insert(body.start, `{${loopGuard}`);
      edits.insert(body.end, "}");
    }
  };
  simple(body, {WhileStatement: guarded, DoWhileStatement: guarded, ForStatement: guarded, ForInStatement: guarded, ForOfStatement: guarded});
}

/** `const NAME = anything` becomes `const NAME = value` for the names set; a view keeps its input, which the frame sets. */
function applySettings(program: Program, settings: Record<string, unknown>, edits: Edits) {
  const declarations = program.body.filter((node): node is VariableDeclaration => node.type === "VariableDeclaration");
  for (const {id, init} of declarations.flatMap(({declarations}) => declarations)) {
    if (id.type !== "Identifier" || !init || !Object.hasOwn(settings, id.name) || isView(init)) continue;
    const lines = edits.slice(init.start, init.end).replace(/[^\n]/g, "");
    edits.replace(init.start, init.end, `(${JSON.stringify(settings[id.name])})${lines}`);
  }
}

function isView(node: Node) {
  const {type, callee} = node as CallExpression;
  return type === "CallExpression" && callee.type === "Identifier" && callee.name === "view";
}

/** Names that a broken cell most likely makes, so that those who need them are said to wait for it. */
function guessOutputs({mode, value}: Cell): string[] {
  if (mode !== "js" && mode !== "ts") return [];
  return [...value.matchAll(/^(?:const|let|var|function\*?|async function\*?|class)\s+([\w$]+)/gm)].map(([, name]) => name);
}

function describeSyntaxError(error: unknown): CellProblem {
  const {message, loc} = error as Error & {loc?: {line: number; column: number}};
  return {message: message.replace(/ \(\d+:\d+\)$/, ""), line: loc?.line, column: loc && loc.column + 1};
}
