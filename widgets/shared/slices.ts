/** Long arithmetic written as a generator, which yields after every line: done at once where it is short, or in slices between which the page draws and answers. */

export type Work<T> = Generator<void, T>;

/** All of it, now. */
export function whole<T>(work: Work<T>): T {
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value;
}

/** All of it, `sliceMs` at a time; undefined where `going` says no in between. */
export async function inSlices<T>(work: Work<T>, going: () => boolean, sliceMs = 12): Promise<T | undefined> {
  for (;;) {
    const end = performance.now() + sliceMs;
    while (performance.now() < end) {
      const step = work.next();
      if (step.done) return going() ? step.value : undefined;
    }
    await new Promise((resolve) => setTimeout(resolve));
    if (!going()) return undefined;
  }
}
