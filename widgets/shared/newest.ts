/** Work that takes longer than frames take to come. */

/** Places frames one at a time; of those that arrive meanwhile only the newest is placed. */
export function newest<F, L>(layout: (frame: F) => L | null | undefined | Promise<L | null | undefined>, show: (layout: L) => void, fail: (error: unknown) => void): (frame: F) => void {
  let waiting: {frame: F} | null = null;
  let busy = false;
  const work = async () => {
    busy = true;
    try {
      for (let next = waiting; next; next = waiting) {
        waiting = null;
        const placed = await layout(next.frame);
        if (placed) show(placed);
      }
    } catch (error) {
      fail(error);
    } finally {
      busy = false;
    }
  };
  return (frame) => {
    waiting = {frame};
    if (!busy) void work();
  };
}
