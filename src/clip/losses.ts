/** Losses on a matrix of similarities, images by captions, in plain tfjs: definitions to read and to change. The fused one is a kernel. */
import * as tf from "../tensor/tf.ts";

/** "captions": each image's row chooses among the captions; "images": each caption's column chooses among the images. */
export type Choice = "captions" | "images";

/** Log of the softmax of logits [images, captions] over the captions of each row, or over the images of each column. */
export function logSoftmax(logits: tf.Tensor2D, over: Choice): tf.Tensor2D {
  if (over === "captions") return tf.logSoftmax(logits, 1);
  return tf.logSoftmax(logits.transpose(), 1).transpose();
}

/**
 * Mean of -log softmax at the right answers. logits: [images, captions]; labels: int32, the right caption of each image or, over
 * images, the right image of each caption. A scalar.
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, {over}: {over: Choice}): tf.Scalar {
  const choices = over === "captions" ? logits.shape[1] : logits.shape[0];
  const right = tf.oneHot(labels, choices).toFloat() as tf.Tensor2D; // a row a question
  return softCrossEntropy(logits, over === "captions" ? right : right.transpose(), {over});
}

/** Cross-entropy against distributions: targets [images, captions], each row (or column, over images) summing to 1. A scalar. */
export function softCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D, {over}: {over: Choice}): tf.Scalar {
  const questions = over === "captions" ? logits.shape[0] : logits.shape[1];
  return logSoftmax(logits, over).mul(targets).sum().div<tf.Scalar>(-questions);
}
