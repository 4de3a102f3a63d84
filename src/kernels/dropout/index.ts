/** Dropout with numbers from a counter, so that a recorded step draws new ones whenever its key is written anew. */
import type * as tf from "../../tensor/tf.ts";
import {fused, hasKernel, runKernel} from "../fused.ts";
import {dropoutReference} from "./reference.ts";

/** What a mask is drawn from; equal draws give equal masks, on every backend. */
export interface Draw {
  /** int32 [2]: a seed, and the step. */
  key: tf.Tensor;
  /** Tells the masks of one step apart. */
  site: number;
}

/** Sets a share `rate` of x to zero and divides the rest by 1 - rate (Srivastava et al. 2014). Any shape. Throws a RangeError for a rate outside [0, 1). */
export function dropout<T extends tf.Tensor>(x: T, rate: number, {key, site}: Draw): T {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`dropout: rate must be at least 0 and below 1, got ${rate}`);
  if (!hasKernel("DiagonalDropout")) return dropoutReference(x, rate, {key, site});
  return fused(
    {x},
    (save) => {
      save([key]);
      return runKernel("DiagonalDropout", {x, key}, {rate, site})[0];
    },
    (dy, [key]) => ({x: () => runKernel("DiagonalDropout", {x: dy, key}, {rate, site})[0]})
  ) as T;
}
