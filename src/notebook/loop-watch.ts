/** Ends loops that let nothing else happen: compile.ts puts a call of this into every loop. */

export interface LoopWatchOptions {
  /** How long code may go on without a pause, in milliseconds. */
  loopLimitMs?: number;
  /** Asks from outside for the running loop to stop; shared with the host where the page is isolated. */
  interruptFlag?: Int32Array;
}

/** A function that loops call now and then. It throws in one that has gone on for too long, or is asked to stop. */
export function createLoopWatch({loopLimitMs = 5000, interruptFlag}: LoopWatchOptions): () => void {
  let stretchStartMs = 0;
  return () => {
    const now = performance.now();
    if (interruptFlag && Atomics.exchange(interruptFlag, 0, 0) === 1) throw new Error("interrupted");
    if (stretchStartMs === 0) {
      stretchStartMs = now;
      setTimeout(() => (stretchStartMs = 0));
    } else if (now - stretchStartMs > loopLimitMs) {
      throw new Error(`This loop went on for ${Math.round(loopLimitMs / 1000)} s without a pause, so it was stopped. A long computation may pause with: await Promises.delay(0)`);
    }
  };
}
