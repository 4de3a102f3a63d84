/** A cell's code in CodeMirror. Loaded when somebody first edits: see code-view.ts. */
import {acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionContext} from "@codemirror/autocomplete";
import {defaultKeymap, history, historyKeymap, indentLess, indentMore} from "@codemirror/commands";
import {html} from "@codemirror/lang-html";
import {javascript} from "@codemirror/lang-javascript";
import {markdown} from "@codemirror/lang-markdown";
import {bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting} from "@codemirror/language";
import {forceLinting, linter, type Diagnostic} from "@codemirror/lint";
import {highlightSelectionMatches, search, searchKeymap} from "@codemirror/search";
import {Compartment, EditorState, type Text} from "@codemirror/state";
import {unseenSigns} from "./dom.ts";
import {drawSelection, dropCursor, EditorView, highlightActiveLine, highlightSpecialChars, keymap, placeholder} from "@codemirror/view";
import {tags} from "@lezer/highlight";
import type {CellProblem} from "./compile.ts";

/** A name that can be completed. */
export interface Name {
  label: string;
  /** What it is in a word or two: "cell 3", "diagonal". */
  from: string;
  /** How it is called. */
  signature?: string;
  /** What it does. */
  doc?: string;
}

export interface EditorOptions {
  parent: HTMLElement;
  value: string;
  mode: string;
  label: string;
  /** Where the caret is at first. */
  at: number;
  onChange(value: string): void;
  /** Run it; `stay` where the focus is to stay. */
  onRun(stay: boolean): void;
  /** Leave the editor by the keyboard: where to. */
  onLeave(to: "cell" | "above" | "below"): void;
  onFocus(): void;
  /** What is wrong with this text, or was when it ran. */
  check(value: string): CellProblem | undefined;
  names(): Promise<Name[]>;
}

export interface Editor {
  focus(at?: "start" | "end"): void;
  readonly value: string;
  setValue(value: string): void;
  setMode(mode: string): void;
  /** Looks again at what is wrong. */
  recheck(): void;
  destroy(): void;
}

const look = HighlightStyle.define([
  {tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.controlKeyword], class: "c-keyword"},
  {tag: [tags.string, tags.special(tags.string), tags.regexp], class: "c-string"},
  {tag: [tags.number, tags.bool, tags.null, tags.atom], class: "c-number"},
  {tag: [tags.comment, tags.meta], class: "c-comment"},
  {tag: [tags.definition(tags.variableName), tags.function(tags.variableName), tags.className], class: "c-name"},
  {tag: [tags.typeName, tags.tagName, tags.attributeName], class: "c-type"},
  {tag: tags.heading, fontWeight: "650"},
  {tag: tags.strong, fontWeight: "650"},
  {tag: tags.emphasis, fontStyle: "italic"},
  {tag: tags.link, textDecoration: "underline"},
  {tag: tags.invalid, color: "var(--hard-ink)"}
]);

function languageOf(mode: string) {
  if (mode === "js" || mode === "ojs") return javascript();
  if (mode === "ts") return javascript({typescript: true});
  if (mode === "md") return markdown();
  return mode === "html" ? html() : [];
}

/** Puts an editor into `parent`. */
export function createEditor(options: EditorOptions): Editor {
  const {parent, value, mode, label, at, onChange, onRun, onLeave, onFocus, check, names} = options;
  const language = new Compartment();
  let currentMode = mode;

  const lint = linter(
    (view) => {
      const problem = check(view.state.doc.toString());
      return problem ? [diagnostic(view.state.doc, problem)] : [];
    },
    {delay: 350}
  );
  const run = (stay: boolean) => () => (onRun(stay), true);
  const leaveAtEdge = (to: "above" | "below") => (view: EditorView) => {
    const {main} = view.state.selection;
    const line = view.state.doc.lineAt(main.head);
    const atEdge = main.empty && (to === "above" ? line.number === 1 : line.number === view.state.doc.lines);
    if (atEdge) onLeave(to);
    return atEdge;
  };

  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: value,
      selection: {anchor: Math.min(at, value.length)},
      extensions: [
        highlightSpecialChars({addSpecialChars: unseenSigns}),
        keymap.of([
          {key: "Shift-Enter", run: run(false)},
          {key: "Mod-Enter", run: run(true)},
          {key: "Tab", run: (view) => acceptCompletion(view) || indentMore(view), shift: indentLess},
          {key: "Alt-ArrowUp", run: leaveAtEdge("above")},
          {key: "Alt-ArrowDown", run: leaveAtEdge("below")}
        ]),
        history(),
        drawSelection(),
        dropCursor(),
        indentOnInput(),
        indentUnit.of("  "),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        search({top: true}),
        autocompletion({override: [(context) => complete(context, currentMode, names)], activateOnTypingDelay: 150}),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...historyKeymap]),
        keymap.of([{key: "Escape", run: () => (onLeave("cell"), true)}, {key: "ArrowUp", run: leaveAtEdge("above")}, {key: "ArrowDown", run: leaveAtEdge("below")}, ...defaultKeymap]),
        language.of(languageOf(mode)),
        syntaxHighlighting(look),
        lint,
        placeholder(mode === "md" ? "Write text" : "Write code"),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({"aria-label": label, autocapitalize: "off", autocorrect: "off", spellcheck: mode === "md" ? "true" : "false"}),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
          if (update.focusChanged && update.view.hasFocus) onFocus();
        })
      ]
    })
  });

  return {
    focus(at) {
      view.focus();
      if (at) view.dispatch({selection: {anchor: at === "start" ? 0 : view.state.doc.length}});
    },
    get value() {
      return view.state.doc.toString();
    },
    setValue(text) {
      if (text !== view.state.doc.toString()) view.dispatch({changes: {from: 0, to: view.state.doc.length, insert: text}});
    },
    setMode(mode) {
      currentMode = mode;
      view.dispatch({effects: language.reconfigure(languageOf(mode))});
    },
    recheck: () => forceLinting(view),
    destroy: () => view.destroy()
  };
}

/** Underlines the word at the place, or the whole line where only that is known. */
function diagnostic(doc: Text, {message, line = 1, column}: CellProblem): Diagnostic {
  const at = doc.line(Math.max(1, Math.min(line, doc.lines)));
  let from = Math.min(at.from + (column ?? 1) - 1, at.to);
  if (column === undefined) return {from: at.from + /^\s*/.exec(at.text)![0].length, to: at.to, severity: "error", message};
  const word = /^[\w$]+|^./.exec(doc.sliceString(from, at.to))?.[0] ?? "";
  // At a line's end there is nothing to underline but what stands before.
  if (word === "") from = Math.max(at.from, from - 1);
  return {from, to: Math.max(from + word.length, Math.min(from + 1, doc.length)), severity: "error", message};
}

async function complete(context: CompletionContext, mode: string, names: () => Promise<Name[]>) {
  const before = context.matchBefore(/[\w$]*/);
  const isCode = mode === "js" || mode === "ts" || mode === "ojs" || /\$\{[^}]*$/.test(context.state.sliceDoc(0, context.pos));
  if (!before || !isCode || (before.from === before.to && !context.explicit)) return null;
  // After a dot stand the fields of something; those are not known before it runs.
  if (context.state.sliceDoc(before.from - 1, before.from) === ".") return null;
  const options = (await names()).map(({label, from, signature, doc}) => ({
    label,
    detail: from,
    type: signature?.includes("(") ? "function" : "variable",
    info: doc || signature ? () => describe(signature, doc) : undefined
  }));
  return {from: before.from, options, validFor: /^[\w$]*$/};
}

function describe(signature: string | undefined, doc: string | undefined) {
  const box = document.createElement("div");
  box.className = "h-doc";
  if (signature) box.appendChild(document.createElement("code")).textContent = signature;
  for (const paragraph of doc?.split(/\n\s*\n/) ?? []) box.appendChild(document.createElement("p")).textContent = paragraph;
  return box;
}
