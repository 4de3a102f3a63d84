/** Figure 3 held still: every value of one batch by the paper's name, and the gradients that flow back from the loss. For stepping through. */
import * as tf from "../tensor/tf.ts";
import {figure3} from "./clip.ts";
import type {Clip} from "./clip.ts";
import type {Mode} from "./heads.ts";
import {crossEntropy, logSoftmax, similarityLogits} from "./losses.ts";

/** n pairs; all tensors belong to whoever asked, and `disposeStages` frees them. */
export interface Stages {
  /** [n, d_i] and [n, d_t] */
  I_f: tf.Tensor2D;
  T_f: tf.Tensor2D;
  /** [n, d_e], of length 1 */
  I_e: tf.Tensor2D;
  T_e: tf.Tensor2D;
  /** [n, n], images x captions */
  logits: tf.Tensor2D;
  /** [n]: 0, 1, ... */
  labels: tf.Tensor1D;
  /** [n, n]: log-probability of each caption given the row's image, and of each image given the column's caption */
  rowLogSoftmax: tf.Tensor2D;
  columnLogSoftmax: tf.Tensor2D;
  loss_i: tf.Scalar;
  loss_t: tf.Scalar;
  loss: tf.Scalar;
  gradients: {
    /** [n, n]: of the loss with respect to the logits */
    logits: tf.Tensor2D;
    /** [n, d_e]: with respect to the embeddings after they were made of length 1 */
    I_e: tf.Tensor2D;
    T_e: tf.Tensor2D;
    /** With respect to t, the log scale */
    t: tf.Tensor;
  };
}

/** Computes every stage for a batch: images as the model takes them, tokens [n, contextLength] int32. */
export function stages(clip: Clip, images: tf.Tensor, tokens: tf.Tensor2D, mode: Mode = {}): Stages {
  return tf.tidy(() => {
    const parts = clip.figure3(mode);
    const values = figure3(parts, images, tokens);
    return {...values, ...fromEmbeddings(values.I_e, values.T_e, parts.t)};
  }) as Stages;
}

/** The stages behind the embeddings alone, for whoever holds them without the model: I_e and T_e [n, d_e] of length 1, t the log scale. */
export function stagesFromEmbeddings(I_e: tf.Tensor2D, T_e: tf.Tensor2D, t: tf.Tensor): Omit<Stages, "I_f" | "T_f" | "I_e" | "T_e"> {
  return tf.tidy(() => fromEmbeddings(I_e, T_e, t)) as Omit<Stages, "I_f" | "T_f" | "I_e" | "T_e">;
}

function fromEmbeddings(I_e: tf.Tensor2D, T_e: tf.Tensor2D, t: tf.Tensor) {
  const labels = tf.range(0, I_e.shape[0], 1, "int32");
  const halves = (logits: tf.Tensor2D) => ({
    loss_i: crossEntropy(logits, labels, {over: "captions"}),
    loss_t: crossEntropy(logits, labels, {over: "images"})
  });
  const symmetric = (logits: tf.Tensor2D): tf.Scalar => {
    const {loss_i, loss_t} = halves(logits);
    return loss_i.add<tf.Scalar>(loss_t).div(2);
  };
  const logits = similarityLogits(I_e, T_e, t);
  const ofLogits = tf.grad((x) => symmetric(x as tf.Tensor2D))(logits) as tf.Tensor2D;
  const [ofI, ofT, oft] = tf.grads((I, T, scale) => symmetric(similarityLogits(I as tf.Tensor2D, T as tf.Tensor2D, scale)))([I_e, T_e, t]);
  return {
    logits,
    labels,
    rowLogSoftmax: logSoftmax(logits, "captions"),
    columnLogSoftmax: logSoftmax(logits, "images"),
    ...halves(logits),
    loss: symmetric(logits),
    gradients: {logits: ofLogits, I_e: ofI as tf.Tensor2D, T_e: ofT as tf.Tensor2D, t: oft}
  };
}

export function disposeStages({gradients, ...values}: Stages): void {
  tf.dispose(Object.values(values));
  tf.dispose(Object.values(gradients));
}
