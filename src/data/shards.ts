/** Reads prepared data sets: WebDataset tar shards with a dataset.json beside them, over fetch or from disk. Writes nothing: see node/prepare.ts. */
import {isObject, parseObject, shown} from "../json.ts";
import {limits, past} from "../limits.ts";
import type {Decode} from "./decode.ts";
import {decodeInBrowser} from "./decode.ts";
import {readAtMost, textAtMost} from "./files/read-at-most.ts";
import {inspectImage} from "./image.ts";
import type {PairSet, Problem, Split} from "./pairs.ts";
import type {RgbImage} from "./preprocess.ts";
import {checkSizePx, resizeAndCrop} from "./preprocess.ts";
import type {Sample} from "./samples.ts";
import {groupSamples, readSampleText} from "./samples.ts";
import {splitNamed} from "./captions/table.ts";

/** What dataset.json says: enough to plan a run before any shard is read. */
export interface DatasetIndex {
  format: "diagonal-shards";
  version: 1;
  /** Side of the stored squares, or null where the original files were kept. */
  sizePx: number | null;
  images: number;
  captions: number;
  /** Images a split. */
  splits: Record<Split, number>;
  shards: {file: string; split: Split; images: number; bytes: number}[];
  /** Where the pairs and their splits came from, in words, and how many problems there were on the way. */
  source: {captions: string; form: string; splitsFrom: string; repaired: number; leftOut: number};
}

export interface ShardOptions {
  /** Only this split; all of them otherwise. */
  split?: Split;
  /** At most so many images, from the beginning of each split asked for, in the set's proportions. */
  limit?: number;
  /** How image files become RGB: the browser's way unless given (node/shards.ts gives sharp's). */
  decode?: Decode;
  /** How an address becomes bytes: fetch unless given. */
  open?: (address: string) => Promise<ReadableStream<Uint8Array>>;
  signal?: AbortSignal;
  /** Told after every image. */
  onProgress?: (done: number, total: number) => void;
  /** Told of every problem as it is met. */
  onProblem?: (problem: Problem) => void;
  /** How many images are decoded ahead of the reader. */
  ahead?: number;
}

/** One image of a stream, decoded, with its captions. */
export interface StreamedPair {
  id: string;
  captions: string[];
  split: Split;
  image: RgbImage;
  /** CLIP's square of it: uint8 RGB, [sizePx, sizePx, 3]. */
  pixels(sizePx: number): Uint8Array;
}

/** Reads dataset.json. Throws an Error that says how to prepare the set when there is none. */
export async function readIndex(address: string, {open = fetchStream}: Pick<ShardOptions, "open"> = {}): Promise<DatasetIndex> {
  const path = `${address.replace(/\/$/, "")}/dataset.json`;
  const text = await textAtMost(await open(path), limits.configBytes, path);
  if (!/^\s*[{[]/.test(text)) throw new Error(`${path} is not the index of a prepared data set: expected JSON, got ${shown(text.slice(0, 40).trim())}. Prepare it with npm run prepare-data.`);
  const index = parseObject(text, {name: path});
  if (index.format !== "diagonal-shards") throw new Error(`${path} is not the index of a prepared data set: its format is ${shown(index.format)}, expected "diagonal-shards"`);
  const {shards, splits} = index;
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const isShard = (shard: unknown) => isObject(shard) && typeof shard.file === "string" && /^[\w.-]+$/.test(shard.file) && splitNamed(shard.split) !== undefined && isCount(shard.images);
  const fits = Array.isArray(shards) && shards.every(isShard) && isObject(splits) && ["train", "val", "test"].every((split) => isCount(splits[split])) && isCount(index.images);
  if (!fits) throw new Error(`${path} is a damaged index of a prepared data set: expected shards as {file, split, images, bytes} and the number of images of each split. Prepare it anew with npm run prepare-data.`);
  return index as unknown as DatasetIndex;
}

/**
 * Streams a prepared set, in order, keeping no image that was passed on: for what looks at each photo once, such as a
 * frozen tower. `address` is the set's folder, or one tar. What cannot be read is told to `onProblem`, and the rest goes on.
 */
export async function* streamShards(address: string, options: ShardOptions = {}): AsyncGenerator<StreamedPair> {
  const {split, limit = Infinity, decode = decodeInBrowser, open = fetchStream, signal, onProgress, onProblem = () => {}, ahead = 8} = options;
  const {shards, total, quota} = await plan(address, {split, limit, open});
  let done = 0;
  for (const shard of shards) {
    if (quota[shard.split] <= 0) continue;
    const members = unpack(await open(shard.address), shard.address);
    for await (const pair of decodeAhead(groupSamples(members), {shard, decode, ahead, onProblem, quota})) {
      signal?.throwIfAborted();
      yield pair;
      onProgress?.(++done, total);
    }
  }
}

/** Opens a prepared set whole: every image as CLIP's square of `sizePx`, packed. The problems met are in the result. */
export async function openShards(address: string, {sizePx, ...options}: ShardOptions & {sizePx: number}): Promise<PairSet> {
  const index = /\.tar$/.test(address) ? undefined : await readIndex(address, options);
  const pairs: PairSet = {name: address.replace(/\/$/, "").replace(/^.*\//, ""), ids: [], sizePx, pixels: new Uint8Array(0), captions: [], splits: [], factors: {}, problems: []};
  const bytes = sizePx * sizePx * 3;
  const {split, limit = Infinity} = options;
  const expected = index ? Math.min(split ? index.splits[split] : index.images, limit) : 1024;
  checkSizePx(sizePx);
  const tooMuch = (images: number) => {
    const sentence = past(limits.setBytes, images * bytes);
    if (sentence) throw new Error(`${pairs.name} ${sentence}`);
  };
  if (index) tooMuch(expected);
  // An index may say anything: room is made for what comes.
  let pixels = new Uint8Array(Math.min(expected, 1024) * bytes);
  const onProblem = (problem: Problem) => {
    pairs.problems.push(problem);
    options.onProblem?.(problem);
  };
  for await (const pair of streamShards(address, {...options, onProblem})) {
    const row = pairs.ids.length;
    if ((row + 1) * bytes > pixels.length) {
      tooMuch(row + 1);
      const larger = new Uint8Array(Math.min(pixels.length * 2 + bytes, Math.max(expected, row + 1024) * bytes));
      larger.set(pixels);
      pixels = larger;
    }
    pixels.set(pair.pixels(sizePx), row * bytes);
    pairs.ids.push(pair.id);
    pairs.captions.push(pair.captions);
    pairs.splits.push(pair.split);
  }
  pairs.pixels = pixels.length === pairs.ids.length * bytes ? pixels : pixels.slice(0, pairs.ids.length * bytes);
  return pairs;
}

interface PlannedShard {
  address: string;
  split: Split;
}

/** Which shards to read, and how many images of each split. */
async function plan(address: string, {split, limit, open}: {split?: Split; limit: number; open: NonNullable<ShardOptions["open"]>}) {
  if (/\.tar$/.test(address)) {
    const of = split ?? splitNamed(/(train|val|test)[-_.\d][^/]*$/.exec(address)?.[1]) ?? "train";
    return {shards: [{address, split: of}] as PlannedShard[], total: limit, quota: {train: limit, val: limit, test: limit}};
  }
  const index = await readIndex(address, {open});
  const wanted = (["train", "val", "test"] as const).filter((name) => !split || name === split);
  const available = wanted.reduce((sum, name) => sum + index.splits[name], 0);
  const total = Math.min(available, limit);
  const quota: Record<Split, number> = {train: 0, val: 0, test: 0};
  // Proportions of the whole, with the rounding left to training.
  for (const name of wanted) quota[name] = total === available ? index.splits[name] : Math.floor((index.splits[name] * total) / available);
  const left = total - quota.train - quota.val - quota.test;
  quota[wanted[0]] += left;
  const base = address.replace(/\/$/, "");
  return {shards: index.shards.filter((shard) => wanted.includes(shard.split)).map((shard): PlannedShard => ({address: `${base}/${shard.file}`, split: shard.split})), total, quota};
}

async function* unpack(stream: ReadableStream<Uint8Array>, address: string): AsyncGenerator<{path: string; bytes: Uint8Array}> {
  const {createTarDecoder} = await import("modern-tar");
  let tooLarge: string | undefined;
  try {
    for await (const entry of stream.pipeThrough(createTarDecoder({strict: true}))) {
      if (entry.header.type !== "file") {
        await entry.body.cancel();
        continue;
      }
      const path = entry.header.name;
      tooLarge = past(limits.imageBytes, entry.header.size);
      if (tooLarge) throw new Error(`${path.slice(0, 200)} ${tooLarge}`);
      yield {path, bytes: await readAtMost(entry.body, limits.imageBytes, path)};
    }
  } catch {
    throw new Error(`${address} cannot be read as a tar: ${tooLarge ? `a member ${tooLarge}` : "it is cut off or damaged; prepare it anew with npm run prepare-data"}`);
  }
}

interface DecodeOptions {
  shard: PlannedShard;
  decode: Decode;
  ahead: number;
  onProblem: (problem: Problem) => void;
  quota: Record<Split, number>;
}

/** Keeps `ahead` images decoding while the reader works on the ones before, and hands them over in order. */
async function* decodeAhead(samples: AsyncIterable<Sample>, {shard, decode, ahead, onProblem, quota}: DecodeOptions): AsyncGenerator<StreamedPair> {
  const queue: {pixels: number; job: Promise<StreamedPair | Problem>}[] = [];
  /** Hands over what is done, until at most `keep` are decoding, and another image of `pixels` has room beside them. */
  const settle = async function* (keep: number, pixels = 0) {
    const isFull = () => queue.length > keep || (queue.length > 0 && pixels + queue.reduce((sum, one) => sum + one.pixels, 0) > limits.pixels.most);
    while (isFull() && quota[shard.split] > 0) {
      const result = await queue.shift()!.job;
      if ("what" in result) onProblem(result);
      else {
        quota[shard.split]--;
        yield result;
      }
    }
  };
  for await (const sample of samples) {
    if (quota[shard.split] <= 0) break;
    const pixels = pixelsOf(sample);
    yield* settle(ahead - 1, pixels);
    if (quota[shard.split] <= 0) break;
    // A failure is a value here: nothing rejects while it waits in the queue.
    queue.push({pixels, job: decodeSample(sample, {shard, decode})});
  }
  yield* settle(0);
}

/** By its header; 0 for what will not be decoded. */
function pixelsOf({image}: Sample): number {
  try {
    const {width, height} = inspectImage(image?.bytes ?? new Uint8Array(0));
    return width * height;
  } catch {
    return 0;
  }
}

async function decodeSample({key, image, texts}: Sample, {shard, decode}: {shard: PlannedShard; decode: Decode}): Promise<StreamedPair | Problem> {
  const where = `${shard.address}/${image?.path ?? key}`;
  try {
    if (!image) throw new Error("is a sample without an image");
    const {id = image.path, captions, split = shard.split} = readSampleText(texts);
    if (captions.length === 0) throw new Error("has no captions");
    const rgb = await decode(image.bytes);
    return {id, captions, split, image: rgb, pixels: (sizePx) => resizeAndCrop(rgb, sizePx)};
  } catch (error) {
    return {where, what: `${(error as Error).message}; it was left out`, kept: false};
  }
}

async function fetchStream(address: string): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(address).catch((error: Error) => {
    throw new Error(`${address} could not be fetched: ${error.message}`);
  });
  if (!response.ok || !response.body) {
    throw new Error(`${address} could not be fetched: the server answered ${response.status}. A data set is prepared with npm run prepare-data.`);
  }
  return response.body;
}
