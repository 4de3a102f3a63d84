/**
 * The browser's history belongs to the reader: a frame adds to it with every fragment it goes to, and nothing can forbid that. This notices
 * when it does so again and again, and takes the way back to where it was.
 */

/** How many entries the cells may add. A page of ours adds none itself. */
const maxAdded = 15;
/** How often it is looked at, in ms. */
const everyMs = 500;

/** Calls `tell` once the frame has added more entries than it may; returns a function that ends the watch. */
export function watchHistory(tell: () => void): () => void {
  const before = history.length;
  const timer = setInterval(() => {
    const added = history.length - before;
    if (added <= maxAdded) return;
    clearInterval(timer);
    tell();
    // Those entries lie ahead then, and the next step back leaves the page. Browsers keep 50: in a full history the first may be another page.
    if (history.length < 50) history.go(-added);
  }, everyMs);
  return () => clearInterval(timer);
}
