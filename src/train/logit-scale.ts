/** Keeps CLIP's learned temperature in its bounds. */
import type {Parameters} from "../tensor/parameters.ts";
import * as tf from "../tensor/tf.ts";

/** A temperature of 1/100: beyond it training became unstable (Radford et al. 2021, section 2.5). */
export const largestLogitScaleLog = Math.log(100);

/** Clamps the log scale to [0, ln 100]. To be called after each optimizer step, never inside the loss: there it would cut the gradient. */
export function clampLogitScale(parameters: Parameters): void {
  const t = parameters.get("logit_scale");
  tf.tidy(() => t.assign(t.clipByValue(0, largestLogitScaleLog)));
}
