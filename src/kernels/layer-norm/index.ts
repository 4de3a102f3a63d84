/** Layer normalisation over the last axis. */
import type * as tf from "../../tensor/tf.ts";
import {layerNormReference} from "./reference.ts";

/**
 * (x - mean) / sqrt(variance + epsilon) * gain + bias over the last axis (Ba et al. 2016), with the biased variance.
 * x [..., width], gain [width], bias [width] -> [..., width]. Throws a RangeError where the widths do not meet.
 */
export function layerNorm(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor, epsilon = 1e-5): tf.Tensor {
  const width = x.shape.at(-1);
  if (gain.rank !== 1 || gain.shape[0] !== width) throw new RangeError(`layerNorm: x [${x.shape}] expects gain [${width}], got [${gain.shape}]`);
  if (bias.rank !== 1 || bias.shape[0] !== width) throw new RangeError(`layerNorm: x [${x.shape}] expects bias [${width}], got [${bias.shape}]`);
  return layerNormReference(x, gain, bias, epsilon);
}
