/** Batch normalisation with PyTorch's running statistics (Ioffe and Szegedy 2015), over all axes but the last. */
import {below} from "../tensor/parameters.ts";
import type {Parameters, ParameterSpecs} from "../tensor/parameters.ts";
import type * as tf from "../tensor/tf.ts";
import type {Mode} from "./heads.ts";

const epsilon = 1e-5;
/** Share of the batch in the new running statistics. */
const momentum = 0.1;

/**
 * x [..., c] to the same. In training it uses the batch's mean and variance and moves the running ones; in evaluation, and in
 * training where its gain is frozen, it uses the running ones and leaves them still.
 */
export function batchNorm<T extends tf.Tensor>(x: T, parameters: Parameters, prefix: string, {training = false, frozen}: Mode = {}): T {
  const w = below(parameters, prefix);
  if (!training || frozen?.(`${prefix}.weight`)) {
    const scale = w("weight").mul(w("running_var").add(epsilon).rsqrt()); // [c]
    return x.sub(w("running_mean")).mul(scale).add(w("bias"));
  }
  const rows = x.reshape<tf.Tensor2D>([-1, x.shape[x.rank - 1]]); // [rows, c]
  const mean = meanRow(rows); // [c]
  const centred: tf.Tensor2D = rows.sub(mean);
  const variance = meanRow(centred.square()); // [c]
  moveStatistics(parameters, prefix, mean, variance, rows.shape[0]);
  const normal = centred.mul(variance.add(epsilon).rsqrt());
  return normal.mul(w("weight")).add(w("bias")).reshape(x.shape) as T;
}

/**
 * Mean of the rows [rows, c], summed in blocks of about the root of their number: [c]. One long float32 sum would lose up to three
 * digits, and a sum with fewer digits puts activations near zero on the wrong side of the ReLU that follows.
 */
function meanRow(x: tf.Tensor2D): tf.Tensor1D {
  const [rows, channels] = x.shape;
  let block = Math.floor(Math.sqrt(rows));
  while (rows % block !== 0) block--;
  return x.reshape([rows / block, block, channels]).sum(1).sum<tf.Tensor1D>(0).div(rows);
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
