/** What a run drives: a model, its optimizer and its batches on the chosen backend. Tensors live here and never leave. */
import {pairedRecall, recall} from "../evaluate/retrieval.ts";
import {contrastiveLoss, l2Normalize} from "../kernels/index.ts";
import {imageAttention, textAttention} from "../clip/attention-maps.ts";
import type {Clip} from "../clip/clip.ts";
import type {Batches} from "../data/batches.ts";
import type {Gallery} from "../data/select.ts";
import type {Random} from "../tensor/random.ts";
import * as tf from "../tensor/tf.ts";
import {disposeGradients, valueAndGradients} from "../tensor/gradients.ts";
import type {AdamW} from "./adamw.ts";
import type {AnyFunction} from "./cell-functions.ts";
import {clipGradients, firstNotFinite} from "./clip-gradients.ts";
import {clampLogitScale} from "./logit-scale.ts";
import {tokenTensor} from "./pair-tensors.ts";
import type {Encoder, PairTensors} from "./pair-tensors.ts";
import type {EmbeddedPairs, HeldOutRecall} from "./protocol.ts";
import type {Learner} from "./run.ts";

export interface LearnerParts {
  /** Makes the model with its first weights; called again at every restart. */
  createModel(random: Random): Clip;
  createOptimizer(model: Clip): AdamW;
  createBatches(): Batches;
  createRandom(): Random;
  encoder: Encoder;
  tensors: PairTensors;
  watched: Gallery;
  map: Gallery;
  /** Held-out rows with all their captions, where recall is measured by the full protocol; absent: on the watched pairs. */
  protocol?: {rows: Int32Array; captionCounts: Int32Array};
  /** From a cell: (I_e, T_e, t) -> scalar, and (images, random) -> images. */
  loss?: AnyFunction;
  augment?: AnyFunction;
  /** The training pictures of these rows, changed before they are normalised; `tensors.images` where absent. */
  augmentPixels?(rows: Int32Array, random: Random): tf.Tensor;
  /** Pairs embedded at once. */
  chunk: number;
  /** Sentences are embedded without the padding they share; see `TensorOptions`. */
  trim?: boolean;
  /** Largest global norm of the gradient. */
  gradientClip: number;
}

export function createLearner(parts: LearnerParts): Learner {
  const {encoder, tensors, chunk} = parts;
  let random = parts.createRandom();
  let model = parts.createModel(random.fork("weights"));
  let optimizer = parts.createOptimizer(model);
  let batches = parts.createBatches();
  let dropout = random.fork("dropout");
  let changes = random.fork("augment");
  let t = readScale();

  function readScale() {
    return model.parameters.get("logit_scale").dataSync()[0]; // once, when the model is made
  }

  /** The loss of one batch; `imageInput` and `tokens` belong to the caller. */
  function batchLoss(imageInput: tf.Tensor, tokens: tf.Tensor2D): tf.Scalar {
    const images = parts.augment ? checkTensor("augment", parts.augment(imageInput, dropout), imageInput.shape) : imageInput;
    const {I_e, T_e} = model.embed(images, tokens, {training: true, random: dropout});
    const scale = model.parameters.get("logit_scale");
    if (!parts.loss) return contrastiveLoss(I_e, T_e, scale) as tf.Scalar;
    return checkTensor("loss", parts.loss(I_e, T_e, scale), []) as tf.Scalar;
  }

  /** Runs `encode` over the rows in chunks and gathers the normalised embeddings, [count, width]. */
  async function embedChunks(count: number, encode: (first: number, size: number) => tf.Tensor2D): Promise<Float32Array> {
    const parts: Float32Array[] = [];
    for (let first = 0; first < count; first += chunk) {
      const embedded = tf.tidy(() => l2Normalize(encode(first, Math.min(chunk, count - first))));
      parts.push((await embedded.data()) as Float32Array);
      embedded.dispose();
    }
    return concatenate(parts);
  }

  const embedImages = (rows: ArrayLike<number>) => embedChunks(rows.length, (first, size) => model.encodeImage(tensors.images(Array.prototype.slice.call(rows, first, first + size))));

  const embedPictures = (pixels: Uint8Array) => {
    const size = tensors.pictureBytes;
    return embedChunks(Math.ceil(pixels.length / size), (first, count) => model.encodeImage(tensors.pictures(pixels.subarray(first * size, (first + count) * size))));
  };
  const embedCaptions = (rows: ArrayLike<number>, captions: ArrayLike<number>) =>
    embedChunks(rows.length, (first, size) =>
      model.encodeText(tensors.tokens(Array.prototype.slice.call(rows, first, first + size), Array.prototype.slice.call(captions, first, first + size)))
    );

  async function embedGallery({indices, captionIndices}: Gallery, step: number): Promise<EmbeddedPairs> {
    const imageEmbeddings = await embedImages(indices);
    const captionEmbeddings = await embedCaptions(indices, captionIndices);
    return {step, indices, captionIndices, imageEmbeddings, captionEmbeddings, width: model.config.embedDim};
  }

  return {
    async learn(learningRate) {
      const {indices, captionIndices} = batches.next();
      const images = parts.augmentPixels?.(indices, changes) ?? tensors.images(indices);
      const tokens = tensors.tokens(indices, captionIndices);
      try {
        const {value, gradients} = valueAndGradients(() => batchLoss(images, tokens), model.parameters);
        try {
          const gradientNorm = await clipGradients(gradients, parts.gradientClip);
          const loss = (await value.data())[0];
          if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) return {loss, gradientNorm, blame: await firstNotFinite(gradients)};
          optimizer.update(gradients, learningRate);
          clampLogitScale(model.parameters);
          t = (await model.parameters.get("logit_scale").data())[0];
          return {loss, gradientNorm};
        } finally {
          value.dispose();
          disposeGradients(gradients);
        }
      } finally {
        images.dispose();
        tokens.dispose();
      }
    },
    get logitScaleLog() {
      return t;
    },
    setLogitScaleLog(value) {
      model.parameters.set("logit_scale", Float32Array.of(value));
      t = value;
    },
    embedWatched: (step) => embedGallery(parts.watched, step),
    embedMap: (step) => embedGallery(parts.map, step),
    async measureRecall(step, watched) {
      const {protocol} = parts;
      if (!protocol) return summary(step, pairedRecall({...watched, ks: [1, 5]}));
      const rows: number[] = [];
      const captions: number[] = [];
      protocol.rows.forEach((row, i) => {
        for (let caption = 0; caption < protocol.captionCounts[i]; caption++) rows.push(row), captions.push(caption);
      });
      const place = new Map(Array.from(protocol.rows, (row, i) => [row, i]));
      return summary(
        step,
        recall({
          imageEmbeddings: await embedImages(protocol.rows),
          captionEmbeddings: await embedCaptions(rows, captions),
          width: model.config.embedDim,
          imageOfCaption: Int32Array.from(rows, (row) => place.get(row)!),
          ks: [1, 5]
        })
      );
    },
    async embed({texts, rows, pixels}) {
      const ids = texts && encoder.encodeBatch(texts).ids;
      return {
        width: model.config.embedDim,
        images: rows ? await embedImages(rows) : pixels && (await embedPictures(pixels)),
        texts:
          ids &&
          (await embedChunks(texts!.length, (first, size) =>
            model.encodeText(tokenTensor(ids.slice(first * encoder.contextLength, (first + size) * encoder.contextLength), encoder.contextLength, parts.trim))
          ))
      };
    },
    async attention({row, pixels, text}) {
      const picture = row !== undefined ? tensors.images([row]) : pixels && tensors.pictures(pixels);
      try {
        const ids = text === undefined ? undefined : encoder.encodeBatch([text]).ids;
        return {
          image: picture && (await imageAttention(model, picture as tf.Tensor4D)),
          text: ids && (await textAttention(model, [...ids.subarray(0, ids.findLastIndex((id) => id !== 0) + 1)]))
        };
      } finally {
        picture?.dispose();
      }
    },
    async parameters() {
      const all: Record<string, {shape: number[]; data: Float32Array}> = {};
      for (const path of model.parameters.paths()) {
        const parameter = model.parameters.get(path);
        all[path] = {shape: parameter.shape, data: Float32Array.from(await parameter.data())};
      }
      return all;
    },
    reset() {
      optimizer.dispose();
      model.dispose();
      random = parts.createRandom();
      model = parts.createModel(random.fork("weights"));
      optimizer = parts.createOptimizer(model);
      batches = parts.createBatches();
      dropout = random.fork("dropout");
      changes = random.fork("augment");
      t = readScale();
    },
    dispose() {
      optimizer.dispose();
      model.dispose();
    }
  };
}

function summary(step: number, {imageToText, textToImage, gallery}: ReturnType<typeof recall>): HeldOutRecall {
  const of = (shares: Record<number, number>) => ({1: shares[1], 5: shares[5]});
  return {step, imageToText: of(imageToText), textToImage: of(textToImage), gallery: gallery.images, captions: gallery.captions};
}

/** What a cell's function gave, if it is a tensor of the right shape. */
function checkTensor(name: string, value: unknown, shape: number[]): tf.Tensor {
  if (!(value instanceof tf.Tensor)) throw new TypeError(`${name}: expected a tensor of shape [${shape}], got ${value === null ? "null" : typeof value}`);
  if (`${value.shape}` !== `${shape}`) throw new RangeError(`${name}: expected a tensor of shape [${shape}], got [${value.shape}]`);
  return value;
}

function concatenate(parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, {length}) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
