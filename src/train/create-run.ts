/** From a RunSpec to a Run: fills in defaults, checks every option, and puts model, tokenizer, optimizer and batches together. */
import {createClip} from "../clip/clip.ts";
import type {ClipConfig} from "../clip/config.ts";
import {cocaPreset, cocaPresetNames, preset} from "../clip/presets.ts";
import {isCoca, specsOf} from "../clip/specs.ts";
import {createTokenizer} from "../clip/tokenizer.ts";
import type {Tokenizer} from "../clip/tokenizer.ts";
import {trainTokenizer} from "../clip/train-tokenizer.ts";
import {augment} from "../data/augment.ts";
import {createBatches, falseNegativesPerBatch, gatherPixels} from "../data/batches.ts";
import {heldOutGallery, indicesOfSplit} from "../data/select.ts";
import type {Gallery} from "../data/select.ts";
import type {PairSet} from "../data/pairs.ts";
import {countParameters} from "../tensor/parameters.ts";
import {seededRandom} from "../tensor/random.ts";
import * as tf from "../tensor/tf.ts";
import {createAdamW} from "./adamw.ts";
import {createAverage} from "./average.ts";
import {compileCellFunctions} from "./cell-functions.ts";
import {createCocaModel} from "./coca-model.ts";
import {readFilm} from "./film.ts";
import type {FilmFrame} from "./film.ts";
import {layerDecay, matchesPath, parameterGroups} from "./groups.ts";
import type {Groups} from "./groups.ts";
import {createLearner} from "./learner.ts";
import type {OpenedPairs} from "./open-pairs.ts";
import {pairTensors} from "./pair-tensors.ts";
import type {BackendChoice, RunInfo, RunSpec} from "./protocol.ts";
import {Run} from "./run.ts";
import {completeOptions} from "./run-options.ts";
import type {RunOptions} from "./run-options.ts";
import {openRunCheckpoint, orderOf, partsOfSaved} from "./saved-run.ts";
import {warmupCosine} from "./schedule.ts";
import {contrastiveHalves} from "./watched-loss.ts";

export interface RunContext {
  id: string;
  opened: OpenedPairs;
  choice: BackendChoice;
  /** What functions written in cells find in scope, beside `tf`. */
  library: Record<string, unknown>;
  /** Starts a backend in place of one whose graphics device was lost. */
  restartBackend?(): Promise<BackendChoice>;
  /** Reads the checkpoint at an address of the site. */
  read(address: string): Promise<Uint8Array>;
  /** Milliseconds; the clock, unless given. */
  now?: () => number;
}

const embedChunk = 128;

/**
 * Makes a run; nothing is trained yet.
 * @throws RangeError naming an option that is out of range; Error where the set cannot serve (no training pairs, no features for a locked
 * tower), or where `from` is no checkpoint or does not fit the set.
 */
export async function createRun(spec: RunSpec, {id, opened, choice, library, read, restartBackend, now}: RunContext): Promise<{run: Run; info: RunInfo; film: FilmFrame[]}> {
  const bytes = typeof spec.from === "string" ? await read(spec.from) : spec.from;
  const saved = bytes && (await openRunCheckpoint(bytes, typeof spec.from === "string" ? spec.from : "the checkpoint"));
  const options = completeOptions(spec, opened, saved && {...saved.state.options, steps: saved.state.steps, learningRate: saved.state.peak});
  const {pairs, features} = opened;
  const {batchSize, steps, seed} = options;

  const training = [...indicesOfSplit(pairs, "train")];
  if (training.length < batchSize) throw new RangeError(`batchSize ${batchSize} is more than the ${training.length} training pairs of ${pairs.name}`);
  const order = orderOf(pairs, options);
  const {config, tokenizer} = saved ? partsOfSaved(saved, spec, opened) : newParts(options, opened, training);
  const goesOn = saved?.state.order === order && options.fresh.length === 0;

  const functions = compileCellFunctions(spec.functions ?? {}, {tf, ...library});
  const lost = saved?.state.functions.filter((name) => !(name in functions)) ?? [];
  if (lost.length > 0) throw new Error(`the checkpoint's run was trained with functions of its own, which are not in the file: give createRun ${lost.join(" and ")} as well`);
  const groups = groupsOf(options, config);
  // Columns that are all padding say nothing; but a step that is captured must keep its shapes, and CoCa its class token its place.
  const tensors = pairTensors(pairs, tokenizer, {features, trim: tf.getBackend() !== "webgpu" && !isCoca(config)});
  const watched = heldOutGallery(pairs, {count: options.watch, seed});
  const dealing = {batchSize, seed, captions: options.captions, split: "train", avoidDuplicates: options.avoidDuplicates, hardNegatives: options.hardNegatives} as const;
  const learner = createLearner({
    restartBackend,
    createRandom: () => seededRandom(seed).fork("run"),
    createModel(weights) {
      const start = {random: weights, values: saved && !goesOn ? keptOf(saved.parameters, options.fresh) : undefined};
      return isCoca(config) ? createCocaModel(config, start) : createClip(config, {...start, imageHead: functions.imageHead, textHead: functions.textHead});
    },
    createOptimizer: ({parameters}) => createAdamW(parameters, {weightDecay: options.weightDecay, ...momentsOf(config)}),
    createAverage: options.averageDecay > 0 ? ({parameters}) => createAverage(parameters, {decay: options.averageDecay}) : undefined,
    createBatches: () => createBatches(pairs, dealing),
    encoder: tokenizer,
    tensors,
    watched,
    map: mapGallery(pairs, watched, training, options.map, seed),
    protocol: Object.keys(pairs.factors).length > 0 ? undefined : fullProtocol(pairs),
    loss: functions.loss,
    augment: functions.augment,
    augmentPixels: options.augment && ((rows, random) => tensors.pictures(augment(gatherPixels(pairs, rows), pairs.sizePx, random, options.augment))),
    groups,
    chunkSize: options.chunkSize,
    accumulation: options.accumulation,
    gradientClip: options.gradientClip,
    chunk: embedChunk,
    options,
    tokenizer: tokenizer.spec,
    order,
    functions: Object.keys(functions)
  });

  const run = new Run(learner, {
    steps,
    batchSize,
    learningRate: options.learningRate,
    keep: options.keep,
    schedule: functions.schedule
      ? (step, peak, all) => checkRate(functions.schedule!(step, {learningRate: peak, steps: all, warmupSteps: options.warmupSteps}))
      : (step, peak, all) => warmupCosine({learningRate: peak, warmupSteps: options.warmupSteps, steps: all})(step),
    halves: contrastiveHalves,
    now
  });
  try {
    if (goesOn) await run.resume(bytes!);
    const info: RunInfo = {
      id,
      ...choice,
      model: options.model,
      parameterCount: countParameters(specsOf(config)),
      batchSize,
      learningRate: options.learningRate,
      steps,
      step: goesOn ? saved!.step : 0,
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
    const film = goesOn ? readFilm(saved!.series, watched, config.embedDim, {steps: saved!.state.steps, losses: [...saved!.series["losses"]]}) : [];
    return {run, info, film};
  } catch (error) {
    await run.dispose();
    throw error;
  }
}

/** A new model's configuration, and the tokenizer learnt from the training captions. */
function newParts(options: RunOptions, opened: OpenedPairs, training: number[]) {
  const config = configOf(options, opened);
  const {vocabularySize, contextLength} = config.text;
  const captions = training.flatMap((row) => opened.pairs.captions[row]);
  let tokenizer = trainTokenizer(captions, {vocabularySize, contextLength});
  // A small set may not hold as many different pairs of symbols as the preset has room for.
  config.text.vocabularySize = tokenizer.vocabularySize;
  if (isCoca(config)) {
    config.decoder.vocabularySize = tokenizer.vocabularySize;
    // Its padding cannot be left out batch by batch, and costs as much as words: no more of it than the set's longest caption needs.
    config.text.contextLength = longestCaption(opened.pairs.captions.flat(), tokenizer);
    tokenizer = createTokenizer({...tokenizer.spec, contextLength: config.text.contextLength});
  }
  return {config, tokenizer};
}

/** In tokens, the first and the last included; at most the tokenizer's context. */
function longestCaption(captions: string[], tokenizer: Tokenizer): number {
  const {ids} = tokenizer.encodeBatch(captions);
  let longest = 2;
  ids.forEach((id, i) => id !== 0 && (longest = Math.max(longest, (i % tokenizer.contextLength) + 1)));
  return longest;
}

/** A checkpoint's values without those that begin anew. Throws an Error naming a pattern that matches none. */
function keptOf(values: ReadonlyMap<string, Float32Array>, fresh: readonly string[]): ReadonlyMap<string, Float32Array> {
  const idle = fresh.filter((pattern) => ![...values.keys()].some((path) => matchesPath(pattern, path)));
  if (idle.length > 0) throw new Error(`fresh: no parameter of the checkpoint is matched by ${idle.map((pattern) => `"${pattern}"`).join(", ")}`);
  return new Map([...values].filter(([path]) => !fresh.some((pattern) => matchesPath(pattern, path))));
}

function groupsOf({groups, layerDecay: decay, chunkSize, batchSize, accumulation}: RunOptions, config: ClipConfig): Groups {
  const paths = [...specsOf(config).keys()];
  const made = parameterGroups(groups, paths, decay < 1 ? layerDecay(paths, decay) : undefined);
  if (paths.every((path) => made.frozen(path))) throw new RangeError("groups freeze every parameter: there is nothing left to train");
  const moves = paths.some((path) => path.endsWith(".running_mean") && !made.frozen(path.replace("running_mean", "weight")));
  if (moves && chunkSize < batchSize && accumulation === "cached") {
    throw new RangeError('accumulation "cached" cannot train batch norm, whose statistics would be each chunk\'s: freeze the image tower in groups, or take accumulation "separate"');
  }
  if (isCoca(config) && chunkSize < batchSize && accumulation === "cached") {
    throw new RangeError('accumulation "cached" knows the contrastive loss only, and CoCa learns captions as well: take accumulation "separate"');
  }
  return made;
}

/** The preset, with the towers that the options ask for and the size of the images at hand. */
function configOf({model, imageTower, textTower}: RunOptions, {pairs, features}: OpenedPairs): ClipConfig {
  if (cocaPresetNames.includes(model)) return cocaOf(model, imageTower, textTower, pairs.sizePx);
  const config = preset(model);
  if (imageTower === "locked") config.image = {kind: "features", width: features!.width};
  else if (config.image.kind !== "features") config.image.sizePx = pairs.sizePx;
  const {contextLength, vocabularySize, width} = config.text;
  if (textTower === "cbow" && config.text.kind !== "cbow") config.text = {kind: "cbow", contextLength, vocabularySize, width};
  if (textTower === "transformer" && config.text.kind !== "transformer") config.text = {kind: "transformer", contextLength, vocabularySize, width, heads: 4, layers: 2};
  return config;
}

/** A CoCa has towers of its own. */
function cocaOf(model: string, imageTower: string, textTower: string, sizePx: number): ClipConfig {
  if (imageTower === "locked" || textTower === "cbow") throw new RangeError(`${model} writes while it looks at an image's patches and reads with a transformer: its imageTower is "train" and its textTower "preset"`);
  const config = cocaPreset(model);
  config.image.sizePx = sizePx;
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
