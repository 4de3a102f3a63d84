/** Which of the frame's globals a cell may name, and when the runtime computes next. */

/** Lower-case globals that a cell may use beyond those that Notebook Kit knows. Everything else in lower case is a mistyped name. */
const globals = new Set(
  ("globalThis self structuredClone queueMicrotask createImageBitmap matchMedia getComputedStyle addEventListener removeEventListener dispatchEvent " +
    "setImmediate requestIdleCallback cancelIdleCallback reportError crossOriginIsolated isSecureContext screen caches indexedDB trustedTypes speechSynthesis " +
    "localStorage sessionStorage location postMessage visualViewport innerWidth innerHeight scrollX scrollY scrollTo scrollBy").split(" ")
);

/** The value of a global name. @throws ReferenceError for every other one. */
export function globalNamed(name: string): unknown {
  // A page's element ids and leftovers such as `name`, `status` and `length` are globals as well; a cell that means them says window.name.
  if ((globals.has(name) || /^[A-Z]/.test(name)) && name in globalThis) return (globalThis as Record<string, unknown>)[name];
  throw new ReferenceError(`${name} is not defined`);
}

/** The next animation frame, or soon where there are none: a hidden tab, a frame out of sight. */
export function soon(callback: () => void) {
  let called = false;
  const once = () => {
    if (!called) {
      called = true;
      callback();
    }
  };
  if (!document.hidden) requestAnimationFrame(once);
  setTimeout(once, document.hidden ? 16 : 100);
}
