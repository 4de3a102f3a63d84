/** A pretrained model behind the same handle as a run: everything that looks at a run can look at it. It is not trained here. */
import {heldOutGallery, indicesOfSplit} from "../../data/select.ts";
import type {PairSet} from "../../data/pairs.ts";
import {parameterCount} from "../../clip/clip.ts";
import {seededRandom} from "../../tensor/random.ts";
import {mapGallery} from "../create-run.ts";
import {createLearner} from "../learner.ts";
import {pairTensors} from "../pair-tensors.ts";
import type {BackendChoice, ModelSpec, RunInfo} from "../protocol.ts";
import {Run} from "../run.ts";
import {contrastiveHalves} from "../watched-loss.ts";
import {pretrainedChunk} from "./open-model.ts";
import type {PretrainedModel} from "./open-model.ts";

export interface PretrainedContext {
  id: string;
  pairs: PairSet;
  choice: BackendChoice;
  /** Disposed with the run. */
  model: PretrainedModel;
}

/** @throws RangeError where the pictures of the set are not of the model's size. */
export function createPretrainedRun({name, watch = 32, map = 0, seed = 1}: ModelSpec, {id, pairs, choice, model}: PretrainedContext): {run: Run; info: RunInfo} {
  const {clip, tokenizer, mean, deviation} = model;
  const {config} = clip;
  if (config.image.kind !== "features" && pairs.sizePx !== config.image.sizePx) {
    throw new RangeError(`${name} looks at pictures of ${config.image.sizePx} px, and ${pairs.name} was opened at ${pairs.sizePx} px: open it with {sizePx: ${config.image.sizePx}}`);
  }
  const tensors = pairTensors(pairs, tokenizer, {mean, deviation, trim: true});
  const watched = heldOutGallery(pairs, {count: watch, seed});
  const untrained = () => {
    throw new Error(`${name} is a pretrained model: it is looked at here, not trained`);
  };
  const learner = createLearner({
    createModel: () => clip,
    // Nothing is ever updated.
    createOptimizer: () => ({update: untrained, step: () => 0, moments: () => new Map(), restore: untrained, dispose() {}}),
    createBatches: () => ({next: untrained, state: () => ({epoch: 0, batch: 0}), restore: untrained, perEpoch: 0}),
    createRandom: () => seededRandom(seed),
    encoder: tokenizer,
    tensors,
    watched,
    map: mapGallery(pairs, watched, [...indicesOfSplit(pairs, "train")], map, seed),
    chunk: pretrainedChunk,
    trim: true,
    gradientClip: 1
  });
  learner.learn = untrained;
  learner.reset = () => {};
  const run = new Run(learner, {steps: 0, batchSize: watched.indices.length, learningRate: 1, schedule: () => 0, halves: contrastiveHalves});
  const info: RunInfo = {
    id,
    ...choice,
    model: name,
    parameterCount: parameterCount(config),
    batchSize: watched.indices.length,
    steps: 0,
    chanceLoss: Math.log(watched.indices.length),
    truncatedCaptions: tensors.truncated,
    config,
    falseNegatives: {perBatch: 0, ifNotAvoided: 0},
    gallery: watched.indices.length,
    seed
  };
  return {run, info};
}
