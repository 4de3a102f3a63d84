/**
 * Colours code that is only read, with the tokenizer that has read the cell to run it anyway; the editor brings a grammar of its own.
 * It knows no types of TypeScript beyond their names: a type is coloured by the sign before it.
 */
import {tokenizer, type Comment, type Token} from "acorn";
import {shownCode} from "./dom.ts";

/** Words of TypeScript that acorn reads as names. */
const typeWords = new Set("type interface as satisfies readonly declare namespace enum implements private protected public keyof abstract".split(" "));
const atoms = new Set(["true", "false", "null", "undefined", "NaN", "Infinity"]);

interface Part {
  start: number;
  end: number;
  name: string;
}

/** Fills `node` with `source`, in spans by what each part is. Other languages than JavaScript and TypeScript stay plain. */
export function highlightInto(node: HTMLElement, source: string, mode: string): void {
  node.replaceChildren(...(mode === "js" || mode === "ts" || mode === "ojs" ? paint(source) : shownCode(source)));
}

function paint(source: string): (Node | string)[] {
  const painted: (Node | string)[] = [];
  let at = 0;
  for (const {start, end, name} of partsOf(source)) {
    if (start < at) continue;
    const span = document.createElement("span");
    span.className = name;
    span.append(...shownCode(source.slice(start, end)));
    painted.push(...shownCode(source.slice(at, start)), span);
    at = end;
  }
  return [...painted, ...shownCode(source.slice(at))];
}

/** The coloured stretches of a source, from left to right, as far as it can be read. */
export function partsOf(source: string): Part[] {
  const parts: Part[] = [];
  const onComment: Comment[] = [];
  let before = "";
  try {
    for (const token of tokenizer(source, {ecmaVersion: "latest", sourceType: "module", allowHashBang: true, onComment})) {
      const text = source.slice(token.start, token.end);
      const name = classOf(token, text, before, source);
      if (name) parts.push({start: token.start, end: token.end, name});
      before = text;
    }
  } catch {
    // A text that is not whole yet is coloured up to where it breaks off.
  }
  for (const {start, end} of onComment) parts.push({start, end, name: "c-comment"});
  return parts.sort((a, b) => a.start - b.start);
}

function classOf({type, end}: Token, text: string, before: string, source: string): string | undefined {
  const {label, keyword} = type as {label: string; keyword?: string};
  if (atoms.has(text)) return "c-number";
  if (keyword || (label === "name" && before !== "." && (/^(async|await|of|let)$/.test(text) || (text === "from" && /^\s*["']/.test(source.slice(end)))))) return "c-keyword";
  if (label === "string" || label === "template" || label === "`" || label === "regexp") return "c-string";
  if (label === "num" || label === "bigint") return "c-number";
  if (label !== "name") return undefined;
  if (typeWords.has(text) && /^\s+[\w{[("'$]/.test(source.slice(end)) && before !== ".") return "c-keyword";
  if (/^(string|number|boolean|unknown|never|any|void)$/.test(text) || (/^[A-Z]/.test(text) && (before === ":" || before === "<" || before === "as"))) return "c-type";
  if (["const", "let", "var", "function", "class"].includes(before) || (before !== "." && source[end] === "(")) return "c-name";
}
