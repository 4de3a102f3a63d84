/** A pretrained model behind the same handle as a run: everything that looks at a run can look at it. It is not trained here. */
import {heldOutGallery, indicesOfSplit} from "../../data/select.ts";
import type {PairSet} from "../../data/pairs.ts";
import {parameterCount} from "../../clip/clip.ts";
import {mapGallery} from "../create-run.ts";
import {createEmbedder} from "../embedder.ts";
import {readParameters} from "../learner.ts";
import {pairTensors} from "../pair-tensors.ts";
import type {BackendChoice, ModelSpec, RunInfo} from "../protocol.ts";
import {Run} from "../run.ts";
import type {Learner} from "../run-parts.ts";
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
  const embedder = createEmbedder({encoder: tokenizer, tensors, chunk: pretrainedChunk, trim: true, model: () => clip, judged: (use) => use()});
  const mapped = mapGallery(pairs, watched, [...indicesOfSplit(pairs, "train")], map, seed);
  let t = clip.parameters.get("logit_scale").dataSync()[0]; // once, when the model is made
  const learner: Learner = {
    learn: untrained,
    get logitScaleLog() {
      return t;
    },
    setLogitScaleLog(value) {
      clip.parameters.set("logit_scale", Float32Array.of(value));
      t = value;
    },
    embedWatched: (step) => embedder.gallery(watched, step),
    embedMap: (step) => embedder.gallery(mapped, step),
    measureRecall: (step, watched) => embedder.recall(step, watched),
    embed: (what) => embedder.embed(what),
    attention: (what) => embedder.attention(what),
    parameters: () => readParameters(clip.parameters),
    save: untrained,
    restore: untrained,
    reset() {},
    dispose: () => clip.dispose()
  };
  function untrained(): never {
    throw new Error(`${name} is a pretrained model: it is looked at here, not trained`);
  }
  const run = new Run(learner, {steps: 0, batchSize: watched.indices.length, learningRate: 1, keep: 0, schedule: () => 0, halves: contrastiveHalves});
  const info: RunInfo = {
    id,
    ...choice,
    model: name,
    parameterCount: parameterCount(config),
    batchSize: watched.indices.length,
    learningRate: 0,
    steps: 0,
    step: 0,
    chanceLoss: Math.log(watched.indices.length),
    truncatedCaptions: tensors.truncated,
    config,
    falseNegatives: {perBatch: 0, ifNotAvoided: 0},
    gallery: watched.indices.length,
    seed
  };
  return {run, info};
}
