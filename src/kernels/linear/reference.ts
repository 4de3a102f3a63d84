/** Definition of the linear layer with its epilogue. */
import * as tf from "../../tensor/tf.ts";
import {activateReference, type Activation} from "../activation/reference.ts";
import {product} from "../product.ts";

export interface LinearOptions {
  /** [out] */
  bias?: tf.Tensor;
  activation?: Activation;
  /** [..., out], added after the activation. */
  residual?: tf.Tensor;
}

/** activation(x weight^T + bias) + residual: x [..., in], weight [out, in] -> [..., out]. */
export function linearReference(x: tf.Tensor, weight: tf.Tensor, {bias, activation = "none", residual}: LinearOptions = {}): tf.Tensor {
  const [widthOut, widthIn] = weight.shape;
  const rows = tf.reshape(x, [-1, widthIn]); // [rows, in]
  let y: tf.Tensor = product(rows, tf.transpose(weight) as tf.Tensor2D); // [rows, out]
  if (bias) y = tf.add(y, bias);
  y = activateReference(y, activation);
  y = tf.reshape(y, [...x.shape.slice(0, -1), widthOut]); // [..., out]
  return residual ? tf.add(y, residual) : y;
}
