/** Work that takes longer than frames take to come. */

/** Places frames one at a time; of those that arrive meanwhile only the newest is placed. The promise of a frame resolves once it is shown, or left out for a newer one. */
export function newest<F, L>(layout: (frame: F) => L | null | undefined | Promise<L | null | undefined>, show: (layout: L) => void, fail: (error: unknown) => void): (frame: F) => Promise<void> {
  let waiting: {frame: F; done: () => void} | null = null;
  let busy = false;
  const work = async () => {
    busy = true;
    for (let next = waiting; next; next = waiting) {
      waiting = null;
      try {
        const laid = layout(next.frame);
        // What is there at once is shown at once.
        const placed = laid instanceof Promise ? await laid : laid;
        if (placed) show(placed);
      } catch (error) {
        fail(error);
      }
      next.done();
    }
    busy = false;
  };
  return (frame) =>
    new Promise((done) => {
      waiting?.done();
      waiting = {frame, done};
      if (!busy) void work();
    });
}
