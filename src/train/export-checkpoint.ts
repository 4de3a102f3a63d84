/** From a run's checkpoint to everything that others need to go on with it: shards where pairs are given, then the files of export.ts. */
import {packTar} from "modern-tar";
import {exportShards} from "../data/export-shards.ts";
import type {EncodeJpeg, ShardIndex} from "../data/export-shards.ts";
import type {PairSet} from "../data/pairs.ts";
import type {Checkpoint} from "./checkpoint.ts";
import {exportRun} from "./export.ts";
import type {ExportedFile, Hyperparameters} from "./export.ts";
import {checkSavedOptions} from "./run-options.ts";

export interface ExportSources {
  /** What errors call the checkpoint. */
  name?: string;
  /** Written as shards; without, the script names a folder to be filled. */
  pairs?: PairSet;
  encodeJpeg: EncodeJpeg;
}

/**
 * The files one after another, and notes for what could not be made.
 * @throws Error where the checkpoint has no tokenizer, or where its run's options cannot be: before the first file.
 */
export async function* exportCheckpoint({config, parameters, tokenizer, step, state, seed}: Checkpoint, {name = "the checkpoint", pairs, encodeJpeg}: ExportSources): AsyncGenerator<ExportedFile | {note: string}> {
  if (!tokenizer) throw new Error(`${name} holds no tokenizer: it cannot be used without the words that it was trained with`);
  const {options} = (state ?? {}) as {options?: object};
  const known: Record<string, unknown> = {seed: Number(seed) || 1, ...options};
  // JSON has no infinity.
  if (known.gradientClip === null) known.gradientClip = Infinity;
  checkSavedOptions(known, name);
  const hyperparameters = hyperparametersOf(known, config.image.kind === "resnet");
  let shards: ShardIndex | undefined;
  if (pairs) {
    for await (const {file, bytes} of exportShards(pairs, encodeJpeg)) {
      if (file === "index.json") shards = JSON.parse(new TextDecoder().decode(bytes)) as ShardIndex;
      yield {path: `shards/${file}`, bytes};
    }
  }
  yield* exportRun({config, values: parameters, tokenizer, step, state, shards, hyperparameters});
}

/** All of it as one tar under a folder's name, with `train.sh` executable. */
export async function exportTar(checkpoint: Checkpoint, {folder = "clip", ...sources}: ExportSources & {folder?: string}): Promise<Uint8Array> {
  const entries = [];
  for await (const part of exportCheckpoint(checkpoint, sources)) {
    if ("note" in part) continue;
    const {path, bytes, executable} = part;
    entries.push({header: {name: `${folder}/${path}`, size: bytes.length, mode: executable ? 0o755 : 0o644, mtime: new Date(0), uid: 0, gid: 0}, body: bytes});
  }
  return packTar(entries);
}

/** What the checkpoint does not say is the run's default. The moments follow the tower, as in the paper. */
function hyperparametersOf(known: Partial<Hyperparameters>, resnet: boolean): Hyperparameters {
  const {steps = 300, batchSize = 64, learningRate = 1e-3, warmupSteps = Math.round(steps / 10), weightDecay = 0.2, gradientClip = 1, seed = 1} = known;
  return {steps, batchSize, learningRate, warmupSteps, weightDecay, gradientClip, seed, betas: resnet ? [0.9, 0.999] : [0.9, 0.98], epsilon: resnet ? 1e-8 : 1e-6};
}
