/**
 * Gradients of a batch larger than memory (GradCache: Gao et al. 2021, and BASIC: Pham et al. 2021). The loss compares all pairs,
 * so its gradient with respect to the embeddings is taken for the whole batch; the towers then run again, a chunk at a time, to
 * carry it back to the parameters. Equal to the direct gradient as long as the towers treat each pair alone: not with batch norm
 * in training, whose statistics would be each chunk's.
 */
import type {Clip} from "../clip/clip.ts";
import type {Mode} from "../clip/heads.ts";
import {contrastiveLoss} from "../kernels/index.ts";
import {trainedPaths, valueAndGradients} from "../tensor/gradients.ts";
import type {Gradients} from "../tensor/gradients.ts";
import * as tf from "../tensor/tf.ts";

/** A chunk of a batch: images and tokens of the same pairs. */
export interface Chunk {
  images: tf.Tensor;
  tokens: tf.Tensor2D;
}

export interface CachedOptions {
  /** Of whole batches: (I_e, T_e, t) to a scalar. CLIP's, if left out. */
  loss?: (I_e: tf.Tensor2D, T_e: tf.Tensor2D, t: tf.Tensor) => tf.Scalar;
  /** Each chunk's mode, asked for in both passes: randomness must be the same in both. */
  modeOf?: (chunk: number) => Mode;
  /** Which gradients; all trained parameters if left out. */
  paths?: readonly string[];
}

/** The loss of all chunks as one batch, and its gradients. The caller disposes both; the chunks stay the caller's. */
export function cachedValueAndGradients(clip: Clip, chunks: readonly Chunk[], {loss = fusedLoss, modeOf = () => ({}), paths = trainedPaths(clip.parameters)}: CachedOptions = {}): {value: tf.Scalar; gradients: Gradients} {
  const {parameters} = clip;
  const whole = tf.tidy(() => {
    const embedded = chunks.map(({images, tokens}, i) => clip.embed(images, tokens, modeOf(i)));
    const I_e = tf.concat(embedded.map((chunk) => chunk.I_e)); // [n, d]
    const T_e = tf.concat(embedded.map((chunk) => chunk.T_e)); // [n, d]
    const {value, grads} = tf.valueAndGrads((I, T, t) => loss(I as tf.Tensor2D, T as tf.Tensor2D, t))([I_e, T_e, parameters.get("logit_scale")]);
    return {value: value as tf.Scalar, ofI: grads[0] as tf.Tensor2D, ofT: grads[1] as tf.Tensor2D, oft: grads[2]};
  });

  const gradients: Gradients = new Map();
  let begin = 0;
  chunks.forEach(({images, tokens}, i) => {
    const rows = tokens.shape[0];
    const towers = () => {
      const {I_e, T_e} = clip.embed(images, tokens, modeOf(i));
      const part = (gradient: tf.Tensor2D) => gradient.slice([begin, 0], [rows, -1]);
      return I_e.mul(part(whole.ofI)).sum().add<tf.Scalar>(T_e.mul(part(whole.ofT)).sum());
    };
    const {value, gradients: ofChunk} = valueAndGradients(towers, parameters, paths);
    value.dispose();
    addGradients(gradients, ofChunk);
    begin += rows;
  });
  // The temperature acts on the whole matrix, so its gradient is counted once, not once a chunk.
  gradients.get("logit_scale")?.dispose();
  gradients.delete("logit_scale");
  if (paths.includes("logit_scale")) gradients.set("logit_scale", whole.oft);
  else whole.oft.dispose();
  tf.dispose([whole.ofI, whole.ofT]);
  return {value: whole.value, gradients};
}

const fusedLoss = (I_e: tf.Tensor2D, T_e: tf.Tensor2D, t: tf.Tensor) => contrastiveLoss(I_e, T_e, t) as tf.Scalar;

/** Adds `more` to `sum`, path by path, and disposes what it was given. */
export function addGradients(sum: Gradients, more: Gradients): void {
  for (const [path, gradient] of more) {
    const before = sum.get(path);
    if (!before) {
      sum.set(path, gradient);
      continue;
    }
    sum.set(path, before.add(gradient));
    tf.dispose([before, gradient]);
  }
  more.clear();
}

/**
 * Plain accumulation: the mean of the chunks' own losses and gradients, each chunk a batch of its own with only its own wrong
 * pairs. Every gradient is a mean over chunks, the temperature's too.
 */
export function accumulatedValueAndGradients(chunks: readonly Chunk[], step: (chunk: Chunk, index: number) => {value: tf.Scalar; gradients: Gradients}): {value: tf.Scalar; gradients: Gradients} {
  if (chunks.length === 0) throw new RangeError("accumulatedValueAndGradients: expected at least one chunk");
  const gradients: Gradients = new Map();
  let total: tf.Scalar | undefined;
  chunks.forEach((chunk, index) => {
    const {value, gradients: ofChunk} = step(chunk, index);
    addGradients(gradients, ofChunk);
    const before = total;
    total = before ? before.add<tf.Scalar>(value) : value;
    if (before) tf.dispose([before, value]);
  });
  for (const [path, gradient] of gradients) {
    gradients.set(path, gradient.div(chunks.length));
    gradient.dispose();
  }
  const value = total!.div<tf.Scalar>(chunks.length);
  total!.dispose();
  return {value, gradients};
}
