/** A whole model out of a safetensors file onto the backend, a piece of a tensor at a time: beside the weights themselves only a few megabytes are held. */
import {filledTensor} from "../tensor/filled.ts";
import type {NumberPiece} from "../tensor/filled.ts";
import {parametersFrom} from "../tensor/parameters.ts";
import type {ParameterSpec, ParameterSpecs} from "../tensor/parameters.ts";
import {seededRandom} from "../tensor/random.ts";
import type {SafetensorsFile} from "../tensor/safetensors.ts";
import * as tf from "../tensor/tf.ts";
import {clipSpecs, createClip} from "./clip.ts";
import type {Clip} from "./clip.ts";
import type {ClipConfig} from "./config.ts";
import {layoutOf, sourcesOf} from "./layouts.ts";
import type {Layout} from "./layouts.ts";
import {resizePositions} from "./positions.ts";
import {checkSize} from "./specs.ts";
import {checkFinite, checkShapes, describeGrid, floatsOf, positionPath, transpose} from "./weights.ts";

export interface LoadOptions {
  config: ClipConfig;
  /** What errors call the file. */
  name: string;
  /** Told after every parameter, in bytes of the file. */
  onProgress?(done: number, total: number): void;
  signal?: AbortSignal;
}

/**
 * The layout of a file's weights, and their shapes by name.
 * @throws Error naming missing, extra and misshapen tensors where the file does not fit the configuration.
 */
export function checkWeights(file: SafetensorsFile, {config, name}: Pick<LoadOptions, "config" | "name">) {
  const layout = layoutOf(file.entries.keys());
  const shapes = new Map([...file.entries].map(([tensor, {shape}]) => [tensor, shape]));
  const specs = clipSpecs(config);
  const positions = positionPath(config);
  checkSize(specs, name);
  checkShapes(specs, shapes, layout, {name, positions});
  return {layout, shapes, specs, positions};
}

/**
 * Loads the weights in whichever layout they are. The caller disposes the model; nothing is left on the backend when loading fails.
 * @throws Error naming missing, extra and misshapen tensors where the file does not fit the configuration.
 */
export async function loadClip(file: SafetensorsFile, {config, name, onProgress, signal}: LoadOptions): Promise<{clip: Clip; notes: string[]}> {
  const {layout, shapes, specs, positions} = checkWeights(file, {config, name});
  const total = [...file.entries.values()].reduce((sum, {begin, end}) => sum + end - begin, 0);
  const tensors = new Map<string, tf.Tensor>();
  const notes: string[] = [];
  let done = 0;
  try {
    for (const [path, {shape}] of inFileOrder(specs, file, layout)) {
      signal?.throwIfAborted();
      const sources = sourcesOf(path, layout);
      const rows = shapes.get(sources[0].name)![0];
      const resized = path === positions && rows !== shape[0];
      if (resized) {
        tensors.set(path, tf.tensor(resizePositions(await finiteOf(file, sources[0].name, name), {from: rows, to: shape[0], width: shape[1]}), shape));
        notes.push(`"${path}" was resized from ${describeGrid(rows)} to ${describeGrid(shape[0])} by bicubic interpolation.`);
      } else if (sources[0].transposed) {
        const values = await finiteOf(file, sources[0].name, name);
        tensors.set(path, tf.tensor(transpose(values, shapes.get(sources[0].name)! as [number, number]), shape));
      } else tensors.set(path, await filledTensor(shape, joined(file, sources.map((source) => source.name), name)));
      for (const source of sources) {
        const {begin, end} = file.entries.get(source.name)!;
        done += end - begin;
      }
      onProgress?.(done, total);
    }
    return {clip: createClip(config, {random: seededRandom(1), parameters: parametersFrom(specs, tensors)}), notes};
  } catch (error) {
    tf.dispose([...tensors.values()].filter((tensor) => !tensor.isDisposed));
    throw error;
  }
}

/** Parameters by where their last tensor ends: a file that is still coming is waited for no longer than it takes. */
function inFileOrder(specs: ParameterSpecs, file: SafetensorsFile, layout: Layout): [string, ParameterSpec][] {
  const ends = new Map([...specs.keys()].map((path) => [path, Math.max(...sourcesOf(path, layout).map(({name}) => file.entries.get(name)!.end))]));
  return [...specs].sort(([a], [b]) => ends.get(a)! - ends.get(b)!);
}

/** The numbers of several tensors, one behind the other. */
async function* joined(file: SafetensorsFile, names: string[], fileName: string): AsyncGenerator<NumberPiece> {
  let before = 0;
  for (const name of names) {
    let count = 0;
    for await (const {at, values} of file.pieces(name)) {
      checkFinite(values, name, fileName);
      yield {at: before + at, values};
      count += values.length;
    }
    before += count;
  }
}

async function finiteOf(file: SafetensorsFile, tensor: string, name: string): Promise<Float32Array> {
  const values = await floatsOf(file, tensor, name);
  checkFinite(values, tensor, name);
  return values;
}
