/** One question with an answer that the page checks: a number to type or a choice to make. Keeps no score. */
import {emitInput, extend, html, root} from "./shared/dom.ts";

export interface ExerciseOptions {
  question: string;
  /** What may be chosen; without it a number is typed. */
  choices?: string[];
  /** The right number or choice, or how to get it when it is asked for: figures change while a run goes on. */
  answer: number | string | (() => number | string | null);
  /** How far a number may be off, as a share of the right one: .05. */
  tolerance?: number;
  /** Said when it is right: why. */
  why?: string;
  /** Said when it is not: where to look. */
  hint?: string;
}

export type Exercise = HTMLElement & {readonly value: {answer: string; correct: boolean | null}};

/** The question, a place for the answer, and a button that checks it. */
export function exercise({question, choices, answer, tolerance = 0.05, why = "", hint = "Not yet. Look again, and try once more."}: ExerciseOptions): Exercise {
  let correct: boolean | null = null;
  const input = choices ? html("select", {"aria-label": question}, html("option", {value: ""}, "choose"), ...choices.map((choice) => html("option", {}, choice))) : html("input", {type: "text", inputmode: "decimal", class: "d-text", "aria-label": question});
  const verdict = html("p", {class: "d-verdict", role: "status"});
  // No form: a sandboxed frame may not submit one.
  const form = html("div", {class: "d-row"}, input, html("button", {type: "button", class: "d-button", onclick: () => check()}, "Check"));
  const element = root("exercise", html("p", {class: "d-title"}, question), form, verdict);

  const check = () => {
    const right = typeof answer === "function" ? answer() : answer;
    correct = right === null ? null : isRight(input.value, right, tolerance);
    verdict.className = `d-verdict ${correct ? "d-t-pair" : ""}`;
    verdict.textContent = right === null ? "There is no answer yet: train first." : input.value.trim() === "" ? "An answer goes in the field." : correct ? `Right. ${why}` : hint;
    emitInput(element);
  };
  input.addEventListener("keydown", (event) => {
    if ((event as KeyboardEvent).key === "Enter" && !choices) check();
  });
  form.addEventListener("input", (event) => event.stopPropagation());
  return extend(element, {
    get value() {
      return {answer: input.value, correct};
    }
  });
}

/** Whether what was typed is the right choice, or a number within `tolerance`; a comma is a point, "59 %" is .59. */
export function isRight(typed: string, right: number | string, tolerance: number): boolean {
  if (typeof right === "string") return typed === right;
  const text = typed.trim().replace("−", "-").replace(",", ".");
  const value = text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text);
  return text !== "" && Math.abs(value - right) <= Math.max(Math.abs(right) * tolerance, 1e-9);
}
