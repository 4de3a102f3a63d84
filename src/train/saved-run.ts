/** What a checkpoint says to the run that goes on from it: whether it is a run's at all, whether it fits, and whether the order of batches is the same. */
import {isObject, shown} from "../json.ts";
import type {Json} from "../json.ts";
import {runRanges} from "../limits.ts";
import type {ClipConfig} from "../clip/config.ts";
import {createTokenizer} from "../clip/tokenizer.ts";
import type {Tokenizer} from "../clip/tokenizer.ts";
import type {PairSet} from "../data/pairs.ts";
import {openCheckpoint} from "./checkpoint.ts";
import type {Checkpoint} from "./checkpoint.ts";
import type {SavedState} from "./learner.ts";
import type {OpenedPairs} from "./open-pairs.ts";
import type {RunSpec} from "./protocol.ts";
import {checkSavedOptions} from "./run-options.ts";
import type {RunOptions} from "./run-options.ts";

export type SavedRun = Checkpoint & {state: SavedState};

/** Opens a run's checkpoint. Throws an Error that begins with the file's name where it is another file, a checkpoint without a run's state, or one whose state cannot be. */
export async function openRunCheckpoint(bytes: Uint8Array, name: string): Promise<SavedRun> {
  const saved = await openCheckpoint(bytes, name);
  const {state, tokenizer, step, series: {losses, scales}} = saved;
  if (!isObject(state) || typeof state.order !== "string" || !isObject(state.options) || !tokenizer || !losses || !scales) {
    throw new Error(`${name} is a checkpoint, but not of a run: it lacks the order of the batches, the tokenizer or the losses so far. Take a file that a run wrote`);
  }
  // JSON has no infinity.
  state.options.gradientClip ??= Infinity;
  checkState(state, name);
  if (losses.length !== step || scales.length !== step) throw new Error(`${name}: it has ${losses.length} losses and ${scales.length} scales of ${step} steps; expected one of each a step`);
  return saved as SavedRun;
}

/** Throws where a part of a run's state is of another kind than it has to be. */
function checkState(state: Json, name: string): void {
  const must = (key: string, holds: boolean, expected: string) => {
    if (!holds) throw new Error(`${name}: "${key}" of its state is ${shown(state[key])}; expected ${expected}`);
  };
  const isCount = (value: unknown, least = 0) => Number.isSafeInteger(value) && (value as number) >= least;
  const isGenerator = (value: unknown) => Array.isArray(value) && (value.length === 4 || value.length === 5) && value.every(Number.isFinite);
  const {functions, dropout, changes, batches, steps, peak, trainedMs} = state;
  must("functions", Array.isArray(functions) && functions.every((one) => typeof one === "string" && one.length <= 40), "a list of names");
  must("dropout", isGenerator(dropout), "the four or five numbers of a random generator");
  must("changes", isGenerator(changes), "the four or five numbers of a random generator");
  must("batches", isObject(batches) && isCount(batches.epoch) && isCount(batches.batch), "{epoch, batch}, whole numbers");
  must("steps", isCount(steps, 1) && (steps as number) <= runRanges.steps[1], `a whole number from 1 to ${runRanges.steps[1].toLocaleString("en")}`);
  must("peak", Number.isFinite(peak) && (peak as number) > 0, "a number above 0");
  must("trainedMs", Number.isFinite(trainedMs) && (trainedMs as number) >= 0, "a number of at least 0");
  checkSavedOptions(state.options as Json, name);
}

/** The same for two runs exactly if they see the same batches in the same order, with the same randomness. */
export function orderOf({ids, captions, splits, sizePx}: PairSet, {seed, batchSize, captions: choice, avoidDuplicates, hardNegatives: hard}: RunOptions): string {
  let hash = 0x811c9dc5;
  const add = (text: string) => {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  };
  ids.forEach((id, row) => add(`${id}\n${captions[row].join("\n")}\n${splits[row]}\n`));
  return `${ids.length} pairs ${(hash >>> 0).toString(16)}, ${sizePx} px, seed ${seed}, batches of ${batchSize}, captions ${choice}${avoidDuplicates ? "" : ", duplicates kept"}${hard ? `, neighbourhoods of ${hard.size} by ${hard.share.join(" and ")}` : ""}`;
}

/** The checkpoint's model and tokenizer. Throws where the pairs are of another kind than the model takes, or another model is asked for. */
export function partsOfSaved({config, tokenizer, state}: SavedRun, spec: RunSpec, {pairs, features}: OpenedPairs): {config: ClipConfig; tokenizer: Tokenizer} {
  for (const name of ["model", "imageTower", "textTower"] as const) {
    if (spec[name] !== undefined && spec[name] !== state.options[name]) throw new RangeError(`${name} is "${state.options[name]}" in the checkpoint; it was given "${spec[name]}". Leave it out, or begin without the checkpoint`);
  }
  const {image, text} = config;
  if (tokenizer!.contextLength !== text.contextLength || tokenizer!.vocabularySize !== text.vocabularySize) {
    throw new RangeError(`the checkpoint's tokenizer gives ${tokenizer!.contextLength} tokens of ${tokenizer!.vocabularySize}, its model takes ${text.contextLength} of ${text.vocabularySize}`);
  }
  if (image.kind === "features") {
    if (features?.width !== image.width) throw new RangeError(`the checkpoint's model takes ${image.width} features of a locked tower; the pairs were opened with ${features?.width ?? "none"}`);
  } else if (image.sizePx !== pairs.sizePx) {
    throw new RangeError(`the checkpoint's model sees pictures of ${image.sizePx} px; the pairs were opened with ${pairs.sizePx} px. Open them with sizePx ${image.sizePx}`);
  }
  return {config, tokenizer: createTokenizer(tokenizer!)};
}
