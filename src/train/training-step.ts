/** The loss of one batch and its gradients: at once, or in chunks where the batch is larger than memory. Moves no parameter. */
import type {Clip} from "../clip/clip.ts";
import type {Mode} from "../clip/heads.ts";
import {contrastiveLoss} from "../kernels/index.ts";
import {trainedPaths, valueAndGradients} from "../tensor/gradients.ts";
import type {Gradients} from "../tensor/gradients.ts";
import {seededRandom} from "../tensor/random.ts";
import type {Random} from "../tensor/random.ts";
import * as tf from "../tensor/tf.ts";
import {accumulatedValueAndGradients, cachedValueAndGradients} from "./cached-gradients.ts";
import type {Chunk} from "./cached-gradients.ts";
import type {AnyFunction} from "./cell-functions.ts";
import type {Groups} from "./groups.ts";

export interface StepOptions {
  groups: Groups;
  /** From a cell: (I_e, T_e, t) -> scalar, and (images, random) -> images. */
  loss?: AnyFunction;
  augment?: AnyFunction;
  /** Pairs that go through the towers at once. */
  chunkSize: number;
  accumulation: "cached" | "separate";
}

/** The loss of `batch` (whose tensors stay the caller's) and the gradients of all that is not frozen; the caller disposes both. */
export function batchGradients(model: Clip, batch: Chunk, random: Random, options: StepOptions): {value: tf.Scalar; gradients: Gradients} {
  const {groups, chunkSize, accumulation} = options;
  const paths = groups.trained(trainedPaths(model.parameters));
  const mode = (random: Random): Mode => ({training: true, random, frozen: groups.frozen});
  const direct = (chunk: Chunk, random: Random) => valueAndGradients(() => batchLoss(model, chunk, mode(random), options), model.parameters, paths);

  const whole = augmented(batch, random, options);
  const count = batch.tokens.shape[0] / chunkSize;
  try {
    if (count === 1) return direct(whole, random);
    const chunks = cut(whole, count, chunkSize);
    // Each chunk's dropout comes from a generator of its own: the cached pass goes through every chunk twice.
    const key = random.integer(2 ** 31);
    const own = (chunk: number) => seededRandom(`${key}/${chunk}`);
    try {
      if (accumulation === "separate") return accumulatedValueAndGradients(chunks, (chunk, i) => direct(chunk, own(i)));
      return cachedValueAndGradients(model, chunks, {loss: (I_e, T_e, t) => lossOf(I_e, T_e, t, options), modeOf: (i) => mode(own(i)), paths});
    } finally {
      for (const {images, tokens} of chunks) tf.dispose([images, tokens]);
    }
  } finally {
    if (whole.images !== batch.images) whole.images.dispose();
  }
}

/** The loss of a batch that goes through the towers at once. */
export function batchLoss(model: Clip, {images, tokens}: Chunk, mode: Mode, options: Pick<StepOptions, "loss">): tf.Scalar {
  if (model.trainingLoss && !options.loss) return model.trainingLoss(images, tokens);
  const {I_e, T_e} = model.embed(images, tokens, mode);
  return lossOf(I_e, T_e, model.parameters.get("logit_scale"), options);
}

function lossOf(I_e: tf.Tensor2D, T_e: tf.Tensor2D, t: tf.Tensor, {loss}: Pick<StepOptions, "loss">): tf.Scalar {
  return (loss ? checkTensor("loss", loss(I_e, T_e, t), []) : contrastiveLoss(I_e, T_e, t)) as tf.Scalar;
}

function augmented({images, tokens}: Chunk, random: Random, {augment}: StepOptions): Chunk {
  if (!augment) return {images, tokens};
  return {images: tf.tidy(() => checkTensor("augment", augment(images, random), images.shape)), tokens};
}

function cut({images, tokens}: Chunk, count: number, size: number): Chunk[] {
  return Array.from({length: count}, (_, i) => ({
    images: images.slice(i * size, size), // [size, ...]
    tokens: tokens.slice([i * size, 0], [size, -1]) as tf.Tensor2D
  }));
}

/** What a cell's function gave, if it is a tensor of the right shape. */
function checkTensor(name: string, value: unknown, shape: number[]): tf.Tensor {
  if (!(value instanceof tf.Tensor)) throw new TypeError(`${name}: expected a tensor of shape [${shape}], got ${value === null ? "null" : typeof value}`);
  if (`${value.shape}` !== `${shape}`) throw new RangeError(`${name}: expected a tensor of shape [${shape}], got [${value.shape}]`);
  return value;
}
