/**
 * Keeps the focus where somebody types: code in the frame may ask for it at any time, and a browser gives it. While keys are pressed in a field of the page the frame
 * can have no focus at all; where the pointer moved since, a focus that went to the frame without the pointer over it is taken back.
 */

const fields = "input, textarea, select, [contenteditable]";

/** Whether somebody is at a field, an editor or a dialog of this page. */
export function isAtField(): boolean {
  return document.activeElement?.closest(`${fields}, dialog`) != null;
}

/** Watches over the focus until the frame is taken away; returns the function that ends it. */
export function keepFocus(frame: HTMLIFrameElement): () => void {
  const ending = new AbortController();
  const options = {capture: true, passive: true, signal: ending.signal};
  /** Where somebody types, if anywhere. */
  let field: HTMLElement | null = null;
  /** Tab goes where the reader wants. */
  let isTabbing = false;

  document.addEventListener("keydown", ({key, target}) => {
    isTabbing = key === "Tab";
    frame.inert = !isTabbing && (target as Element).closest(fields) !== null;
  }, options);
  for (const type of ["pointermove", "pointerdown"]) document.addEventListener(type, () => (frame.inert = false), options);
  document.addEventListener("focusin", ({target}) => {
    if (target === frame) return;
    field = (target as Element).closest<HTMLElement>(fields);
    if (!field) frame.inert = false;
  }, options);
  window.addEventListener("blur", () => {
    if (document.activeElement !== frame || !field?.isConnected) return;
    const isWanted = isTabbing || frame.matches(":hover");
    if (isWanted) field = null;
    else field.focus({preventScroll: true});
  }, options);
  return () => ending.abort();
}
