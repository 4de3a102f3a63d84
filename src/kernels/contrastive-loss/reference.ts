/** Definition of CLIP's symmetric contrastive loss. */
import * as tf from "../../tensor/tf.ts";
import {product} from "../product.ts";

/** Mean of the cross-entropies over rows and over columns of exp(t) I_e T_e^T, whose diagonal is the truth; a scalar. */
export function contrastiveLossReference(imageEmbeddings: tf.Tensor2D, textEmbeddings: tf.Tensor2D, t: tf.Tensor): tf.Scalar {
  const n = imageEmbeddings.shape[0];
  const scale = tf.exp(tf.reshape(t, [])); // []
  const logits = tf.mul(product(imageEmbeddings, tf.transpose(textEmbeddings)), scale) as tf.Tensor2D; // [n, n]
  const both = tf.add(tf.logSoftmax(logits), tf.transpose(tf.logSoftmax(tf.transpose(logits)))); // [n, n]
  return tf.div(tf.sum(tf.mul(both, tf.eye(n))), -2 * n) as tf.Scalar;
}
