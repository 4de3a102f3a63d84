/**
 * The files of a tfjs layers model, fetched and held against each other before TensorFlow.js sees them: it makes every weight that a topology asks for, however
 * large, before it looks whether the shards hold one. Gives what its loader takes; loads nothing itself.
 */
import {readAtMost, textAtMost} from "../data/files/read-at-most.ts";
import {unsafePath} from "../data/files/files.ts";
import {isObject, parseObject, shown} from "../json.ts";
import type {Json} from "../json.ts";
import {limits, past, towerNumbers} from "../limits.ts";
import type * as tf from "../tensor/tf.ts";

/** What layers of image towers are; others are refused by name. */
const known = new Set(["InputLayer", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "BatchNormalization", "LayerNormalization", "Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "ZeroPadding2D", "Cropping2D", "MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "Add", "Average", "Maximum", "Multiply", "Concatenate", "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout", "Dense", "Reshape", "Permute", "Flatten", "Rescaling", "Functional", "Model", "Sequential"]);

const valueBytes: Record<string, number> = {float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2};

interface WeightSpec {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: {dtype: string};
}

/** Throws an Error that begins with `address` where a file is missing, none of its kind, or says what cannot be. */
export async function towerFiles(url: string, address: string, get: typeof fetch = fetch): Promise<tf.io.ModelArtifacts> {
  const answer = await fetched(url, address, get);
  const json = parseObject(await textAtMost(answer, limits.tokenizerBytes, address), {name: address});
  const {modelTopology, weightsManifest} = json;
  if (!isObject(modelTopology) || !Array.isArray(weightsManifest)) throw new Error(`${address} is no tfjs layers model: expected modelTopology and weightsManifest in its model.json`);
  const groups = weightsManifest.map((group: unknown) => checkedGroup(group, address));
  const weightSpecs = groups.flatMap(({weights}) => weights);
  const numbers = weightSpecs.reduce((sum, {shape}) => sum + sizeOf(shape), 0);
  const tooMany = past(limits.towerParameters, numbers);
  if (tooMany) throw new Error(`${address} ${tooMany}`);
  checkTopology(modelTopology, weightSpecs, numbers, address);

  const shards: Uint8Array[] = [];
  for (const path of groups.flatMap(({paths}) => paths)) shards.push(await readAtMost(await fetched(new URL(path, url).href, `${address}, ${path}`, get), limits.fileBytes, `${address}, ${path}`));
  const expected = weightSpecs.reduce((sum, {shape, dtype, quantization}) => sum + sizeOf(shape) * valueBytes[quantization?.dtype ?? dtype], 0);
  const weightData = new Uint8Array(await new Blob(shards as Uint8Array<ArrayBuffer>[]).arrayBuffer()).buffer;
  if (weightData.byteLength !== expected) throw new Error(`${address}: its shards have ${weightData.byteLength} bytes; expected the ${expected} of its weights, so they are cut off or of another model`);
  return {modelTopology, weightSpecs: weightSpecs as tf.io.WeightsManifestEntry[], weightData, format: "layers-model"};
}

async function fetched(url: string, name: string, get: typeof fetch): Promise<ReadableStream<Uint8Array>> {
  const answer = await get(url).catch(() => undefined);
  if (!answer?.ok || !answer.body) throw new Error(`${name} could not be read${answer ? ` (${answer.status})` : ""}: expected a tfjs layers model (model.json and its shards) there`);
  return answer.body;
}

function checkedGroup(group: unknown, address: string): {paths: string[]; weights: WeightSpec[]} {
  const {paths, weights} = isObject(group) ? group : ({} as Json);
  if (!Array.isArray(paths) || !Array.isArray(weights)) throw new Error(`${address}: a group of its weights is ${shown(group)}; expected {paths, weights}`);
  const foreign = paths.find((path) => typeof path !== "string" || unsafePath(path) !== undefined || path.includes(":"));
  if (foreign !== undefined) throw new Error(`${address}: a shard of it is called ${shown(foreign)}; expected the name of a file beside its model.json`);
  const isWeight = (one: unknown) => isObject(one) && typeof one.name === "string" && Array.isArray(one.shape) && one.shape.length <= limits.dimensions.most && one.shape.every((size: unknown) => Number.isSafeInteger(size) && (size as number) >= 0) && typeof one.dtype === "string" && Object.hasOwn(valueBytes, one.dtype) && (one.quantization === undefined || (isObject(one.quantization) && typeof one.quantization.dtype === "string" && Object.hasOwn(valueBytes, one.quantization.dtype)));
  const wrong = weights.find((one) => !isWeight(one));
  if (wrong !== undefined) throw new Error(`${address}: a weight of it is ${isObject(wrong) ? `${shown(wrong.name)}, of the shape ${shown(wrong.shape)} and the type ${shown(wrong.dtype)}` : shown(wrong)}; expected a name, whole numbers and float32`);
  return {paths, weights: weights as WeightSpec[]};
}

/**
 * Every layer is known, its numbers are small, and all together cannot ask for many more weights than the manifest has. What goes into a layer is not worked out: the
 * widest thing that the model has stands for it, which real towers overshoot by less than ten times.
 */
function checkTopology(topology: Json, weights: WeightSpec[], numbers: number, address: string): void {
  const layers = layersIn(topology);
  const tooMany = past(limits.towerLayers, layers.length);
  if (tooMany) throw new Error(`${address} ${tooMany}`);
  for (const {kind, config} of layers) {
    if (!known.has(kind)) throw new Error(`${address} has a layer of the kind ${shown(kind)}, which is none of an image tower that is read here; expected ${[...known].slice(1, 4).join(", ")} and their like`);
    for (const [key, [least, most]] of Object.entries(towerNumbers)) {
      const value = config[key] ?? config[key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())];
      for (const one of [value].flat(3)) if (one !== undefined && one !== null && typeof one !== "string" && !(Number.isInteger(one) && (one as number) >= least && (one as number) <= most)) throw new Error(`${address}: ${key} of a ${kind} is ${shown(one)}; expected a whole number from ${least} to ${most}`);
    }
  }
  const widths = layers.map(({config}) => Number(config.filters ?? config.units ?? 1));
  const widest = Math.max(3, ...widths, ...weights.flatMap(({shape}) => shape));
  const asked = layers.reduce((sum, {config}, i) => {
    const kernel = [config.kernel_size ?? config.kernelSize ?? 1].flat(2).reduce((product: number, side) => product * Number(side), 1);
    const multiplier = Number(config.depth_multiplier ?? config.depthMultiplier ?? 1);
    return sum + kernel * widest * Math.max(widths[i], multiplier) + 4 * widest;
  }, 0);
  const most = 20 * numbers + 1e7;
  if (asked > most) throw new Error(`${address}: its layers may ask for ${asked.toLocaleString("en")} weights, and its manifest has ${numbers.toLocaleString("en")}; expected a topology and weights of one model`);
}

/** All layers, those of models within the model too. */
function layersIn(value: unknown, depth = 0): {kind: string; config: Json}[] {
  if (typeof value !== "object" || value === null || depth > limits.jsonLevels.most) return [];
  if (Array.isArray(value)) return value.flatMap((one) => layersIn(one, depth + 1));
  const {class_name: kind, config} = value as Json;
  const isLayer = typeof kind === "string" && isObject(config) && ("name" in config || "layers" in config);
  return [...(isLayer ? [{kind, config}] : []), ...Object.values(value).flatMap((one) => layersIn(one, depth + 1))];
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
