/** Batch normalisation's kernels for the WebAssembly backend: DiagonalBatchStatistics, DiagonalBatchNorm and DiagonalBatchNormGradient. */
import type * as tf from "../../tensor/tf.ts";
import type {Job} from "../assembly/jobs.ts";
import type {Native} from "../assembly/native.ts";

interface Attributes {
  epsilon: number;
  relu: boolean;
}

export function registerBatchNorm(native: Native): void {
  native.register("DiagonalBatchStatistics", ({x}) => {
    const [rows, channels] = sizesOf(x);
    const [mean, variance] = [native.output([channels]), native.output([channels])];
    const sums = summed(native, "batchSums", channels, [rows, channels, native.address(x)], native.workspace(sumBytes(native, channels)));
    const first = native.floatsAt(native.address(x), channels);
    const [means, variances] = [mean, variance].map((row) => native.floatsAt(native.address(row), channels));
    for (let j = 0; j < channels; j++) {
      // The sums are of x less its first row.
      const shifted = sums[j] / rows;
      means[j] = first[j] + shifted;
      variances[j] = Math.max(0, sums[channels + j] / rows - shifted * shifted);
    }
    return [mean, variance];
  });

  native.register("DiagonalBatchNorm", ({x, gain, bias, mean, variance}, {epsilon, relu}: Attributes) => {
    const [rows, channels] = sizesOf(x);
    const y = native.output(x.shape);
    const scale = native.workspace(4 * channels);
    native.floatsAt(scale, channels).set(scales(native, gain, variance, epsilon));
    native.run("batchNorm", [rows, channels, native.address(x), native.address(mean), scale, native.address(bias), native.address(y), relu]);
    return y;
  });

  native.register("DiagonalBatchNormGradient", ({x, gain, bias, mean, variance, dy}, {epsilon, relu, constant}: Attributes & {constant: boolean}) => {
    const [rows, channels] = sizesOf(x);
    const [dx, gainGradient, biasGradient] = [x, gain, bias].map(({shape}) => native.output(shape));
    // Of each channel: its scale, then what the gradient takes off every dy and off every dy by its distance from the mean.
    const scale = native.workspace(16 * channels + sumBytes(native, channels));
    native.floatsAt(scale, channels).set(scales(native, gain, variance, epsilon));
    const shared = [rows, channels, native.address(x), native.address(mean), scale, native.address(bias), native.address(dy), relu];
    const sums = summed(native, "batchNormSums", channels, shared, scale + 16 * channels);
    const [variances, gains, biases] = [variance, gainGradient, biasGradient].map((row) => native.floatsAt(native.address(row), channels));
    const taken = native.floatsAt(scale + 4 * channels, 2 * channels);
    for (let j = 0; j < channels; j++) {
      const inverse = 1 / (variances[j] + epsilon);
      biases[j] = sums[j];
      gains[j] = sums[channels + j] * Math.sqrt(inverse);
      taken[j] = constant ? 0 : sums[j] / rows;
      taken[channels + j] = constant ? 0 : (sums[channels + j] * inverse) / rows;
    }
    native.run("batchNormGradient", [...shared, scale + 4 * channels, native.address(dx)]);
    return [dx, gainGradient, biasGradient];
  });
}

/** Rows and channels. */
function sizesOf({shape}: tf.TensorInfo): [rows: number, channels: number] {
  return [shape.slice(0, -1).reduce((a, b) => a * b, 1), shape.at(-1)!];
}

/** gain / sqrt(variance + epsilon), in float64. */
function scales(native: Native, gain: tf.TensorInfo, variance: tf.TensorInfo, epsilon: number): Float64Array {
  const [gains, variances] = [gain, variance].map((row) => native.floatsAt(native.address(row), row.shape[0]));
  return Float64Array.from(gains, (value, j) => value / Math.sqrt(variances[j] + epsilon));
}

/** Memory for two float64 sums a channel and part. */
const sumBytes = ({parts}: Native, channels: number) => 16 * channels * parts;

/** Runs a job that writes two sums a channel and part to `address`, and adds the parts up: [2, channels]. */
function summed(native: Native, job: Job, channels: number, words: (number | boolean)[], address: number): Float64Array {
  native.run(job, [...words, address]);
  const all = native.doublesAt(address, 2 * channels * native.parts);
  const sum = all.slice(0, 2 * channels);
  for (let i = sum.length; i < all.length; i++) sum[i % sum.length] += all[i];
  return sum;
}
