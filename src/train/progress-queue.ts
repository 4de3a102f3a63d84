/** Progress put in by callbacks, taken out by a generator; only the newest counts. */
import type {Progress} from "./protocol.ts";

/** `put` estimates the time left from the queue's beginning, `pass` hands on an estimate of its own. `drain` ends after `end`. */
export function progressQueue() {
  const started = performance.now();
  let newest: Progress | null = null;
  let ended = false;
  let wake = () => {};
  return {
    put(what: string, done: number, total: number) {
      const seconds = (performance.now() - started) / 1000;
      newest = {what, done, total, secondsLeft: done > 0 ? (seconds / done) * (total - done) : null};
      wake();
    },
    pass(progress: Progress) {
      newest = progress;
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async *drain(): AsyncGenerator<Progress> {
      while (!ended) {
        if (newest) {
          const progress = newest;
          newest = null;
          yield progress;
        } else await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  };
}
