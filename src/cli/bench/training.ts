/** What every contender trains with: one seeded batch, one optimizer. */
import {preset} from "../../clip/presets.ts";
import {seededRandom} from "../../tensor/random.ts";

export const training = {batchSize: 64, learningRate: 1e-3, betas: [0.9, 0.98] as [number, number], epsilon: 1e-6, weightDecay: 0.2, seed: 1};

export interface Batch {
  /** [n, side, side, 3] standard normal. */
  images: Float32Array;
  sidePx: number;
  /** [n, context]: words, then the end token (the largest id) and padding. */
  tokens: Int32Array;
  contextLength: number;
}

/** The one batch of a preset. */
export function batchOf(name: string): Batch {
  const {image, text: {contextLength, vocabularySize}} = preset(name);
  if (image.kind === "features") throw new Error(`${name} has no image tower to measure`);
  const random = seededRandom("the batch");
  const images = Float32Array.from({length: training.batchSize * image.sizePx ** 2 * 3}, () => random.normal());
  const tokens = new Int32Array(training.batchSize * contextLength);
  for (let i = 0; i < training.batchSize; i++) {
    const words = 6 + random.integer(contextLength - 8);
    for (let j = 0; j < words; j++) tokens[i * contextLength + j] = 1 + random.integer(vocabularySize - 2);
    tokens[i * contextLength + words] = vocabularySize - 1;
  }
  return {images, sidePx: image.sizePx, tokens, contextLength};
}
