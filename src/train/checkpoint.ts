/**
 * A whole training run in one safetensors file: parameters under their own names, the optimizer's moments, a moving average where
 * there is one, and in the metadata step, seed, configuration, tokenizer and whatever state the loop needs to go on exactly.
 */
import {parseJson, shown} from "../json.ts";
import type {Clip} from "../clip/clip.ts";
import {checkConfig} from "../clip/config.ts";
import type {ClipConfig} from "../clip/config.ts";
import {specsOf} from "../clip/specs.ts";
import {checkTokenizerSpec} from "../clip/tokenizer.ts";
import type {TokenizerSpec} from "../clip/tokenizer.ts";
import {checkFinite, floatsOf, readWeights} from "../clip/weights.ts";
import type {WeightValues} from "../clip/weights.ts";
import {sizeOf} from "../tensor/parameters.ts";
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

export interface ReadOptions {
  /** Whether the file is one of ours, just written: then its numbers are taken as they are. Of any other they must be finite. False. */
  own?: boolean;
}

/** Reads a checkpoint that is held whole; see `readCheckpoint`. */
export async function openCheckpoint(bytes: Uint8Array, name = "checkpoint", options?: ReadOptions): Promise<Checkpoint> {
  return readCheckpoint(await openSafetensors(bytesSource(bytes), name), name, options);
}

/**
 * Reads a checkpoint. Throws an Error that begins with the file's name where it is none, where something that it says of itself cannot be, where it lacks a
 * parameter, or holds numbers that are not finite; refuses a version from the future. Its `state` is the loop's own, and is checked by whoever goes on from it.
 */
export async function readCheckpoint(file: SafetensorsFile, name = "checkpoint", {own = false}: ReadOptions = {}): Promise<Checkpoint> {
  const {metadata} = file;
  if (metadata["format"] !== "diagonal") throw new Error(`${name} holds weights, not a run to go on with: its metadata says format ${shown(metadata["format"])}, expected "diagonal".`);
  if (metadata["version"] !== version) throw new Error(`${name} was written in version ${shown(metadata["version"])} of the format; this program reads version ${version}.`);
  const json = (key: string) => (metadata[key] === undefined ? undefined : parseJson(metadata[key], {name: `${name}: "${key}" of its metadata`, uniqueKeys: true}));
  const config = checkConfig(json("config") as ClipConfig, name);
  const steps = ["step", "optimizerStep"].map((key) => wholeNumber(metadata[key], key, name));
  const seed = json("seed");
  if (!isSeed(seed)) throw new Error(`${name}: "seed" of its metadata is ${shown(seed)}; expected a number or a short text.`);
  const tokenizer = metadata["tokenizer"] === undefined ? undefined : checkTokenizerSpec(json("tokenizer"), name);
  const state = json("state");
  const {values} = await readWeights(file, {config, layout: "openai", name});
  const read = async (prefix: string) => {
    const found = new Map<string, Float32Array>();
    for (const key of file.entries.keys()) if (key.startsWith(prefix)) found.set(key.slice(prefix.length), await floatsOf(file, key, name));
    return found;
  };
  const [moments, average, series] = [await read("optimizer/"), await read("average/"), await read("series/")];
  checkBeside({moments, average}, config, name);
  if (!own) for (const [prefix, section] of [["", values], ["optimizer/", moments], ["average/", average]] as const) for (const [path, numbers] of section) checkFinite(numbers, `${prefix}${path}`, name);
  return {config, parameters: values, moments, average, series: Object.fromEntries(series), step: steps[0], optimizerStep: steps[1], seed, tokenizer, state};
}

const isSeed = (seed: unknown): seed is number | string => (typeof seed === "number" && Number.isFinite(seed)) || (typeof seed === "string" && seed.length <= 200);

/** A count of steps, as text. */
function wholeNumber(text: string | undefined, key: string, name: string): number {
  if (!/^\d{1,12}$/.test(text ?? "")) throw new Error(`${name}: "${key}" of its metadata is ${shown(text)}; expected a whole number.`);
  return Number(text);
}

/** Throws where moments or averages are of no parameter, or of other shapes than it. */
function checkBeside({moments, average}: Pick<Checkpoint, "moments" | "average">, config: ClipConfig, name: string): void {
  const specs = specsOf(config);
  const all = [...[...moments].map(([key, values]) => ({key, path: key.replace(/^[mv]\//, ""), values})), ...[...average].map(([path, values]) => ({key: path, path, values}))];
  for (const {key, path, values} of all) {
    const spec = specs.get(path);
    if (!spec) throw new Error(`${name}: ${shown(key)} belongs to no parameter of its model; expected moments and averages of these alone.`);
    if (values.length !== sizeOf(spec.shape)) throw new Error(`${name}: ${shown(key)} has ${values.length} values; expected the ${sizeOf(spec.shape)} of its parameter.`);
  }
}
