/** The code of one cell on the page: a plain field, large enough for what is in it. */
import type {CellProblem} from "./compile.ts";
import {make} from "./dom.ts";

export interface CodeViewOptions {
  value: string;
  mode: string;
  /** What a screen reader calls it. */
  label: string;
  /** Asked to run; `stay` where the focus is to stay. */
  onRun(stay: boolean): void;
  onFocus(): void;
}

export interface CodeView {
  element: HTMLElement;
  readonly value: string;
  focus(): void;
  setProblem(problem: CellProblem | undefined): void;
}

export function createCodeView({value, label, onRun, onFocus}: CodeViewOptions): CodeView {
  const field = make("textarea", "h-field");
  field.value = value;
  field.spellcheck = false;
  field.setAttribute("aria-label", label);
  const resize = () => (field.rows = Math.max(1, field.value.split("\n").length));
  resize();
  field.addEventListener("input", resize);
  field.addEventListener("focus", onFocus);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    onRun(!event.shiftKey);
  });
  const element = make("div", "h-code", field);
  return {
    element,
    get value() {
      return field.value;
    },
    focus: () => field.focus({preventScroll: true}),
    setProblem(problem) {
      field.toggleAttribute("aria-invalid", problem !== undefined);
    }
  };
}
