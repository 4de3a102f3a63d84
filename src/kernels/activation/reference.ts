/** Definitions of the activations: CLIP's towers' two, and those of the convolutional networks that are looked through. Not fused into anything; see linear for that. */
import * as tf from "../../tensor/tf.ts";

/** Which activation follows a linear layer. */
export type Activation = "none" | "gelu" | "quickGelu" | "relu" | "relu6";

/** x * Phi(x), with the exact normal distribution function (Hendrycks and Gimpel 2016); PyTorch's `gelu`. */
export function geluReference<T extends tf.Tensor>(x: T): T {
  return tf.mul(x, normalDistribution(x));
}

/** x * sigmoid(1.702 x), the approximation that OpenAI's CLIP was trained with. */
export function quickGeluReference<T extends tf.Tensor>(x: T): T {
  return tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)));
}

/** The activation by name. */
export function activateReference<T extends tf.Tensor>(x: T, activation: Activation): T {
  if (activation === "gelu") return geluReference(x);
  if (activation === "quickGelu") return quickGeluReference(x);
  if (activation === "relu") return tf.relu(x);
  if (activation === "relu6") return tf.clipByValue(x, 0, 6);
  return x;
}

function normalDistribution(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}
