/** What a checkpoint says to the run that goes on from it: whether it is a run's at all, whether it fits, and whether the order of batches is the same. */
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

/** Opens a run's checkpoint. Throws where it is another file, or a checkpoint without a run's state. */
export async function openRunCheckpoint(bytes: Uint8Array, name: string): Promise<SavedRun> {
  const saved = await openCheckpoint(bytes, name);
  const state = saved.state as Partial<SavedState> | undefined;
  const isRun = typeof state?.order === "string" && Array.isArray(state.functions) && Array.isArray(state.dropout) && Array.isArray(state.changes) && typeof state.options === "object" && state.options !== null && typeof state.steps === "number" && typeof state.peak === "number";
  if (!isRun || !saved.tokenizer || !saved.series["losses"] || !saved.series["scales"]) throw new Error(`${name} is a checkpoint, but not of a run: it lacks the order of the batches, the tokenizer or the losses so far`);
  // JSON has no infinity.
  state.options!.gradientClip ??= Infinity;
  checkSavedOptions({...state.options}, name);
  return saved as SavedRun;
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
