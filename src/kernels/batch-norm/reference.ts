/** Definition of batch normalisation. */
import * as tf from "../../tensor/tf.ts";

/** Per channel, [c]: the mean and the biased variance. */
export interface Statistics {
  mean: tf.Tensor;
  variance: tf.Tensor;
}

export interface BatchNormOptions {
  /** Added to the variance (1e-5). */
  epsilon?: number;
  /** Whether a ReLU follows (false). */
  relu?: boolean;
  /** Statistics to use in place of the batch's own, and constants to the gradient: the running ones, in evaluation. */
  running?: Statistics;
}

export interface BatchNorm extends Statistics {
  y: tf.Tensor;
}

/** (x - mean) / sqrt(variance + epsilon) * gain + bias, then the ReLU; x [..., c], gain and bias [c]. Also gives the statistics it used. */
export function batchNormReference(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor, {epsilon = 1e-5, relu = false, running}: BatchNormOptions = {}): BatchNorm {
  const rows = tf.reshape(x, [-1, x.shape.at(-1)!]) as tf.Tensor2D; // [rows, c]
  const mean = running?.mean ?? meanRow(rows); // [c]
  const centred = tf.sub<tf.Tensor2D>(rows, mean);
  const variance = running?.variance ?? meanRow(tf.square(centred)); // [c]
  const scale = tf.rsqrt(tf.add(variance, epsilon)); // [c]
  // Running statistics are as well one factor a channel; the batch's are kept apart from the gain, whose gradient takes the normal numbers.
  const scaled = running ? tf.mul(centred, tf.mul(gain, scale)) : tf.mul(tf.mul(centred, scale), gain);
  const y = tf.reshape(tf.add(scaled, bias), x.shape);
  return {y: relu ? tf.relu(y) : y, mean, variance};
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
