/** One training step of a preset in tfjs, on whatever backend and kernels are set. Not a run: no data set, no schedule. */
import {createClip} from "../../clip/clip.ts";
import {preset} from "../../clip/presets.ts";
import {disposeGradients, valueAndGradients} from "../../tensor/gradients.ts";
import {seededRandom} from "../../tensor/random.ts";
import * as tf from "../../tensor/tf.ts";
import {createAdamW} from "../../train/adamw.ts";
import {batchOf, training} from "./training.ts";

export interface Trainer {
  /** One step on the batch; its loss, which the caller reads and disposes. */
  step(): tf.Scalar;
  /** The batch's embeddings, which the caller reads and disposes. */
  encodeImages(): tf.Tensor;
  encodeTexts(): tf.Tensor;
  dispose(): void;
}

/** A model and its optimizer on the present backend. */
export function trainerOf(name: string): Trainer {
  const model = createClip(preset(name), {random: seededRandom(training.seed)});
  const {betas, epsilon, weightDecay, learningRate, batchSize} = training;
  const optimizer = createAdamW(model.parameters, {betas, epsilon, weightDecay});
  const batch = batchOf(name);
  const images = tf.tensor4d(batch.images, [batchSize, batch.sidePx, batch.sidePx, 3]);
  const tokens = tf.tensor2d(batch.tokens, [batchSize, batch.contextLength], "int32");
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
