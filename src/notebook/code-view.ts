/**
 * The code of one cell on the page: coloured text to read; a click or Enter turns it into an editor. Until the editor has been loaded,
 * a plain field takes its place, so that no key is lost.
 */
import type {CellProblem} from "./compile.ts";
import {make, shownCode} from "./dom.ts";
import type {Editor, EditorOptions, Name} from "./editor.ts";

export interface CodeViewOptions {
  value: string;
  mode: string;
  /** What a screen reader calls it. */
  label: string;
  onChange(value: string): void;
  /** Asked to run; `stay` where the focus is to stay. */
  onRun(stay: boolean): void;
  onFocus(): void;
  onLeave(to: "cell" | "above" | "below"): void;
  check(value: string): CellProblem | undefined;
  names(): Promise<Name[]>;
}

type EditorModule = {createEditor(options: EditorOptions): Editor};
let editorModule: EditorModule | undefined;
let loading: Promise<EditorModule> | undefined;

/** What the editor stands on, from the ground up. */
const foundations = [() => import("@codemirror/view"), () => import("@codemirror/language"), () => import("@codemirror/lang-javascript"), () => import("@codemirror/lang-html"), () => import("@codemirror/lang-markdown"), () => import("@codemirror/autocomplete")];

/** Loads the editor, once for all cells; its parts come one after another, for all of them at once would hold the page. */
export function loadEditor(): Promise<EditorModule> {
  return (loading ??= loadInParts());
}

async function loadInParts(): Promise<EditorModule> {
  for (const load of foundations) await load();
  return (editorModule = await import("./editor.ts"));
}

type Highlighter = {highlightInto(node: HTMLElement, source: string, mode: string): void};
let highlighting: Promise<Highlighter> | undefined;
const loadHighlighter = () => (highlighting ??= import("./highlight.ts"));

export class CodeView {
  readonly element = make("div", "h-code");
  private readonly text = make("pre", "h-text");
  private field?: HTMLTextAreaElement;
  private editor?: Editor;
  private current: string;
  private mode: string;

  constructor(private readonly options: CodeViewOptions) {
    this.current = options.value;
    this.mode = options.mode;
    this.text.tabIndex = 0;
    this.text.setAttribute("role", "textbox");
    this.text.setAttribute("aria-multiline", "true");
    this.text.setAttribute("aria-readonly", "true");
    this.text.setAttribute("aria-label", options.label);
    this.text.addEventListener("click", () => {
      // Marking text with the mouse is reading, not editing.
      if (getSelection()?.isCollapsed) this.edit(this.caret());
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        this.edit("end");
      }
    });
    this.text.addEventListener("focus", () => options.onFocus());
    this.text.addEventListener("pointerenter", () => void loadEditor(), {once: true});
    this.element.append(this.text);
    this.paint();
  }

  get value(): string {
    return this.current;
  }

  get isEditing(): boolean {
    return this.editor !== undefined || this.field !== undefined;
  }

  setValue(value: string): void {
    if (value === this.current) return;
    this.current = value;
    this.editor?.setValue(value);
    if (this.field) this.field.value = value;
    this.paint();
  }

  setMode(mode: string, label: string): void {
    this.mode = mode;
    this.options.label = label;
    this.text.setAttribute("aria-label", label);
    this.editor?.setMode(mode);
    this.paint();
  }

  /** Looks again at what is wrong with the text. */
  recheck(): void {
    this.editor?.recheck();
    const problem = this.options.check(this.current);
    this.element.classList.toggle("h-wrong", problem !== undefined);
  }

  /** Starts editing. */
  edit(at?: number | "start" | "end"): void {
    if (this.editor) return this.editor.focus(typeof at === "string" ? at : undefined);
    if (editorModule) return this.mount(editorModule, at);
    if (this.field) return this.field.focus();
    const field = (this.field = make("textarea", "h-text h-field"));
    field.value = this.current;
    field.spellcheck = false;
    field.setAttribute("aria-label", this.options.label);
    field.addEventListener("input", () => this.changed(field.value));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.options.onLeave("cell");
      else if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.options.onRun(!event.shiftKey);
      }
    });
    this.text.replaceWith(field);
    field.focus({preventScroll: true});
    const position = at === "end" ? this.current.length : at === "start" ? 0 : (at ?? 0);
    field.setSelectionRange(position, position);
    this.options.onFocus();
    // Where the editor cannot be loaded (offline, an old browser), the field stays and works.
    loadEditor().then(
      (module) => this.field === field && this.mount(module, field.selectionStart),
      () => {}
    );
  }

  /** Back to text to read. */
  stopEditing(): void {
    if (!this.isEditing) return;
    this.editor?.destroy();
    this.editor = this.field = undefined;
    this.element.replaceChildren(this.text);
    this.paint();
  }

  private mount({createEditor}: EditorModule, at?: number | "start" | "end") {
    const hadFocus = this.field === undefined || document.activeElement === this.field;
    this.field = undefined;
    this.element.replaceChildren();
    const {label, onRun, onFocus, onLeave, check, names} = this.options;
    this.editor = createEditor({parent: this.element, value: this.current, mode: this.mode, label, onChange: (value) => this.changed(value), onRun, onFocus, onLeave, check, names, at: typeof at === "number" ? at : at === "end" ? this.current.length : 0});
    if (hadFocus) this.editor.focus();
  }

  private changed(value: string) {
    this.current = value;
    this.options.onChange(value);
  }

  private paint() {
    this.text.replaceChildren(...shownCode(this.current));
    if (this.mode !== "js" && this.mode !== "ts") return;
    const {current, mode} = this;
    loadHighlighter()
      .then(({highlightInto}) => current === this.current && mode === this.mode && highlightInto(this.text, current, mode))
      .catch(() => {});
  }

  /** Where in the text the mouse went down. */
  private caret(): number {
    const selection = getSelection();
    if (!selection?.anchorNode || !this.text.contains(selection.anchorNode)) return 0;
    const range = document.createRange();
    range.setStart(this.text, 0);
    range.setEnd(selection.anchorNode, selection.anchorOffset);
    return range.toString().length;
  }
}
