/** Batch normalisation with PyTorch's running statistics (Ioffe and Szegedy 2015), over all axes but the last. */
import {batchNorm as normalize} from "../kernels/index.ts";
import {below} from "../tensor/parameters.ts";
import type {Parameters, ParameterSpecs} from "../tensor/parameters.ts";
import type * as tf from "../tensor/tf.ts";
import type {Mode} from "./heads.ts";

/** Share of the batch in the new running statistics. */
const momentum = 0.1;

/**
 * x [..., c] to the same, through a ReLU if asked for. In training it uses the batch's mean and variance and moves the running
 * ones; in evaluation, and in training where its gain is frozen, it uses the running ones and leaves them still.
 */
export function batchNorm<T extends tf.Tensor>(x: T, parameters: Parameters, prefix: string, {training = false, frozen, relu = false}: Mode & {relu?: boolean} = {}): T {
  const w = below(parameters, prefix);
  const moves = training && !frozen?.(`${prefix}.weight`);
  const running = moves ? undefined : {mean: w("running_mean"), variance: w("running_var")};
  const {y, mean, variance} = normalize(x, w("weight"), w("bias"), {relu, running});
  if (moves) moveStatistics(parameters, prefix, mean, variance, x.size / x.shape[x.rank - 1]);
  return y as T;
}

/** PyTorch keeps the unbiased variance, and normalises with the biased one. */
function moveStatistics(parameters: Parameters, prefix: string, mean: tf.Tensor, variance: tf.Tensor, rows: number): void {
  const unbiased = rows / Math.max(1, rows - 1);
  for (const [name, value] of [["running_mean", mean], ["running_var", variance.mul(unbiased)]] as const) {
    const running = parameters.get(`${prefix}.${name}`);
    parameters.set(`${prefix}.${name}`, running.mul(1 - momentum).add(value.mul(momentum)));
  }
}

export function batchNormSpecs(specs: ParameterSpecs, prefix: string, channels: number, gain = 1): void {
  specs.set(`${prefix}.weight`, {shape: [channels], start: {constant: gain}});
  specs.set(`${prefix}.bias`, {shape: [channels], start: {constant: 0}});
  specs.set(`${prefix}.running_mean`, {shape: [channels], start: {constant: 0}, buffer: true});
  specs.set(`${prefix}.running_var`, {shape: [channels], start: {constant: 1}, buffer: true});
}
