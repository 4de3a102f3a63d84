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
  // A row a question. Where there is one answer to choose, tfjs's oneHot refuses.
  const right = (choices > 1 ? tf.oneHot(labels, choices).toFloat() : tf.ones([labels.size, 1])) as tf.Tensor2D;
  return softCrossEntropy(logits, over === "captions" ? right : right.transpose(), {over});
}

/** Cross-entropy against distributions: targets [images, captions], each row (or column, over images) summing to 1. A scalar. */
export function softCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D, {over}: {over: Choice}): tf.Scalar {
  const questions = over === "captions" ? logits.shape[0] : logits.shape[1];
  return logSoftmax(logits, over).mul(targets).sum().div<tf.Scalar>(-questions);
}

/** exp(t) * I_e T_e^T: I_e [images, d], T_e [captions, d], both of length 1; t the log scale, [] or [1]. [images, captions]. */
export function similarityLogits(I_e: tf.Tensor2D, T_e: tf.Tensor2D, t: tf.Tensor): tf.Tensor2D {
  // Transposed first: WebAssembly multiplies a transposed matrix slowly, and so does the gradient of such a product.
  return I_e.matMul<tf.Tensor2D>(T_e.transpose()).mul(t.reshape([]).exp());
}

/** The mean of both directions' cross-entropies against targets [n, n] over captions and (their own) over images. A scalar. */
export function symmetricSoftLoss(logits: tf.Tensor2D, targets: {captions: tf.Tensor2D; images: tf.Tensor2D}): tf.Scalar {
  const loss_i = softCrossEntropy(logits, targets.captions, {over: "captions"});
  const loss_t = softCrossEntropy(logits, targets.images, {over: "images"});
  return loss_i.add<tf.Scalar>(loss_t).div(2);
}

/**
 * Several captions of one image are all right: the target of a row is spread evenly over the captions of its image (Khosla et al.
 * 2020, the supervised contrastive loss with its mean outside). I_e, T_e [n, d]; imageIds [n] int32: which image a pair is of.
 */
export function multiPositiveLoss(I_e: tf.Tensor2D, T_e: tf.Tensor2D, t: tf.Tensor, imageIds: tf.Tensor1D): tf.Scalar {
  const same = imageIds.expandDims(1).equal(imageIds.expandDims(0)).toFloat() as tf.Tensor2D; // [n, n], symmetric
  const targets = same.div<tf.Tensor2D>(same.sum(1, true));
  return symmetricSoftLoss(similarityLogits(I_e, T_e, t), {captions: targets, images: targets.transpose()});
}

export interface SoftTargetOptions {
  /** Share of the similarity-weighted targets; the rest is the hard diagonal. */
  mix?: number;
}

/**
 * Similarity-weighted targets: two captions may both be right, in proportion to how alike images and captions are among themselves
 * (the idea of the Simple CLIP notebook, 2021). The targets are held still (stop-gradient) and mixed with hard labels: without
 * either, making all embeddings equal is as good as matching them, and nothing is learnt.
 */
export function similarityWeightedLoss(I_e: tf.Tensor2D, T_e: tf.Tensor2D, t: tf.Tensor, {mix = 0.3}: SoftTargetOptions = {}): tf.Scalar {
  if (!(mix >= 0 && mix < 1)) throw new RangeError(`similarityWeightedLoss: mix must be at least 0 and below 1, got ${mix}; at 1 nothing but collapse is asked for`);
  const n = I_e.shape[0];
  const alike = stopGradient(similarityLogits(I_e, I_e, t).add<tf.Tensor2D>(similarityLogits(T_e, T_e, t)).div(2)); // [n, n], symmetric
  const targets = tf.softmax(alike, 1).mul(mix).add<tf.Tensor2D>(tf.eye(n).mul(1 - mix));
  return symmetricSoftLoss(similarityLogits(I_e, T_e, t), {captions: targets, images: targets.transpose()});
}

/** The value, with no gradient through it. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  const held = tf.customGrad((x) => {
    const input = x as tf.Tensor;
    return {value: input.clone(), gradFunc: () => tf.zeros(input.shape)};
  });
  return held(x) as T;
}

/**
 * SigLIP's loss (Zhai et al. 2023): every pair is judged on its own, right or wrong, by a sigmoid; the sum over all n x n judgements
 * divided by n. t is the log scale, b the bias; the paper starts them at ln 10 and -10.
 */
export function sigmoidLoss(I_e: tf.Tensor2D, T_e: tf.Tensor2D, t: tf.Tensor, b: tf.Tensor): tf.Scalar {
  const n = I_e.shape[0];
  const logits = similarityLogits(I_e, T_e, t).add(b.reshape([])); // [n, n]
  const signs = tf.eye(n).mul(2).sub(1); // 1 for pairs, -1 for the rest
  return logSigmoid(logits.mul(signs)).sum().div(-n);
}

/** By hand: tfjs's own disposes what its gradient still needs, and WebAssembly has no softplus. */
function logSigmoid(x: tf.Tensor): tf.Tensor {
  return x.minimum(0).sub(x.abs().neg().exp().add(1).log());
}

export interface ShardOptions {
  /** Into how many equal parts the batch is cut; as many devices would share it. */
  shards: number;
}

/**
 * The symmetric loss as many devices compute it: each holds n / shards rows of both kinds, compares them with all columns, and
 * labels them by their place in the whole (open_clip's local loss with gathered features). The mean over shards is the loss of one
 * device, gradients included. I_e, T_e [n, d]; a scalar.
 */
export function shardedContrastiveLoss(I_e: tf.Tensor2D, T_e: tf.Tensor2D, t: tf.Tensor, {shards}: ShardOptions): tf.Scalar {
  const n = I_e.shape[0];
  if (!Number.isInteger(shards) || shards < 1 || n % shards !== 0) throw new RangeError(`shardedContrastiveLoss: ${n} pairs cannot be cut into ${shards} equal shards`);
  const local = n / shards;
  const losses = Array.from({length: shards}, (_, rank) => {
    const labels = tf.range(rank * local, (rank + 1) * local, 1, "int32");
    const rows = (x: tf.Tensor2D) => x.slice([rank * local, 0], [local, -1]) as tf.Tensor2D;
    const loss_i = crossEntropy(similarityLogits(rows(I_e), T_e, t), labels, {over: "captions"});
    const loss_t = crossEntropy(similarityLogits(rows(T_e), I_e, t), labels, {over: "captions"}); // here the columns are images
    return loss_i.add<tf.Scalar>(loss_t).div<tf.Scalar>(2);
  });
  return tf.addN(losses).div(shards);
}
