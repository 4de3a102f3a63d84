/** A pretrained CLIP from wherever it is (kept here, the hub, another server, files) to a model on the backend. What is done with it: pretrained-run.ts. */
import type {Clip} from "../../clip/clip.ts";
import {checkWeights, loadClip} from "../../clip/load-clip.ts";
import type {LoadOptions} from "../../clip/load-clip.ts";
import {readPublishedConfig} from "../../clip/published-config.ts";
import {publishedTokenizer} from "../../clip/published-tokenizer.ts";
import type {Tokenizer} from "../../clip/tokenizer.ts";
import {parseObject} from "../../json.ts";
import {blobSource, openSafetensors} from "../../tensor/safetensors.ts";
import type {ByteSource, SafetensorsFile} from "../../tensor/safetensors.ts";
import {roomWords} from "../../storage/room.ts";
import type {Progress} from "../protocol.ts";
import {arrivingFile} from "./arriving-file.ts";
import type {ArrivingFile} from "./arriving-file.ts";
import {download} from "./download.ts";
import type {DownloadPlace} from "./download.ts";
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
  /**
   * Asks for the model as well: its tensors go to the backend as they arrive, and it is handed over when all of the file is there and right. Not called where the model
   * was kept already, or could not be loaded. Whoever is given it disposes `clip`.
   */
  onLoaded?(model: PretrainedModel): void;
  /** The memory there is; asked before anything large is fetched. */
  limits: MemoryLimits;
  wait?: (ms: number) => Promise<void>;
}

/**
 * Fetches a model and keeps it under `name`, its address. Resolves at once where it is kept already. Rejects with one sentence: no safetensors, a pickle, an
 * architecture or activation that is not supported, a configuration that the weights contradict (said as soon as their header has come), too large, no room, no
 * network, damaged.
 */
export async function keepModel(name: string, options: FetchModelOptions): Promise<KeptModel> {
  const {store, given, limits} = options;
  const kept = given ? undefined : await store.open(name);
  if (kept) return kept.summary;
  const found = {...(given ? await findGiven(given, name) : await findModel(name, options)), name};
  let tokenizer: Tokenizer | undefined;
  if (!isBare(found)) {
    const {config} = readPublishedConfig(found.files);
    checkMemory(config, name, limits, pretrainedChunk);
    tokenizer = await publishedTokenizer(config.text, found.files.tokenizer);
  }
  const place = await store.place(name, "file" in found.weights ? found.weights.file.size : found.weights.bytes);
  // What is needed and what is free is said before anything is written.
  if (place.room) options.onProgress({what: `${name} ${roomWords(place.room)}`, done: 0, total: place.room.neededBytes, secondsLeft: null});
  try {
    const taken = await takeWhileItComes(place, {...found, tokenizer}, options);
    const sha256 = "sha256" in found.weights ? found.weights.sha256 : undefined;
    const summary = await place.finish(found.files, {sizePx: taken.sizePx, ...(sha256 && {sha256})}).catch((error) => {
      taken.model?.clip.dispose();
      throw error;
    });
    if (taken.model) options.onLoaded!(taken.model);
    return summary;
  } finally {
    await place.close();
  }
}

/** What the weights turned out to be; the model where it was to be loaded, and could be. */
interface Taken {
  sizePx: number;
  model?: PretrainedModel;
}

/** Brings the weights to their place, and reads them meanwhile. What is refused or damaged is removed; what only stopped coming is gone on with another time. */
async function takeWhileItComes(place: DownloadPlace, found: FoundModel & {tokenizer?: Tokenizer}, options: FetchModelOptions): Promise<Taken> {
  const {signal, limits, onLoaded} = options;
  const coming = arrivingFile(place);
  const refusal = new AbortController();
  async function take(source: ByteSource, load: boolean): Promise<Taken> {
    const checked = await readChecked(source, found, limits);
    const {image} = checked.config;
    // Where loading fails the file is as good: whoever opens it is told.
    const model = load ? await ontoBackend(checked, found, {signal: refusal.signal}).catch(() => undefined) : undefined;
    return {sizePx: image.kind === "features" ? 0 : image.sizePx, model};
  }
  const refuse = (error: Error) => {
    refusal.abort(error);
    throw error;
  };
  const taking = coming.source.then((source) => take(source, onLoaded !== undefined));
  taking.catch((error) => coming.broken || refusal.abort(error));
  try {
    await bring(found, coming, {...options, signal: signal ? AbortSignal.any([signal, refusal.signal]) : refusal.signal});
    // Half of one file and half of another are no model: the whole is looked at, and loaded when it is opened.
    if (coming.broken) return await take({byteLength: await place.size(), read: place.read}, false).catch(refuse);
    await coming.end();
    return await taking;
  } catch (error) {
    const refused = refusal.signal.aborted;
    await coming.end(error as Error);
    await taking.then(({model}) => model?.clip.dispose(), () => {});
    if (refused) await place.remove();
    throw refused ? refusal.signal.reason : error;
  }
}

/** Fetches or copies the weights, and tells how far they are. */
async function bring({name, weights}: FoundModel, coming: ArrivingFile, {signal, fetch, wait, onProgress}: FetchModelOptions): Promise<void> {
  const {place} = coming;
  const since = progressSince(onProgress);
  const arrived = (done: number, total: number) => {
    coming.arrived(done, total);
    since(`Fetching ${name}`, done, total);
  };
  if ("file" in weights) return copy(weights.file, place, arrived, signal);
  await download(weights.url, {
    place, sizeBytes: weights.bytes, sha256Hex: weights.sha256, signal, fetch, wait,
    onProgress: (stage, done, total) => (stage === "fetching" ? arrived(done, total) : since(`Checking ${name}`, done, total))
  });
}

/** Loads a kept model onto the backend. The caller disposes `clip`. */
export async function loadModel(name: string, {store, onProgress, signal, limits}: Pick<FetchModelOptions, "store" | "onProgress" | "signal" | "limits">): Promise<PretrainedModel> {
  const stored = await store.open(name);
  if (!stored) throw new Error(`no model called "${name}" is kept in this browser`);
  try {
    const {weights, files} = stored;
    const since = progressSince(onProgress);
    return await ontoBackend(await readChecked(weights, {name, files}, limits), {name, files}, {signal, onProgress: (done, total) => since(`Loading ${name}`, done, total)});
  } finally {
    await stored.weights.close?.();
  }
}

/** The weights' header and the configuration, which must agree and fit into memory. */
async function readChecked(source: ByteSource, {name, files}: Pick<FoundModel, "name" | "files">, limits: MemoryLimits) {
  const header = await readHeader(source, name, files);
  checkMemory(header.config, name, limits, pretrainedChunk);
  checkWeights(header.file, {config: header.config, name});
  return header;
}

/** Tensor by tensor, in the file's order. A tokenizer, which takes tens of megabytes to make, is made where there is none yet. */
async function ontoBackend({file, config, mean, deviation}: Awaited<ReturnType<typeof readHeader>>, {name, files, tokenizer: made}: Pick<FoundModel, "name" | "files"> & {tokenizer?: Tokenizer}, told: Pick<LoadOptions, "signal" | "onProgress">): Promise<PretrainedModel> {
  const tokenizer = made ?? (await publishedTokenizer(config.text, files.tokenizer));
  const {clip, notes} = await loadClip(file, {config, name, ...told});
  return {name, clip, tokenizer, mean, deviation, notes};
}

/** Weights alone, without a configuration: only their own metadata can say what they are. */
function isBare({files}: Pick<FoundModel, "files">): boolean {
  return !files.config && !files.openClip;
}

/** Opens the weights' header and finds the configuration: in the files beside, else in the weights' own metadata. */
async function readHeader(source: ByteSource, name: string, files: ModelFiles): Promise<{file: SafetensorsFile} & ReturnType<typeof readPublishedConfig>> {
  const start = await source.read(0, Math.min(9, source.byteLength));
  const begins = (...bytes: number[]) => bytes.every((byte, i) => start[i] === byte);
  // The first eight bytes of safetensors are a number, and may be any; the ninth begins its header.
  const isPickle = begins(0x80) && start[8] !== 0x7b;
  if (begins(0x50, 0x4b, 3, 4) || isPickle) throw new Error(`${name} is a pickle file under another name, which can run any code when it is opened, and is not read here. Look for a version with safetensors, or convert it.`);
  const file = await openSafetensors(source, name);
  const own = file.metadata["config"];
  if (files.config || files.openClip || own === undefined) return {file, ...readPublishedConfig(files)};
  const where = `${name}: the configuration in its metadata`;
  return {file, ...readPublishedConfig({openClip: parseObject(own, {name: where, uniqueKeys: true})}, where)};
}

async function copy(blob: Blob, place: DownloadPlace, onProgress: (done: number, total: number) => void, signal?: AbortSignal): Promise<void> {
  const source = blobSource(blob);
  await place.begin("given");
  const step = 8 << 20;
  for (let at = 0; at < blob.size; at += step) {
    signal?.throwIfAborted();
    const end = Math.min(at + step, blob.size);
    await place.write(await source.read(at, end), at);
    onProgress(end, blob.size);
  }
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
