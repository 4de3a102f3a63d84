/** Steps of a run that stay on the GPU: recorded, replayed, and read back several at a time. For runs whose steps are always the same operations. */
import type {Clip} from "../clip/clip.ts";
import type {Draw} from "../kernels/index.ts";
import {trainedPaths} from "../tensor/gradients.ts";
import type {Random} from "../tensor/random.ts";
import {createSlot, type Slot} from "../tensor/replay.ts";
import type * as tf from "../tensor/tf.ts";
import type {AdamW} from "./adamw.ts";
import {createRecordedStep, type StepResult} from "./recorded-step.ts";
import {batchLoss, type StepOptions} from "./training-step.ts";

/** Steps between two readings: each keeps its loss on the GPU until then. */
export const readEvery = 4;

export interface GpuLearningParts extends StepOptions {
  model: Clip;
  optimizer: AdamW;
  /** Seeds dropout; one number is drawn a step. */
  random: () => Random;
  gradientClip: number;
  /** Whether the run keeps a moving average, which is no part of the recorded step. */
  hasAverage: boolean;
  batchSize: number;
}

export interface GpuLearning {
  /** Takes a step for each learning rate, on the batches that `next` gives (disposed when taken); at most `readEvery`. */
  learn(rates: readonly number[], next: () => {images: tf.Tensor; tokens: tf.Tensor2D}): Promise<StepResult[]>;
  dispose(): void;
}

/**
 * Undefined where a step cannot be recorded: our kernels do not run on WebGPU, a cell's function or a moving average takes part (its
 * operations may differ from step to step), or a batch goes through the towers in chunks.
 */
export function createGpuLearning({model, optimizer, random, gradientClip, hasAverage, batchSize, ...options}: GpuLearningParts): GpuLearning | undefined {
  const {groups, loss, augment, chunkSize} = options;
  const gpu = optimizer.onGpu();
  if (!gpu || loss || augment || hasAverage || chunkSize !== batchSize || model.trainingLoss) return undefined;
  const paths = groups.trained(trainedPaths(model.parameters));
  const key: Slot = createSlot([2], "int32");
  let site = 0;
  const draw = (): Draw => ({key: key.tensor, site: site++});
  const step = createRecordedStep({
    parameters: model.parameters, optimizer, clip: gradientClip, readEvery, paths, scaleOf: groups.scaleOf,
    loss([images, tokens]) {
      site = 0;
      return batchLoss(model, {images, tokens: tokens as tf.Tensor2D}, {training: true, draw, frozen: groups.frozen}, options);
    },
    beforeStep: () => key.write(Int32Array.of(random().integer(2 ** 31), 0))
  });
  return {
    async learn(rates, next) {
      for (const rate of rates) {
        const {images, tokens} = next();
        try {
          await step.take([images, tokens], rate);
        } finally {
          images.dispose();
          tokens.dispose();
        }
      }
      const results = await step.read();
      const bad = results.findIndex(({loss, gradientNorm}) => !Number.isFinite(loss) || !Number.isFinite(gradientNorm));
      if (bad < 0) return results;
      // The GPU took neither that step nor those after it.
      gpu.resume(results.length - bad);
      return results.slice(0, bad + 1);
    },
    dispose() {
      step.dispose();
      key.dispose();
    }
  };
}
