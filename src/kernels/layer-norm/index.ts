/** Layer normalisation over the last axis. */
import type * as tf from "../../tensor/tf.ts";
import {fused, hasKernel, runKernel} from "../fused.ts";
import {layerNormReference} from "./reference.ts";

/**
 * (x - mean) / sqrt(variance + epsilon) * gain + bias over the last axis (Ba et al. 2016), with the biased variance.
 * x [..., width], gain [width], bias [width] -> [..., width]. Throws a RangeError where the widths do not meet.
 */
export function layerNorm(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor, epsilon = 1e-5): tf.Tensor {
  const width = x.shape.at(-1);
  if (gain.rank !== 1 || gain.shape[0] !== width) throw new RangeError(`layerNorm: x [${x.shape}] expects gain [${width}], got [${gain.shape}]`);
  if (bias.rank !== 1 || bias.shape[0] !== width) throw new RangeError(`layerNorm: x [${x.shape}] expects bias [${width}], got [${bias.shape}]`);
  if (!hasKernel("DiagonalLayerNorm")) return layerNormReference(x, gain, bias, epsilon);
  return fused(
    {x, gain, bias},
    (save) => {
      save([x, gain, bias]);
      return runKernel("DiagonalLayerNorm", {x, gain, bias}, {epsilon})[0];
    },
    (dy, [x, gain, bias]) => {
      const [dx, gainGradient, biasGradient] = runKernel("DiagonalLayerNormGradient", {x, gain, bias, dy}, {epsilon});
      return {x: () => dx, gain: () => gainGradient, bias: () => biasGradient};
    }
  );
}
