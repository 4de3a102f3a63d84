/** Definition of layer normalisation. */
import * as tf from "../../tensor/tf.ts";

/** (x - mean) / sqrt(variance + epsilon) * gain + bias over the last axis; x [..., width], gain and bias [width]. */
export function layerNormReference(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor, epsilon = 1e-5): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true)); // [..., width]
  const variance = tf.mean(tf.mul(centred, centred), -1, true); // [..., 1]
  const normal = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))); // [..., width]
  return tf.add(tf.mul(normal, gain), bias);
}
