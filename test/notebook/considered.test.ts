/** Answers that were not meant for a question are none: a press that came too soon, one without a move before it, a key that was held. */
import {JSDOM} from "jsdom";
import {afterEach, beforeEach, expect, it, vi} from "vitest";
import {considered} from "../../src/notebook/considered.ts";

let document: Document;
let answered: number;
let button: HTMLButtonElement;
beforeEach(() => {
  vi.useFakeTimers();
  const {window} = new JSDOM("<section><button>Let it</button></section>", {pretendToBeVisual: true});
  ({document} = window);
  vi.stubGlobal("document", document);
  vi.stubGlobal("AbortController", window.AbortController);
  answered = 0;
  button = document.querySelector("button")!;
  button.addEventListener("click", () => void answered++);
  considered(document.querySelector("section")!);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const happen = (type: string, facts: object = {}, target: EventTarget = document) => {
  const {Event} = document.defaultView as unknown as {Event: typeof globalThis.Event};
  target.dispatchEvent(Object.assign(new Event(type, {bubbles: true, cancelable: true}), facts));
};
/** A click by a pointer has a count; one by a key or a screen reader has none. */
const click = (detail: number) => happen("click", {detail}, button);
const pass = (ms: number) => vi.advanceTimersByTime(ms);

it("takes no click of a double click, and none without a move after the rest", () => {
  happen("pointermove");
  click(1);
  pass(300);
  click(2);
  pass(600);
  click(1);
  expect(answered).toBe(0);
  expect(document.querySelector("[role=status]")!.textContent).toContain("too quick");
  happen("pointermove");
  click(1);
  expect(answered).toBe(1);
});

it("says when a button can be pressed", () => {
  expect(button.getAttribute("aria-disabled")).toBe("true");
  pass(599);
  expect(button.getAttribute("aria-disabled")).toBe("true");
  pass(1);
  expect(button.getAttribute("aria-disabled")).toBe(null);
});

it("takes a key that was pressed after the rest, and none that was held or pressed before", () => {
  happen("keydown", {key: "Enter", repeat: false});
  click(0);
  pass(700);
  happen("keydown", {key: "Enter", repeat: true});
  click(0);
  expect(answered).toBe(0);
  // The click of a space bar that was pressed before comes with its release.
  happen("keydown", {key: " ", repeat: true});
  happen("keyup", {key: " "});
  click(0);
  expect(answered).toBe(0);
  happen("keyup", {key: "Enter"});
  pass(1);
  happen("keydown", {key: "Enter", repeat: false});
  click(0);
  expect(answered).toBe(1);
});

it("takes a finger's touch, and a screen reader's press, after the rest", () => {
  click(0);
  expect(answered).toBe(0);
  pass(600);
  click(0);
  expect(answered).toBe(1);
  happen("pointerdown", {pointerType: "mouse"});
  click(1);
  expect(answered).toBe(1);
  happen("pointerdown", {pointerType: "touch"});
  click(1);
  expect(answered).toBe(2);
});

it("does not rest while the page is out of sight", () => {
  Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
  happen("visibilitychange");
  pass(5000);
  expect(button.getAttribute("aria-disabled")).toBe("true");
  Object.defineProperty(document, "visibilityState", {value: "visible", configurable: true});
  happen("visibilitychange");
  pass(600);
  expect(button.getAttribute("aria-disabled")).toBe(null);
});
