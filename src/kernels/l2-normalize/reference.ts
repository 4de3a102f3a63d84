/** Definition of L2 normalisation. */
import * as tf from "../../tensor/tf.ts";

/** x / max(|x|, epsilon) over the last axis, any shape; the gradient at zero is that of x / epsilon. */
export function l2NormalizeReference<T extends tf.Tensor>(x: T, epsilon = 1e-12): T {
  const squares = tf.sum(tf.mul(x, x), -1, true); // [..., 1]
  return tf.mul(x, tf.rsqrt(tf.maximum(squares, epsilon ** 2)));
}
