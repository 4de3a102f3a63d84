/**
 * A whole training run in one safetensors file: parameters under their own names, the optimizer's moments, a moving average where
 * there is one, and in the metadata step, seed, configuration, tokenizer and whatever state the loop needs to go on exactly.
 */
import type {Clip} from "../clip/clip.ts";
import {checkConfig} from "../clip/config.ts";
import type {ClipConfig} from "../clip/config.ts";
import type {TokenizerSpec} from "../clip/tokenizer.ts";
import {readWeights} from "../clip/weights.ts";
import type {WeightValues} from "../clip/weights.ts";
import {bytesSource, openSafetensors, writeSafetensors} from "../tensor/safetensors.ts";
import type {SafetensorsFile, TensorToWrite} from "../tensor/safetensors.ts";
import * as tf from "../tensor/tf.ts";
import type {AdamW} from "./adamw.ts";
import type {Average} from "./average.ts";

/** The form of the metadata; raised when it changes so that older readers would go wrong. */
const version = "1";

/** What a loop needs besides a model's tensors. */
export interface LoopState {
  /** Optimizer steps taken. */
  step: number;
  seed: number | string;
  tokenizer?: TokenizerSpec;
  /** Plain data of the loop's own: the states of its random generators, its place in the batches, its hyperparameters. */
  state?: unknown;
  /** Number series of the loop's own, such as the losses so far, by name; kept as float32. */
  series?: Record<string, Float32Array>;
}

export interface Checkpoint extends LoopState {
  series: Record<string, Float32Array>;
  config: ClipConfig;
  parameters: WeightValues;
  /** By "m/path" and "v/path", for `AdamW.restore`. */
  moments: Map<string, Float32Array>;
  /** By path, for `Average.restore`; empty where none was kept. */
  average: Map<string, Float32Array>;
  optimizerStep: number;
}

export interface CheckpointOptions {
  /** Whether the optimizer's moments are kept: without them the file is a third as large, and the run goes on with fresh ones. True. */
  optimizer?: boolean;
  /** How parameters and moments are written; only "F32" (the default) goes on exactly. */
  dtype?: "F32" | "F16" | "BF16";
  /** Further number series to keep beside the loop's own, by name. */
  series?: Record<string, Float32Array>;
}

export interface CheckpointParts extends LoopState {
  clip: Clip;
  optimizer: AdamW;
  average?: Average;
}

/**
 * The file, piece by piece. The tensors are held as they are at the call, so that training may go on while they are written; they
 * are freed when the last piece was taken, or when the writing is given up (`return()`).
 */
export function writeCheckpoint({clip, optimizer, average, step, seed, tokenizer, state, series}: CheckpointParts, {optimizer: withMoments = true, dtype = "F32", series: more}: CheckpointOptions = {}): AsyncGenerator<Uint8Array> {
  const held = new Map<string, tf.Tensor>();
  for (const path of clip.parameters.paths()) held.set(path, clip.parameters.get(path).clone());
  if (withMoments) for (const [key, moment] of optimizer.moments()) held.set(`optimizer/${key}`, moment.clone());
  for (const [path, values] of average?.values() ?? []) held.set(`average/${path}`, values.clone());
  const metadata = checkpointMetadata({config: clip.config, step, seed, tokenizer, state, optimizerStep: withMoments ? optimizer.step() : 0});
  const numbers = Object.entries({...series, ...more}).map(([name, values]): TensorToWrite => ({name: `series/${name}`, dtype: "F32", shape: [values.length], values: () => values}));
  return writeHeld(held, dtype, numbers, metadata);
}

/** What a checkpoint's file says of itself beside its tensors. */
export function checkpointMetadata({config, step, seed, tokenizer, state, optimizerStep = 0}: Omit<LoopState, "series"> & {config: ClipConfig; optimizerStep?: number}): Record<string, string> {
  return {
    format: "diagonal",
    version,
    config: JSON.stringify(config),
    step: String(step),
    seed: JSON.stringify(seed),
    optimizerStep: String(optimizerStep),
    ...(tokenizer && {tokenizer: JSON.stringify(tokenizer)}),
    ...(state !== undefined && {state: JSON.stringify(state)})
  };
}

async function* writeHeld(held: ReadonlyMap<string, tf.Tensor>, dtype: TensorToWrite["dtype"], more: TensorToWrite[], metadata: Record<string, string>): AsyncGenerator<Uint8Array> {
  try {
    const tensors = [...held].map(([name, tensor]): TensorToWrite => ({name, dtype, shape: tensor.shape, values: async () => (await tensor.data()) as Float32Array}));
    yield* writeSafetensors([...tensors, ...more], metadata);
  } finally {
    tf.dispose([...held.values()]);
  }
}

/** The whole file at once, for runs small enough. */
export async function checkpointBytes(parts: CheckpointParts, options?: CheckpointOptions): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of writeCheckpoint(parts, options)) pieces.push(piece as Uint8Array<ArrayBuffer>);
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** Reads a checkpoint that is held whole; see `readCheckpoint`. */
export async function openCheckpoint(bytes: Uint8Array, name = "checkpoint"): Promise<Checkpoint> {
  return readCheckpoint(await openSafetensors(bytesSource(bytes), name), name);
}

/** Reads a checkpoint. Throws where the file is none, names what it lacks, and refuses a version from the future. */
export async function readCheckpoint(file: SafetensorsFile, name = "checkpoint"): Promise<Checkpoint> {
  const {metadata} = file;
  if (metadata["format"] !== "diagonal") throw new Error(`${name} holds weights, not a run to go on with: its metadata says format ${JSON.stringify(metadata["format"] ?? null)}, expected "diagonal".`);
  if (metadata["version"] !== version) throw new Error(`${name} was written in version ${metadata["version"]} of the format; this program reads version ${version}.`);
  const json = (key: string) => (metadata[key] === undefined ? undefined : (JSON.parse(metadata[key]) as unknown));
  const config = checkConfig(json("config") as ClipConfig);
  const {values} = await readWeights(file, {config, layout: "openai", name});
  const section = async (prefix: string) => {
    const found = new Map<string, Float32Array>();
    for (const key of file.entries.keys()) if (key.startsWith(prefix)) found.set(key.slice(prefix.length), (await file.values(key)) as Float32Array);
    return found;
  };
  return {
    config,
    parameters: values,
    moments: await section("optimizer/"),
    average: await section("average/"),
    series: Object.fromEntries(await section("series/")),
    step: Number(metadata["step"]),
    optimizerStep: Number(metadata["optimizerStep"]),
    seed: json("seed") as number | string,
    tokenizer: json("tokenizer") as TokenizerSpec | undefined,
    state: json("state")
  };
}
