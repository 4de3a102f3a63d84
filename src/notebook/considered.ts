/**
 * Makes answers considered: a button that gives something away answers only after it was in sight for a while, and the pointer moved or a key was pressed after that.
 * So neither the second click of a double click nor a key that was held, or meant for something else, says yes.
 */
import {make} from "./dom.ts";

/** How long a question is in sight before it can be answered, in ms. */
const restMs = 600;

/** Holds back the buttons inside `question`, which is in the document. */
export function considered(question: HTMLElement): void {
  const buttons = [...question.querySelectorAll("button")];
  const hint = make("p", "h-soft h-hint");
  hint.setAttribute("role", "status");
  question.append(hint);
  /** Whether it was in sight for long enough; and whether somebody did something after that. */
  let isRested = false;
  let isMeant = false;
  /** Keys that were down before. */
  const held = new Set<string>();
  let timer = 0;

  const rest = () => {
    clearTimeout(timer);
    if (isRested || document.visibilityState !== "visible") return;
    timer = setTimeout(() => {
      isRested = true;
      for (const button of buttons) button.removeAttribute("aria-disabled");
    }, restMs) as unknown as number;
  };
  const ending = new AbortController();
  const listen = (target: EventTarget, type: string, hear: (event: Event) => void) => target.addEventListener(type, (event) => (question.isConnected ? hear(event) : ending.abort()), {capture: true, signal: ending.signal});

  for (const button of buttons) button.setAttribute("aria-disabled", "true");
  listen(document, "visibilitychange", rest);
  listen(document, "pointermove", () => (isMeant ||= isRested));
  // A finger does not move before it presses.
  listen(document, "pointerdown", (event) => (isMeant ||= isRested && (event as PointerEvent).pointerType === "touch"));
  listen(document, "keydown", (event) => {
    const {key, repeat} = event as KeyboardEvent;
    if (!isRested) held.add(key);
    else if (!repeat && !held.has(key)) isMeant = true;
  });
  // The click that a released key makes comes after this.
  listen(document, "keyup", (event) => setTimeout(() => held.delete((event as KeyboardEvent).key)));
  listen(question, "cancel", (event) => !isRested && event.preventDefault());
  listen(question, "click", (event) => {
    // A screen reader presses a button without any key or pointer.
    if (isMeant || (isRested && (event as MouseEvent).detail === 0 && held.size === 0)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    hint.textContent = "That was too quick to be meant for this. Move the pointer or press a key, and answer then.";
  });
  rest();
}
