/** Whether somebody's hands are on the page: heavy work elsewhere then leaves it a core, so that it answers at once. */

/** How often to tell at most, in ms. */
const everyMs = 200;

/** Calls `tell` when something is pointed at, pressed, turned or typed in a window: at once, and then at most five times a second. */
export function watchHands(target: Window, tell: () => void): void {
  let toldAt = -Infinity;
  const told = ({timeStamp}: Event) => {
    if (timeStamp - toldAt < everyMs) return;
    toldAt = timeStamp;
    tell();
  };
  for (const type of ["pointermove", "pointerdown", "wheel", "keydown"]) target.addEventListener(type, told, {capture: true, passive: true});
}
