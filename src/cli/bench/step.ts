/** One training step of a preset, the same for every backend and peer: seeded weights, one seeded batch, AdamW. Not a run: no data set, no schedule. */
import {createClip, type Clip} from "../../clip/clip.ts";
import {preset} from "../../clip/presets.ts";
import {valueAndGradients, disposeGradients} from "../../tensor/gradients.ts";
import {seededRandom} from "../../tensor/random.ts";
import * as tf from "../../tensor/tf.ts";
import {createAdamW} from "../../train/adamw.ts";

/** What every peer trains with. */
export const training = {batchSize: 64, learningRate: 1e-3, betas: [0.9, 0.98] as [number, number], epsilon: 1e-6, weightDecay: 0.2, seed: 1};

export interface Batch {
  /** [n, side, side, 3] standard normal. */
  images: Float32Array;
  /** [n, context]: words, then the end token (the largest id) and padding. */
  tokens: Int32Array;
}

/** The one batch of a preset. */
export function batchOf(name: string): Batch {
  const {image, text} = preset(name);
  if (image.kind === "features") throw new Error(`${name} has no image tower to measure`);
  const random = seededRandom("the batch");
  const images = Float32Array.from({length: training.batchSize * image.sizePx ** 2 * 3}, () => random.normal());
  const tokens = new Int32Array(training.batchSize * text.contextLength);
  for (let i = 0; i < training.batchSize; i++) {
    const words = 6 + random.integer(text.contextLength - 8);
    for (let j = 0; j < words; j++) tokens[i * text.contextLength + j] = 1 + random.integer(text.vocabularySize - 2);
    tokens[i * text.contextLength + words] = text.vocabularySize - 1;
  }
  return {images, tokens};
}

/** A model at its seeded start. */
export const modelOf = (name: string): Clip => createClip(preset(name), {random: seededRandom(training.seed)});

export interface Trainer {
  /** One step on the batch; its loss, which the caller reads and disposes. */
  step(): tf.Scalar;
  encodeImages(): tf.Tensor;
  encodeTexts(): tf.Tensor;
  dispose(): void;
}

/** A model and its optimizer on the present backend. */
export function trainerOf(name: string): Trainer {
  const model = modelOf(name);
  const {betas, epsilon, weightDecay, learningRate} = training;
  const optimizer = createAdamW(model.parameters, {betas, epsilon, weightDecay});
  const {image, text} = model.config;
  const side = image.kind === "features" ? 0 : image.sizePx;
  const batch = batchOf(name);
  const images = tf.tensor4d(batch.images, [training.batchSize, side, side, 3]);
  const tokens = tf.tensor2d(batch.tokens, [training.batchSize, text.contextLength], "int32");
  return {
    step() {
      const {value, gradients} = valueAndGradients(() => model.loss(images, tokens, {training: true}), model.parameters);
      optimizer.update(gradients, learningRate);
      disposeGradients(gradients);
      return value;
    },
    encodeImages: () => tf.tidy(() => model.encodeImage(images)),
    encodeTexts: () => tf.tidy(() => model.encodeText(tokens)),
    dispose() {
      optimizer.dispose();
      model.dispose();
      tf.dispose([images, tokens]);
    }
  };
}
