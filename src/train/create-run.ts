/** From a RunSpec to a Run: fills in defaults, checks every option, and puts model, tokenizer, optimizer and batches together. */
import {createClip, parameterCount} from "../clip/clip.ts";
import type {ClipConfig} from "../clip/config.ts";
import {preset} from "../clip/presets.ts";
import {trainTokenizer} from "../clip/train-tokenizer.ts";
import {augment, checkAugment} from "../data/augment.ts";
import {createBatches, falseNegativesPerBatch, gatherPixels} from "../data/batches.ts";
import {heldOutGallery, indicesOfSplit} from "../data/select.ts";
import type {Gallery} from "../data/select.ts";
import type {PairSet} from "../data/pairs.ts";
import {seededRandom} from "../tensor/random.ts";
import * as tf from "../tensor/tf.ts";
import {createAdamW} from "./adamw.ts";
import {compileCellFunctions} from "./cell-functions.ts";
import {createLearner} from "./learner.ts";
import type {OpenedPairs} from "./open-pairs.ts";
import {pairTensors} from "./pair-tensors.ts";
import type {BackendChoice, RunInfo, RunSpec} from "./protocol.ts";
import {Run} from "./run.ts";
import {warmupCosine} from "./schedule.ts";
import {contrastiveHalves} from "./watched-loss.ts";

export interface RunContext {
  id: string;
  opened: OpenedPairs;
  choice: BackendChoice;
  /** What functions written in cells find in scope, beside `tf`. */
  library: Record<string, unknown>;
}

type Options = Required<Omit<RunSpec, "pairs" | "functions" | "augment">> & Pick<RunSpec, "augment">;

const embedChunk = 128;

/**
 * Makes a run; nothing is trained yet.
 * @throws RangeError naming an option that is out of range; Error where the set cannot serve (no training pairs, no features for a locked tower).
 */
export async function createRun(spec: RunSpec, {id, opened, choice, library}: RunContext): Promise<{run: Run; info: RunInfo}> {
  const options = completeOptions(spec, opened);
  const {pairs, features} = opened;
  const {batchSize, steps, seed} = options;

  const training = [...indicesOfSplit(pairs, "train")];
  if (training.length < batchSize) throw new RangeError(`batchSize ${batchSize} is more than the ${training.length} training pairs of ${pairs.name}`);
  const config = configOf(options, opened);
  const tokenizer = trainTokenizer(
    training.flatMap((row) => pairs.captions[row]),
    {vocabularySize: config.text.vocabularySize, contextLength: config.text.contextLength}
  );
  // A small set may not hold as many different pairs of symbols as the preset has room for.
  config.text.vocabularySize = tokenizer.vocabularySize;

  const functions = compileCellFunctions(spec.functions ?? {}, {tf, ...library});
  const tensors = pairTensors(pairs, tokenizer, {features});
  const random = () => seededRandom(seed).fork("run");
  const watched = heldOutGallery(pairs, {count: options.watch, seed});
  const dealing = {batchSize, seed, captions: options.captions, split: "train", avoidDuplicates: options.avoidDuplicates} as const;
  const learner = createLearner({
    createRandom: random,
    createModel: (weights) => createClip(config, {random: weights, imageHead: functions.imageHead, textHead: functions.textHead}),
    createOptimizer: ({parameters}) => createAdamW(parameters, {weightDecay: options.weightDecay, ...momentsOf(config)}),
    createBatches: () => createBatches(pairs, dealing),
    encoder: tokenizer,
    tensors,
    watched,
    map: mapGallery(pairs, watched, training, options.map, seed),
    protocol: Object.keys(pairs.factors).length > 0 ? undefined : fullProtocol(pairs),
    loss: functions.loss,
    augment: functions.augment,
    augmentPixels: options.augment && ((rows, random) => tensors.pictures(augment(gatherPixels(pairs, rows), pairs.sizePx, random, options.augment))),
    gradientClip: options.gradientClip,
    chunk: embedChunk
  });

  const run = new Run(learner, {
    steps,
    batchSize,
    learningRate: options.learningRate,
    schedule: functions.schedule
      ? (step, peak, all) => checkRate(functions.schedule!(step, {learningRate: peak, steps: all, warmupSteps: options.warmupSteps}))
      : (step, peak, all) => warmupCosine({learningRate: peak, warmupSteps: options.warmupSteps, steps: all})(step),
    halves: contrastiveHalves
  });
  const info: RunInfo = {
    id,
    ...choice,
    model: options.model,
    parameterCount: parameterCount(config),
    batchSize,
    steps,
    chanceLoss: Math.log(batchSize),
    truncatedCaptions: tensors.truncated,
    config,
    falseNegatives: {
      perBatch: falseNegativesPerBatch(createBatches(pairs, dealing)),
      ifNotAvoided: falseNegativesPerBatch(createBatches(pairs, {...dealing, avoidDuplicates: false}))
    },
    gallery: watched.indices.length,
    seed
  };
  return {run, info};
}

function completeOptions(spec: RunSpec, {features}: OpenedPairs): Options {
  const steps = spec.steps ?? 300;
  const options: Options = {
    model: "vit-tiny",
    imageTower: features ? "locked" : "train",
    textTower: "preset",
    batchSize: 64,
    steps,
    learningRate: 1e-3,
    warmupSteps: Math.round(steps / 10),
    weightDecay: 0.2,
    gradientClip: 1,
    seed: 1,
    watch: 64,
    map: 192,
    captions: "one",
    avoidDuplicates: true,
    ...withoutUndefined(spec)
  };
  for (const name of ["batchSize", "steps", "watch"] as const) {
    if (!(Number.isInteger(options[name]) && options[name] >= 1)) throw new RangeError(`${name} is a whole number of at least 1; it was given ${options[name]}`);
  }
  if (options.batchSize < 2) throw new RangeError("batchSize is at least 2: with one pair there is nothing to tell it from");
  for (const name of ["learningRate", "gradientClip"] as const) {
    if (!(options[name] > 0)) throw new RangeError(`${name} is a number above 0; it was given ${options[name]}`);
  }
  if (!["one", "in turn"].includes(options.captions)) throw new RangeError(`captions is "one" or "in turn"; it was given "${options.captions}"`);
  if (options.augment && features) throw new RangeError("augment changes pictures, and this run sees only a locked tower's features, computed once");
  if (options.augment) checkAugment(options.augment);
  if (!["train", "locked"].includes(options.imageTower)) throw new RangeError(`imageTower is "train" or "locked"; it was given "${options.imageTower}"`);
  if (!["preset", "transformer", "cbow"].includes(options.textTower)) throw new RangeError(`textTower is "preset", "transformer" or "cbow"; it was given "${options.textTower}"`);
  if (options.imageTower === "locked" && !features) throw new Error('imageTower is "locked", but the pairs were opened without a pretrained tower: give openPairs an imageTower');
  return options;
}

function withoutUndefined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** The preset, with the towers that the options ask for and the size of the images at hand. */
function configOf({model, imageTower, textTower}: Options, {pairs, features}: OpenedPairs): ClipConfig {
  const config = preset(model);
  if (imageTower === "locked") config.image = {kind: "features", width: features!.width};
  else if (config.image.kind !== "features") config.image.sizePx = pairs.sizePx;
  const {contextLength, vocabularySize, width} = config.text;
  if (textTower === "cbow" && config.text.kind !== "cbow") config.text = {kind: "cbow", contextLength, vocabularySize, width};
  if (textTower === "transformer" && config.text.kind !== "transformer") config.text = {kind: "transformer", contextLength, vocabularySize, width, heads: 4, layers: 2};
  return config;
}

/** The paper's moments: .9/.98/1e-6 for transformers, .9/.999/1e-8 for ResNets (Radford et al. 2021, table 18). */
function momentsOf({image}: ClipConfig): {betas: [number, number]; epsilon: number} {
  return image.kind === "resnet" ? {betas: [0.9, 0.999], epsilon: 1e-8} : {betas: [0.9, 0.98], epsilon: 1e-6};
}

function checkRate(rate: unknown): number {
  if (!(typeof rate === "number" && rate >= 0)) throw new TypeError(`schedule: expected a number of at least 0, got ${rate}`);
  return rate;
}

/** The watched pairs first, then others drawn from the training split. */
export function mapGallery(pairs: PairSet, watched: Gallery, training: number[], more: number, seed: number): Gallery {
  const random = seededRandom(seed).fork("map");
  const rows = random.shuffle(training).slice(0, more);
  const captionIndices = rows.map((row) => random.integer(pairs.captions[row].length));
  return {
    indices: Int32Array.of(...watched.indices, ...rows),
    captionIndices: Int32Array.of(...watched.captionIndices, ...captionIndices),
    captions: [...watched.captions, ...rows.map((row, i) => pairs.captions[row][captionIndices[i]])]
  };
}

/** Every held-out photo with all its captions, as retrieval on Flickr30k is measured. */
function fullProtocol(pairs: PairSet) {
  const rows = [...indicesOfSplit(pairs, "test")].filter((row) => pairs.captions[row].length > 0);
  return {rows: Int32Array.from(rows), captionCounts: Int32Array.from(rows, (row) => pairs.captions[row].length)};
}
