/** Batch normalisation over all axes but the last, and the ReLU that may follow it. Moves no running statistics. */
import type * as tf from "../../tensor/tf.ts";
import {fused, hasKernel, runKernel} from "../fused.ts";
import {batchNormReference, type BatchNorm, type BatchNormOptions} from "./reference.ts";

export type {BatchNorm, BatchNormOptions, Statistics} from "./reference.ts";

/**
 * (x - mean) / sqrt(variance + epsilon) * gain + bias, per channel (Ioffe and Szegedy 2015), with the batch's mean and biased
 * variance, summed in float64 as PyTorch does, or with `running` ones; then a ReLU if asked for.
 * x [..., c], gain [c], bias [c] -> y [..., c] and the statistics used, [c], through which no gradient goes.
 * Throws a RangeError where the channels do not meet.
 */
export function batchNorm(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor, options: BatchNormOptions = {}): BatchNorm {
  const {epsilon = 1e-5, relu = false, running} = options;
  const channels = x.shape.at(-1);
  for (const [name, row] of Object.entries({gain, bias, ...running})) {
    if (row.rank !== 1 || row.shape[0] !== channels) throw new RangeError(`batchNorm: x [${x.shape}] expects ${name} [${channels}], got [${row.shape}]`);
  }
  if (!hasKernel("DiagonalBatchNorm")) return batchNormReference(x, gain, bias, options);
  const [mean, variance] = running ? [running.mean, running.variance] : runKernel("DiagonalBatchStatistics", {x}, {});
  const y = fused(
    {x, gain, bias},
    (save) => {
      save([x, gain, bias, mean, variance]);
      return runKernel("DiagonalBatchNorm", {x, gain, bias, mean, variance}, {epsilon, relu})[0];
    },
    (dy, [x, gain, bias, mean, variance]) => {
      const [dx, gainGradient, biasGradient] = runKernel("DiagonalBatchNormGradient", {x, gain, bias, mean, variance, dy}, {epsilon, relu, constant: running !== undefined});
      return {x: () => dx, gain: () => gainGradient, bias: () => biasGradient};
    }
  );
  return {y, mean, variance};
}
