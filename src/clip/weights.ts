/** Reads and writes CLIP's weights as safetensors in the layouts of layouts.ts. No optimizer state: that is src/train/checkpoint.ts. */
import {parseObject, shown} from "../json.ts";
import {concatenate} from "../tensor/concatenate.ts";
import type {ParameterSpecs} from "../tensor/parameters.ts";
import {sizeOf} from "../tensor/parameters.ts";
import type {SafetensorsFile, TensorToWrite} from "../tensor/safetensors.ts";
import {checkConfig, configFromJson, configToOpenClip} from "./config.ts";
import type {ClipConfig} from "./config.ts";
import {inferConfig} from "./infer-config.ts";
import {isBookkeeping, layoutOf, sourcesOf} from "./layouts.ts";
import type {Layout} from "./layouts.ts";
import {resizePositions} from "./positions.ts";
import {checkSize, specsOf} from "./specs.ts";

/** A model's parameters by path. */
export type WeightValues = Map<string, Float32Array>;

export interface ReadWeights {
  config: ClipConfig;
  layout: Layout;
  values: WeightValues;
  /** What had to be changed to fit, in words: a resized position embedding. */
  notes: string[];
}

export interface ReadOptions {
  /** What the weights are for. Without it, the file's metadata says, or else its shapes. */
  config?: ClipConfig;
  layout?: Layout;
  /** What errors call the file. */
  name?: string;
}

/**
 * Reads a model's weights. Position embeddings of another image size are resized; anything else that does not fit is an Error that
 * names missing, extra and misshapen tensors, with both shapes.
 */
export async function readWeights(file: SafetensorsFile, {config: wanted, layout = layoutOf(file.entries.keys()), name = "checkpoint"}: ReadOptions = {}): Promise<ReadWeights> {
  const shapes = new Map([...file.entries].map(([tensor, {shape}]) => [tensor, shape]));
  const config = wanted ?? (file.metadata["config"] ? configOf(file.metadata["config"], name) : inferConfig(shapes, layout, name));
  const specs = specsOf(config);
  checkSize(specs, name);
  const positions = positionPath(config);
  checkShapes(specs, shapes, layout, {name, positions});

  const values: WeightValues = new Map();
  const notes: string[] = [];
  for (const [path, {shape}] of specs) {
    const sources = sourcesOf(path, layout);
    const parts = await Promise.all(sources.map(async ({name: source, transposed}) => {
      const numbers = await floatsOf(file, source, name);
      return transposed ? transpose(numbers, shapes.get(source)! as [number, number]) : numbers;
    }));
    const rows = shapes.get(sources[0].name)![0];
    if (path === positions && rows !== shape[0]) {
      values.set(path, resizePositions(parts[0], {from: rows, to: shape[0], width: shape[1]}));
      notes.push(`"${path}" was resized from ${describeGrid(rows)} to ${describeGrid(shape[0])} by bicubic interpolation.`);
    } else values.set(path, parts.length === 1 ? parts[0] : concatenate(parts));
  }
  return {config, layout, values, notes};
}

function configOf(text: string, name: string): ClipConfig {
  const json = parseObject(text, {name: `${name}: the configuration in its metadata`, uniqueKeys: true});
  return "image" in json ? checkConfig(json as unknown as ClipConfig, name) : configFromJson(json, name);
}

/** A tensor of numbers with a fraction; throws, naming file and tensor, where it is of whole numbers. */
export async function floatsOf(file: SafetensorsFile, tensor: string, name: string): Promise<Float32Array> {
  const values = await file.values(tensor);
  if (values instanceof Float32Array) return values;
  throw new Error(`${name}: ${shown(tensor)} holds whole numbers (${file.entries.get(tensor)!.dtype}); expected F32, F16 or BF16.`);
}

/** Throws, naming file and tensor, where a value is no number or infinite: nothing that such a model says is of use. */
export function checkFinite(values: Float32Array, tensor: string, name: string): void {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * 0; // NaN from the first that is not finite on
  if (sum === 0) return;
  const at = values.findIndex((value) => !Number.isFinite(value));
  throw new Error(`${name}: ${shown(tensor)} holds ${values[at]} at place ${at.toLocaleString("en")}; expected finite numbers. The training that made it went wrong: take an earlier checkpoint.`);
}

/** A position embedding's patches, in words. */
export function describeGrid(rows: number): string {
  const side = Math.sqrt(rows - 1);
  return Number.isInteger(side) ? `${side} x ${side}` : `${rows - 1}`;
}

/** The one parameter whose shape follows the image's size. */
export function positionPath({image}: ClipConfig): string | undefined {
  if (image.kind === "vit") return "visual.positional_embedding";
  return image.kind === "resnet" ? "visual.attnpool.positional_embedding" : undefined;
}

/** Compares what a model needs with what a file has; throws an Error with every kind of difference at once, the first few tensors of each by name. `positions` may be a grid of another size. */
export function checkShapes(specs: ParameterSpecs, shapes: ReadonlyMap<string, readonly number[]>, layout: Layout, {name, positions}: {name: string; positions?: string}): void {
  const missing: string[] = [];
  const misshapen: string[] = [];
  const expected = new Set<string>();
  for (const [path, spec] of specs) {
    for (const {name: source, shape} of partsOf(path, spec.shape, layout)) {
      expected.add(source);
      const found = shapes.get(source);
      if (!found) missing.push(`${source} [${shape}]`);
      else if (!fits(found, shape, path === positions)) misshapen.push(`${source} is [${found}], expected [${shape}]`);
    }
  }
  const extra = [...shapes].filter(([tensor]) => !expected.has(tensor) && !isBookkeeping(tensor) && !/^(optimizer|average|series)\//.test(tensor));
  const complaints = [
    missing.length > 0 && `missing: ${someOf(missing)}`,
    misshapen.length > 0 && `misshapen: ${someOf(misshapen)}`,
    extra.length > 0 && `extra: ${someOf(extra.map(([tensor, shape]) => `${tensor.slice(0, 80)} [${shape}]`))}`
  ].filter(Boolean);
  if (complaints.length > 0) throw new Error(`${name} does not fit the model; ${complaints.join("; ")}. Give the configuration that belongs to the weights.`);
}

/** The first four: a model that is a layer short lacks sixteen, and a screen of names says no more than these. */
function someOf(all: string[]): string {
  return all.length <= 5 ? all.join(", ") : `${all.slice(0, 4).join(", ")} and ${all.length - 4} more`;
}

/** The tensors that hold a parameter of this shape, with their shapes. */
export function partsOf(path: string, shape: readonly number[], layout: Layout): {name: string; shape: number[]; transposed: boolean}[] {
  const sources = sourcesOf(path, layout);
  const part = shape.length > 0 ? [shape[0] / sources.length, ...shape.slice(1)] : [];
  return sources.map(({name, transposed = false}) => ({name, transposed, shape: transposed ? part.toReversed() : part}));
}

function fits(found: readonly number[], expected: readonly number[], isPositions: boolean): boolean {
  if (`${found}` === `${expected}`) return true;
  // A single number may be kept with or without a dimension.
  if (sizeOf(expected) === 1 && sizeOf(found) === 1) return true;
  return isPositions && found.length === 2 && found[1] === expected[1] && Number.isInteger(Math.sqrt(found[0] - 1)) && found[0] > 1;
}

export interface WriteOptions {
  layout?: Layout;
  dtype?: "F32" | "F16" | "BF16";
}

/** The tensors of a model in a layout, to be handed to `writeSafetensors`. `values` is asked for a parameter when its turn comes. */
export function weightTensors(config: ClipConfig, values: (path: string) => Float32Array | Promise<Float32Array>, {layout = "openai", dtype = "F32"}: WriteOptions = {}): TensorToWrite[] {
  const tensors: TensorToWrite[] = [];
  for (const [path, spec] of specsOf(config)) {
    const parts = partsOf(path, spec.shape, layout);
    parts.forEach(({name, shape, transposed}, i) => {
      const part = async () => {
        const all = await values(path);
        const own = all.subarray((i * all.length) / parts.length, ((i + 1) * all.length) / parts.length);
        return transposed ? transpose(own, shape.toReversed() as [number, number]) : own;
      };
      tensors.push({name, dtype, shape, values: part});
    });
    // PyTorch's batch norms count their batches, and loading insists on the counter.
    if (path.endsWith(".running_var")) tensors.push({name: path.replace("running_var", "num_batches_tracked"), dtype: "I64", shape: [], values: () => [0]});
  }
  return tensors;
}

/** What a file of weights should say of itself: open_clip's configuration where it has one, ours otherwise. */
export function weightMetadata(config: ClipConfig): Record<string, string> {
  const {image, text, imageHead, textHead} = config;
  const known = !("decoder" in config) && image.kind !== "features" && text.kind === "transformer" && imageHead === "linear" && textHead === "linear";
  return {format: "pt", config: JSON.stringify(known ? configToOpenClip(config) : config)};
}

/** [rows, columns] to [columns, rows]. */
export function transpose(values: Float32Array, [rows, columns]: [number, number]): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column];
  return result;
}
