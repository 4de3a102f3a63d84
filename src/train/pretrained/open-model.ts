/** A pretrained CLIP from wherever it is (kept here, the hub, another server, files) to a model on the backend. What is done with it: pretrained-run.ts. */
import type {Clip} from "../../clip/clip.ts";
import {checkWeights, loadClip} from "../../clip/load-clip.ts";
import {readPublishedConfig} from "../../clip/published-config.ts";
import {publishedTokenizer} from "../../clip/published-tokenizer.ts";
import type {Tokenizer} from "../../clip/tokenizer.ts";
import {blobSource, openSafetensors} from "../../tensor/safetensors.ts";
import type {ByteSource, SafetensorsFile} from "../../tensor/safetensors.ts";
import {NoRoomError} from "../../data/kept-set.ts";
import type {Progress} from "../protocol.ts";
import {download} from "./download.ts";
import {checkMemory, memoryLimits} from "./memory.ts";
import type {MemoryLimits} from "./memory.ts";
import type {KeptModel, ModelFiles, ModelStore} from "./model-store.ts";
import {findGiven, findModel} from "./sources.ts";
import type {FoundModel, GivenFile, SourceOptions} from "./sources.ts";

/** Pictures or captions embedded at once: few, as a large model's pictures take megabytes each. */
export const pretrainedChunk = 16;

export interface PretrainedModel {
  name: string;
  clip: Clip;
  tokenizer: Tokenizer;
  /** Of the pixels' channels, from 0 to 1. */
  mean: number[];
  deviation: number[];
  /** What was changed to make it fit, in words. */
  notes: string[];
}

export interface FetchModelOptions extends SourceOptions {
  store: ModelStore;
  /** Files in place of an address. */
  given?: GivenFile[];
  onProgress(progress: Progress): void;
  /** The memory there is; asked before anything large is fetched. */
  limits: MemoryLimits;
  wait?: (ms: number) => Promise<void>;
}

/**
 * Fetches a model and keeps it under `name`, its address. Resolves at once where it is kept already. Rejects with one sentence: no safetensors, a pickle, an
 * architecture or activation that is not supported, a configuration that the weights contradict, too large, no room, no network, damaged.
 */
export async function keepModel(name: string, options: FetchModelOptions): Promise<KeptModel> {
  const {store, given, limits} = options;
  const kept = given ? undefined : await store.open(name);
  if (kept) return kept.summary;
  const found = given ? await findGiven(given, name) : await findModel(name, options);
  if (!isBare(found)) {
    const {config} = readPublishedConfig(found.files);
    checkMemory(config, name, limits, pretrainedChunk);
    await publishedTokenizer(config.text, found.files.tokenizer);
  }
  const place = await store.place(name);
  let sizePx = 0;
  try {
    const weights = found.weights;
    if ("file" in weights) await copy(weights.file, place);
    else {
      if (store.keptIn === "disk" && weights.bytes !== undefined) await checkRoom(weights.bytes - (await place.size()));
      const what = {fetching: `Fetching ${name}`, checking: `Checking ${name}`};
      const since = progressSince(options.onProgress);
      await download(weights.url, {place, sizeBytes: weights.bytes, sha256Hex: weights.sha256, signal: options.signal, fetch: options.fetch, wait: options.wait, onProgress: (stage, done, total) => since(what[stage], done, total)});
    }
    try {
      const {file, config} = await readHeader({byteLength: await place.size(), read: (begin, end) => place.read(begin, end)}, name, found.files);
      checkWeights(file, {config, name});
      if (config.image.kind !== "features") sizePx = config.image.sizePx;
    } catch (error) {
      await place.remove();
      throw error;
    }
  } finally {
    await place.close();
  }
  const sha256 = "sha256" in found.weights ? found.weights.sha256 : undefined;
  return store.finish(name, found.files, {sizePx, ...(sha256 && {sha256})});
}

/** Loads a kept model onto the backend. The caller disposes `clip`. */
export async function loadModel(name: string, {store, onProgress, signal, limits}: Pick<FetchModelOptions, "store" | "onProgress" | "signal" | "limits">): Promise<PretrainedModel> {
  const stored = await store.open(name);
  if (!stored) throw new Error(`no model called "${name}" is kept in this browser`);
  try {
    const {file, config, mean, deviation} = await readHeader(stored.weights, name, stored.files);
    checkMemory(config, name, limits, pretrainedChunk);
    const tokenizer = await publishedTokenizer(config.text, stored.files.tokenizer);
    const since = progressSince(onProgress);
    const {clip, notes} = await loadClip(file, {config, name, signal, onProgress: (done, total) => since(`Loading ${name}`, done, total)});
    return {name, clip, tokenizer, mean, deviation, notes};
  } finally {
    await stored.weights.close?.();
  }
}

/** Weights alone, without a configuration: only their own metadata can say what they are. */
function isBare({files}: FoundModel): boolean {
  return !files.config && !files.openClip;
}

/** Opens the weights' header and finds the configuration: in the files beside, else in the weights' own metadata. */
async function readHeader(source: ByteSource, name: string, files: ModelFiles): Promise<{file: SafetensorsFile} & ReturnType<typeof readPublishedConfig>> {
  const start = await source.read(0, 4);
  const begins = (...bytes: number[]) => bytes.every((byte, i) => start[i] === byte);
  if (begins(0x50, 0x4b, 3, 4) || begins(0x80)) throw new Error(`${name} is a pickle file under another name, which can run any code when it is opened, and is not read here.`);
  const file = await openSafetensors(source, name);
  const own = file.metadata["config"];
  const config = files.config || files.openClip || own === undefined ? files : {openClip: JSON.parse(own) as NonNullable<ModelFiles["openClip"]>};
  return {file, ...readPublishedConfig(config)};
}

async function copy(blob: Blob, place: Awaited<ReturnType<ModelStore["place"]>>): Promise<void> {
  const source = blobSource(blob);
  await place.begin("given");
  const step = 8 << 20;
  for (let at = 0; at < blob.size; at += step) await place.write(await source.read(at, Math.min(at + step, blob.size)), at);
}

async function checkRoom(neededBytes: number): Promise<void> {
  const {quota = Infinity, usage = 0} = (await navigator.storage?.estimate?.()) ?? {};
  if (neededBytes > quota - usage) throw new NoRoomError(neededBytes, Math.max(quota - usage, 0), "model");
}

/** Progress with the time left, estimated from what this call has done. */
function progressSince(onProgress: (progress: Progress) => void, now: () => number = () => performance.now()) {
  let stage = "";
  let began = 0;
  let first = 0;
  return (what: string, done: number, total: number) => {
    if (what !== stage) [stage, began, first] = [what, now(), done];
    const rate = (done - first) / (now() - began);
    onProgress({what, done, total, secondsLeft: rate > 0 ? (total - done) / rate / 1000 : null});
  };
}

export {memoryLimits};
