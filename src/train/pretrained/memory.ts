/** Whether a model fits before it is begun: what it needs, what there is, and what would fit instead. */
import {parameterCount} from "../../clip/clip.ts";
import {clipSpecs} from "../../clip/clip.ts";
import {gridSize} from "../../clip/config.ts";
import type {ClipConfig} from "../../clip/config.ts";
import {preset, presetNames} from "../../clip/presets.ts";
import {sizeOf} from "../../tensor/parameters.ts";

/** What a page may use, as far as anybody tells it. */
export interface MemoryLimits {
  /** The backend, for the message: "wasm". */
  backend: string;
  /** All tensors together: 4 GiB of WebAssembly memory, or a share of the machine's memory where the browser tells it. */
  totalBytes: number;
  /** One tensor, on a graphics card. */
  tensorBytes?: number;
  /** Where the number comes from, in words. */
  because: string;
}

/** Says both numbers and what would fit. */
export class TooLargeError extends Error {
  override name = "TooLargeError";
}

/** Bytes of float32 weights, and of what lies beside them while `chunk` pictures and captions are embedded. */
export function memoryNeeded(config: ClipConfig, chunk: number): {weights: number; work: number; largest: number} {
  const weights = parameterCount(config) * 4;
  const largest = Math.max(...[...clipSpecs(config).values()].map(({shape}) => sizeOf(shape))) * 4;
  const {image, text} = config;
  // Of a transformer the hidden layer of four widths, its input, three projections and two residuals; of a ResNet the maps after its stem.
  const tower = (tokens: number, width: number) => chunk * tokens * width * 10 * 4;
  const pictures = image.kind === "vit" ? tower(gridSize(image) ** 2 + 1, image.width) : image.kind === "resnet" ? chunk * (image.sizePx / 2) ** 2 * image.width * 4 * 4 : 0;
  const captions = text.kind === "transformer" ? tower(text.contextLength, text.width) : 0;
  return {weights, work: Math.max(pictures, captions), largest};
}

/** Throws a TooLargeError where the model does not fit the limits. */
export function checkMemory(config: ClipConfig, name: string, limits: MemoryLimits, chunk: number): void {
  const fits = (wanted: ClipConfig) => {
    const {weights, work, largest} = memoryNeeded(wanted, chunk);
    return weights + work <= limits.totalBytes && largest <= (limits.tensorBytes ?? Infinity);
  };
  if (fits(config)) return;
  const {weights, work, largest} = memoryNeeded(config, chunk);
  const published = presetNames.filter((other) => /^(ViT|RN)/.test(other)).map((other) => ({other, config: preset(other)}));
  const smaller = published.filter((one) => fits(one.config)).sort((a, b) => parameterCount(b.config) - parameterCount(a.config))[0];
  const instead = smaller ? `${smaller.other} (${gigabytes(memoryNeeded(smaller.config, chunk).weights)}) would fit` : "None of the published models would fit; a TinyCLIP might";
  const tooLong = largest > (limits.tensorBytes ?? Infinity);
  const need = tooLong ? `has a tensor of ${gigabytes(largest)}, and one may have ${gigabytes(limits.tensorBytes!)} here` : `needs ${gigabytes(weights)} for its ${(parameterCount(config) / 1e6).toFixed(0)} million parameters as float32 and ${gigabytes(work)} to work in, and this page may use ${gigabytes(limits.totalBytes)}`;
  throw new TooLargeError(`${name} does not fit: it ${need} (${limits.because}). ${instead}.`);
}

/** What this page may use: WebAssembly addresses 4 GiB, and no page should take more than half of its machine's memory. */
export function memoryLimits(backend: string, {deviceGigabytes = (globalThis.navigator as {deviceMemory?: number} | undefined)?.deviceMemory, tensorBytes}: {deviceGigabytes?: number; tensorBytes?: number} = {}): MemoryLimits {
  const wasm = 4 * 2 ** 30 - 65536;
  // Browsers tell no more than 8, however much there is.
  const half = deviceGigabytes === undefined || deviceGigabytes >= 8 ? Infinity : (deviceGigabytes * 2 ** 30) / 2;
  const totalBytes = Math.min(backend === "wasm" ? wasm : Infinity, half);
  const because = totalBytes === half ? `half of this machine's ${deviceGigabytes} GiB` : "the most that WebAssembly can address";
  return {backend, totalBytes, tensorBytes, because};
}

const gigabytes = (bytes: number) => (bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);
