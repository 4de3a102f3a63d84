/** The loss of eight pairs by the very kernels that train, stage by stage under the loss microscope's names, to be held against the plain source. */
import {stagesFromEmbeddings} from "../clip/stages.ts";
import {contrastiveLoss, l2Normalize} from "../kernels/index.ts";
import * as tf from "../tensor/tf.ts";

type Rows = number[][];

export interface FusedLossRequest {
  /** [n, d]: embeddings, of any length. */
  images: Rows;
  /** [n, d]; row i belongs to image i. */
  captions: Rows;
  /** The log scale: logits = cosine * exp(t). */
  t: number;
}

/** The names of src/clip/loss-steps.ts. */
export interface FusedLoss {
  I_e: Rows;
  T_e: Rows;
  logits: Rows;
  /** Probability of each caption given the row's image, and of each image given the column's caption. */
  p: Rows;
  q: Rows;
  loss_i: number[];
  loss_t: number[];
  /** By the fused kernel, as are its gradients. */
  loss: number;
  d_logits: Rows;
  d_I: Rows;
  d_T: Rows;
  d_t: number;
}

/**
 * Runs on the backend that trains; leaves no tensor behind.
 * @throws RangeError where the two differ in shape
 */
export async function fusedLoss({images, captions, t}: FusedLossRequest): Promise<FusedLoss> {
  if (images.length === 0 || images.length !== captions.length) throw new RangeError(`fusedLoss: expected one caption an image, got ${images.length} images and ${captions.length} captions`);
  const tensors = tf.tidy(() => {
    const I_e = l2Normalize(tf.tensor2d(images));
    const T_e = l2Normalize(tf.tensor2d(captions));
    const scale = tf.scalar(t);
    const {logits, rowLogSoftmax, columnLogSoftmax, gradients} = stagesFromEmbeddings(I_e, T_e, scale);
    const {value: loss, grads} = tf.valueAndGrads((I, T, s) => contrastiveLoss(I, T, s))([I_e, T_e, scale]);
    const [d_I, d_T, d_t] = grads;
    return {I_e, T_e, logits, p: rowLogSoftmax.exp(), q: columnLogSoftmax.exp(), rowLog: rowLogSoftmax, columnLog: columnLogSoftmax, loss, d_logits: gradients.logits, d_I, d_T, d_t};
  });
  try {
    const [I_e, T_e, logits, p, q, rowLog, columnLog, d_logits, d_I, d_T] = (await Promise.all(
      [tensors.I_e, tensors.T_e, tensors.logits, tensors.p, tensors.q, tensors.rowLog, tensors.columnLog, tensors.d_logits, tensors.d_I, tensors.d_T].map((tensor) => tensor.array())
    )) as Rows[];
    const [loss, d_t] = await Promise.all([tensors.loss, tensors.d_t].map(async (tensor) => (await tensor.data())[0]));
    const diagonal = (rows: Rows) => rows.map((row, i) => -row[i]);
    return {I_e, T_e, logits, p, q, loss_i: diagonal(rowLog), loss_t: diagonal(columnLog), loss, d_logits, d_I, d_T, d_t};
  } finally {
    tf.dispose(Object.values(tensors));
  }
}
