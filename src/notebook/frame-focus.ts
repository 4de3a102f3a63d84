/**
 * Keeps the focus where somebody types or answers: code in the frame may ask for it at any time, and a browser gives it. It is given back at once, and a frame that goes
 * on taking it is reported. Where the pointer is over the frame, a focus that goes there cannot be told from a press, and stays.
 */

const fields = "input, textarea, select, [contenteditable]";

/** Whether somebody is at a field, an editor or a dialog of this page. */
export function isAtField(): boolean {
  return document.activeElement?.closest(`${fields}, dialog`) != null;
}

/** So many times the focus is taken, in a stretch of so long, before it is reported. */
const [mostTaken, stretchMs] = [3, 10_000];

/** Watches over the focus; `onTaken` hears of a frame that takes it again and again. Returns the function that ends it. */
export function keepFocus(frame: HTMLIFrameElement, onTaken: () => void): () => void {
  const ending = new AbortController();
  const options = {capture: true, passive: true, signal: ending.signal};
  /** What has the focus of somebody who types or answers. */
  let holder: HTMLElement | null = null;
  /** Tab goes where the reader wants. */
  let isTabbing = false;
  let taken: number[] = [];

  document.addEventListener("keydown", ({key}) => (isTabbing = key === "Tab"), options);
  document.addEventListener("focusin", ({target}) => {
    if (target !== frame) holder = isAtField() ? (target as HTMLElement) : null;
  }, options);
  const lookAgain = () => {
    if (document.activeElement !== frame || !holder?.isConnected) return;
    if (isTabbing || frame.matches(":hover")) return void (holder = null);
    holder.focus({preventScroll: true});
    const now = performance.now();
    taken = [...taken.filter((at) => now - at < stretchMs), now];
    if (taken.length >= mostTaken) onTaken();
  };
  // The window loses the focus before it is known to whom.
  window.addEventListener("blur", () => setTimeout(lookAgain), options);
  return () => ending.abort();
}
