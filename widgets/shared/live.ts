/** Feeding a widget: frames from a stream, one drawing a screen refresh, redrawn when its width or the theme changes. */

export interface LiveOptions<T> {
  /** What the widget shows, newest last. */
  frames?: AsyncIterable<T>;
  /** Ends the feeding when it resolves, as a notebook's cell does before it runs again. */
  invalidation?: Promise<unknown>;
}

/**
 * Calls `receive` with every frame until the stream ends or `invalidation` resolves; `fail` is told when the stream breaks. Each frame comes in a
 * task of its own: several widgets hear of a frame at the same moment, and what they reckon from it together would hold the page.
 */
export function follow<T>({frames, invalidation}: LiveOptions<T>, receive: (frame: T) => void, fail: (error: unknown) => void): void {
  if (!frames) return;
  const iterator = frames[Symbol.asyncIterator]();
  let stopped = false;
  void invalidation?.then(() => {
    stopped = true;
    void iterator.return?.();
  });
  void (async () => {
    try {
      for (let next = await iterator.next(); !next.done && !stopped; next = await iterator.next()) {
        await ownTask();
        if (!stopped) receive(next.value);
      }
    } catch (error) {
      if (!stopped) fail(error);
    }
  })();
}

function ownTask(): Promise<void> {
  return new Promise((resolve) => {
    const {port1, port2} = new MessageChannel();
    port2.onmessage = () => {
      port2.close();
      resolve();
    };
    port1.postMessage(null);
  });
}

/** How much of one screen refresh drawing may take, in ms. A widget is drawn whole; those that come after it wait for the next refresh. */
const drawingMs = 2;
const due: (() => void)[] = [];

/** A widget that is scrolled out of sight is drawn no more often than this, in ms: its words stay true for whoever searches or reads the page aloud. */
const awayMs = 1000;

/**
 * Returns a function that asks for a drawing: however often it is called, `draw` runs once a screen refresh, or in a later one when others were
 * first; once a second while `element`, which it draws, is out of sight.
 */
export function scheduled(draw: () => void, element: Element): () => void {
  let waiting = false;
  let resting = 0;
  const now = () => {
    waiting = false;
    sight.drawnAt = performance.now();
    draw();
  };
  const queue = () => {
    clearTimeout(resting);
    resting = 0;
    due.push(now);
    if (due.length === 1) requestAnimationFrame(drawDue);
  };
  const sight = watchSight(element, () => resting && queue());
  return () => {
    if (waiting) return;
    waiting = true;
    const rest = sight.away ? sight.drawnAt + awayMs - performance.now() : 0;
    if (rest > 0) resting = window.setTimeout(queue, rest);
    else queue();
  };
}

interface Sight {
  away: boolean;
  drawnAt: number;
  /** Draws what waits, instead of letting it rest. */
  wake: () => void;
}
const sights = new WeakMap<Element, Sight>();
let sightings: IntersectionObserver | null = null;

/** Tells whether `element` is out of sight, and calls `wake` when it comes near. */
function watchSight(element: Element, wake: () => void): Sight {
  sightings ??= new IntersectionObserver((entries) => {
    for (const {target, isIntersecting} of entries) {
      const sight = sights.get(target)!;
      sight.away = !isIntersecting;
      if (isIntersecting) sight.wake();
    }
  }, {rootMargin: "20%"});
  const sight = {away: false, drawnAt: -Infinity, wake};
  sights.set(element, sight);
  sightings.observe(element);
  return sight;
}

/** Whether a drawing is still to come on one of the next screen refreshes. */
export const isDrawingDue = (): boolean => due.length > 0;

function drawDue(): void {
  // What asks again while it is drawn has its turn in a later refresh.
  const first = due.length;
  const end = performance.now() + drawingMs;
  let drawn = 0;
  try {
    while (drawn < first && performance.now() < end) due[drawn++]();
  } finally {
    due.splice(0, drawn);
    if (due.length > 0) requestAnimationFrame(drawDue);
  }
}

/** Calls `draw` when the element's width, the theme or the type size changes, until `invalidation`; at once, in sight or not, for a wide picture makes the page wide. */
export function watchLook(element: HTMLElement, draw: () => void, invalidation?: Promise<unknown>): void {
  const redraw = () => {
    const sight = sights.get(element);
    if (sight) sight.drawnAt = -Infinity;
    draw();
    sight?.wake();
  };
  let width = -1;
  const sizes = new ResizeObserver(([{contentRect}]) => {
    if (Math.abs(contentRect.width - width) < 0.5) return;
    width = contentRect.width;
    redraw();
  });
  sizes.observe(element);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", redraw);
  const attributes = new MutationObserver(redraw);
  attributes.observe(document.documentElement, {attributes: true, attributeFilter: ["data-theme", "class", "style"]});
  // Labels are laid out by their width, and letters may come late.
  document.fonts?.addEventListener("loadingdone", redraw);
  void document.fonts?.ready.then(redraw);
  void invalidation?.then(() => {
    sizes.disconnect();
    attributes.disconnect();
    scheme.removeEventListener("change", redraw);
    document.fonts?.removeEventListener("loadingdone", redraw);
  });
}

/** The font size in force at the element, in px: what margins and labels are measured in, so that a projector's type fits. */
export function typeSize(element: Element): number {
  return parseFloat(getComputedStyle(element).fontSize) || 14;
}

export function reducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Calls `step(progress)` from 0 to 1 over `durationMs`, eased; at once, with 1, where motion is not wanted. Returns a function that stops it. */
export function tween(step: (progress: number) => void, durationMs = 450): () => void {
  if (reducedMotion()) {
    step(1);
    return () => {};
  }
  const start = performance.now();
  let handle = requestAnimationFrame(function frame(now) {
    const t = Math.min(1, Math.max(0, (now - start) / durationMs));
    step(t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);
    if (t < 1) handle = requestAnimationFrame(frame);
  });
  return () => cancelAnimationFrame(handle);
}
