/** What a run drives: a model, its optimizer and its batches on the chosen backend. Tensors live here and never leave. */
import type {Clip} from "../clip/clip.ts";
import type {TokenizerSpec} from "../clip/tokenizer.ts";
import type {Batches, BatchesState} from "../data/batches.ts";
import type {Gallery} from "../data/select.ts";
import {ThreadChoice} from "../kernels/index.ts";
import {disposeGradients} from "../tensor/gradients.ts";
import type {Parameters} from "../tensor/parameters.ts";
import {seededRandom} from "../tensor/random.ts";
import type {Random} from "../tensor/random.ts";
import * as tf from "../tensor/tf.ts";
import {deviceLoss} from "../tensor/webgpu-device.ts";
import {releaseUnused} from "../tensor/webgpu-backend.ts";
import type {AdamW} from "./adamw.ts";
import type {Average} from "./average.ts";
import {checkpointBytes, openCheckpoint} from "./checkpoint.ts";
import {clipGradients, firstNotFinite} from "./clip-gradients.ts";
import {createGpuLearning, readEvery} from "./gpu-learning.ts";
import {createEmbedder} from "./embedder.ts";
import type {EmbedderParts} from "./embedder.ts";
import {clampLogitScale} from "./logit-scale.ts";
import {writeTexts} from "./write-texts.ts";
import type {Learner} from "./run-parts.ts";
import type {RunOptions} from "./run-options.ts";
import {batchGradients} from "./training-step.ts";
import type {StepOptions} from "./training-step.ts";

export interface LearnerParts extends Pick<EmbedderParts, "encoder" | "tensors" | "protocol" | "chunk">, StepOptions {
  /** Makes the model with its first weights; called again at every restart. */
  createModel(random: Random): Clip;
  createOptimizer(model: Clip): AdamW;
  /** Absent: no average is kept, and the last step's parameters are judged. */
  createAverage?(model: Clip): Average;
  createBatches(): Batches;
  createRandom(): Random;
  /** The training pictures of these rows, changed before they are normalised; `tensors.images` where absent. */
  augmentPixels?(rows: Int32Array, random: Random): tf.Tensor;
  watched: Gallery;
  map: Gallery;
  /** Largest global norm of the gradient. */
  gradientClip: number;
  /** Starts a backend in place of one whose device was lost; absent where there is no other. */
  restartBackend?(): Promise<{reason: string}>;
  /** What a checkpoint says of the run besides its numbers. */
  options: RunOptions;
  tokenizer: TokenizerSpec;
  /** Tells one order of the batches from another: see `orderOf`. */
  order: string;
  /** Names of the functions that cells gave. */
  functions: string[];
}

/** A checkpoint's `state`, as runs write it. */
export interface SavedState {
  options: RunOptions;
  order: string;
  functions: string[];
  /** Of the two random generators: dropout and a cell's augment; changes of the pixels. */
  dropout: number[];
  changes: number[];
  batches: BatchesState;
  steps: number;
  peak: number;
  trainedMs: number;
}

export function createLearner(parts: LearnerParts): Learner {
  let {model, optimizer, average, batches, dropout, changes} = begin();
  let t = readScale();
  let backend = tf.backend();
  let onGpu: ReturnType<typeof createGpuLearning> | null = null;
  const threads = new ThreadChoice();

  /** The recorded step of the present model and optimizer; undefined where there can be none. */
  function gpuLearning() {
    if (onGpu === null) onGpu = createGpuLearning({...parts, model, optimizer, random: () => dropout, hasAverage: average !== undefined, batchSize: parts.options.batchSize});
    return onGpu;
  }

  function endGpuLearning() {
    onGpu?.dispose();
    onGpu = null;
  }

  function nextBatch() {
    const {indices, captionIndices} = batches.next();
    return {images: parts.augmentPixels?.(indices, changes) ?? parts.tensors.images(indices), tokens: parts.tensors.tokens(indices, captionIndices)};
  }

  function begin() {
    const random = parts.createRandom();
    const model = parts.createModel(random.fork("weights"));
    return {model, optimizer: parts.createOptimizer(model), average: parts.createAverage?.(model), batches: parts.createBatches(), dropout: random.fork("dropout"), changes: random.fork("augment")};
  }

  function end() {
    endGpuLearning();
    optimizer.dispose();
    average?.dispose();
    model.dispose();
    releaseUnused();
  }

  function readScale() {
    return model.parameters.get("logit_scale").dataSync()[0]; // once, when the model is made
  }

  const embedder = createEmbedder({...parts, model: () => model, judged: (use) => (average ? average.during(use) : use())});

  return {
    get stepsAtOnce() {
      return gpuLearning() ? readEvery : 1;
    },
    async learnSeveral(learningRates) {
      const results = await gpuLearning()!.learn(learningRates, nextBatch);
      t = results.findLast(({loss}) => Number.isFinite(loss))?.logitScaleLog ?? t;
      return results;
    },
    async learn(learningRate) {
      if (gpuLearning()) return (await this.learnSeveral!([learningRate]))[0];
      const {images, tokens} = nextBatch();
      try {
        const {value, gradients} = threads.do(() => batchGradients(model, {images, tokens}, dropout, parts));
        try {
          const gradientNorm = await clipGradients(gradients, parts.gradientClip);
          const loss = (await value.data())[0];
          if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) return {loss, gradientNorm, blame: await firstNotFinite(gradients)};
          optimizer.update(gradients, learningRate, parts.groups.scaleOf);
          clampLogitScale(model.parameters);
          average?.update();
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
    embedWatched: (step) => embedder.gallery(parts.watched, step),
    embedMap: (step) => embedder.gallery(parts.map, step),
    measureRecall: (step, watched) => embedder.recall(step, watched),
    embed: (what) => embedder.embed(what),
    attention: (what) => embedder.attention(what),
    write: (what) => writeTexts(what, {model, tensors: parts.tensors, tokenizer: parts.tokenizer}),
    parameters: () => readParameters(model.parameters),
    save({step, steps, peak, trainedMs, losses, scales}, how) {
      const {options, order, functions, tokenizer} = parts;
      const state: SavedState = {options, order, functions, dropout: dropout.state(), changes: changes.state(), batches: batches.state(), steps, peak, trainedMs};
      const series = {losses: Float32Array.from(losses), scales: Float32Array.from(scales)};
      return checkpointBytes({clip: model, optimizer, average, step, seed: options.seed, tokenizer, state, series}, how);
    },
    async restore(bytes) {
      const {parameters, moments, optimizerStep, average: averages, step, state, series} = await openCheckpoint(bytes, "this run's kept state", {own: true});
      const saved = state as SavedState;
      for (const [path, values] of parameters) model.parameters.set(path, values);
      endGpuLearning();
      optimizer.dispose();
      optimizer = parts.createOptimizer(model);
      optimizer.restore(moments, optimizerStep);
      average?.restore(averages.size > 0 ? averages : parameters);
      if (saved.order === parts.order) {
        batches.restore(saved.batches);
        dropout = seededRandom(saved.dropout);
        changes = seededRandom(saved.changes);
      }
      t = parameters.get("logit_scale")![0];
      return {step, steps: saved.steps, peak: saved.peak, trainedMs: saved.trainedMs, losses: [...series["losses"]], scales: [...series["scales"]]};
    },
    async revive() {
      const isPresent = tf.backend() === backend; // else another run has restarted it
      const why = deviceLoss();
      if ((isPresent && why === undefined) || !parts.restartBackend) return undefined;
      end();
      const reason = isPresent ? (await parts.restartBackend()).reason : "";
      backend = tf.backend();
      ({model, optimizer, average, batches, dropout, changes} = begin());
      t = readScale();
      return `The graphics device was lost${why ? ` (${why.replace(/\.$/, "")})` : ""}. The run goes on${reason ? `: ${reason}` : "."}`;
    },
    reset() {
      end();
      ({model, optimizer, average, batches, dropout, changes} = begin());
      t = readScale();
    },
    dispose: end
  };
}

/** Copies of all parameters' numbers, by path. */
export async function readParameters(parameters: Parameters): Promise<Record<string, {shape: number[]; data: Float32Array}>> {
  const all: Record<string, {shape: number[]; data: Float32Array}> = {};
  for (const path of parameters.paths()) {
    const parameter = parameters.get(path);
    all[path] = {shape: parameter.shape, data: Float32Array.from(await parameter.data())};
  }
  return all;
}
