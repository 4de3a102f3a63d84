/**
 * Prepares a data set: images and captions of any public form to WebDataset shards with an index. Builds beside the
 * target and renames at the end (prepared-folder.ts), so the target is never half a set; goes on after being killed; the same
 * input gives the same bytes. Prints nothing: see cli/prepare-data.ts.
 */
import {createHash} from "node:crypto";
import {mkdir, realpath, rm} from "node:fs/promises";
import {availableParallelism} from "node:os";
import {dirname, join, resolve} from "node:path";
import {packTar} from "modern-tar";
import sharp from "sharp";
import {limits, past} from "../../limits.ts";
import {inspectImage} from "../image.ts";
import type {FoundPair} from "../match.ts";
import type {Problem, Split} from "../pairs.ts";
import {pixelTurns} from "../pixel-turns.ts";
import type {PixelTurns} from "../pixel-turns.ts";
import {resizeAndCrop} from "../preprocess.ts";
import type {DatasetIndex} from "../shards.ts";
import {decodeInNode} from "./decode.ts";
import {takeLock} from "./lock.ts";
import type {Lock} from "./lock.ts";
import {leftovers, markName, readJson, readMark, replaceable, replaceFile, sizeOf, swapIn, wholeIndex, workingFolder, writeJson} from "./prepared-folder.ts";
import type {Mark} from "./prepared-folder.ts";

export interface PrepareJob {
  /** Where the finished set will lie. */
  out: string;
  pairs: FoundPair[];
  /** Reads an image by its path. */
  read: (path: string) => Promise<Uint8Array>;
  /** Side of CLIP's squares, kept as PNG; the original files when left out. */
  sizePx?: number;
  source: {captions: string; form: string; splitsFrom: string};
  /** Problems met before: they go into the set's list. */
  problems: Problem[];
  /** So many that shards are few, so few that a killed run loses little and a browser streams them lightly (200). */
  imagesPerShard?: number;
  onProgress?: (done: number, total: number) => void;
}

export interface Prepared {
  index: DatasetIndex;
  problems: Problem[];
  /** Images taken over from a run that was killed. */
  resumed: number;
  /** The set was there already, prepared from the same input, byte for byte, in the same way. */
  already: boolean;
  /** An earlier prepared set lay there, and is gone. */
  replaced: boolean;
  /** Folders beside the set that earlier runs left. */
  leftovers: string[];
}

interface PlannedShard {
  file: string;
  split: Split;
  pairs: {pair: FoundPair; key: string}[];
}

/** What is known of a finished shard; beside the shard while the set is being built. */
interface ShardRecord {
  images: number;
  captions: number;
  bytes: number;
  /** SHA-256 over those of the images that it was made from. */
  content: string;
  problems: Problem[];
}

/**
 * Prepares the set. Bad images are listed as problems.
 * @throws Error where something lies at `out` that we did not prepare, where another program is writing there, or where the disk fails.
 */
export async function prepare(job: PrepareJob): Promise<Prepared> {
  // A link is the folder that it leads to.
  const out = await realpath(job.out).catch(() => resolve(job.out));
  await replaceable(out);
  await mkdir(dirname(out), {recursive: true});
  const lock = await takeLock(`${out}.lock`, out);
  try {
    return await prepareLocked({...job, out}, lock);
  } finally {
    await lock.release();
  }
}

async function prepareLocked(job: PrepareJob, lock: Lock): Promise<Prepared> {
  const {out} = job;
  const fingerprint = fingerprintOf(job);
  const shards = planShards(job);
  const there = await preparedAlready(job, fingerprint, shards);
  if (there) return {index: there, problems: (await readJson<Problem[]>(join(out, "problems.json"))) ?? [], resumed: 0, already: true, replaced: false, leftovers: await leftovers(out)};

  const partial = await workingFolder(out, fingerprint);
  const {records, resumed} = await buildShards(job, partial, shards);
  const problems = [...job.problems, ...records.flatMap((record) => record.problems)];
  const index = indexOf(job, {shards, records, problems});
  await writeJson(join(partial, "dataset.json"), index, 2);
  await writeJson(join(partial, "problems.json"), problems, 2);
  await writeJson(join(partial, markName), {fingerprint, contents: records.map(({content}) => content)} satisfies Mark);
  for (const {file} of shards) await rm(recordOf(partial, file), {force: true});
  await lock.check();
  const {replaced} = await swapIn(partial, out);
  return {index, problems, resumed, already: false, replaced, leftovers: await leftovers(out)};
}

const recordOf = (folder: string, shard: string) => join(folder, `${shard}.done`);

/** The index of the set at `out` where it is what this job would make: of the same images, too, which may have been replaced by others of the same names. */
async function preparedAlready(job: PrepareJob, fingerprint: string, shards: PlannedShard[]): Promise<DatasetIndex | undefined> {
  const mark = await readMark(job.out);
  if (mark?.fingerprint !== fingerprint || !Array.isArray(mark.contents)) return;
  const index = await wholeIndex(job.out);
  let done = 0;
  for (const [i, shard] of shards.entries()) {
    if (!index || (await contentOf(shard, job)) !== mark.contents[i]) return;
    job.onProgress?.((done += shard.pairs.length), job.pairs.length);
  }
  return index;
}

/** Writes the shards that are not there yet, or were made from other images. */
async function buildShards(job: PrepareJob, folder: string, shards: PlannedShard[]): Promise<{records: ShardRecord[]; resumed: number}> {
  const records: ShardRecord[] = [];
  let done = 0;
  let resumed = 0;
  for (const shard of shards) {
    const path = join(folder, shard.file);
    let record = await readJson<ShardRecord>(recordOf(folder, shard.file));
    if (record && (await sizeOf(path)) === record.bytes && (await contentOf(shard, job)) === record.content) {
      resumed += shard.pairs.length;
      done += shard.pairs.length;
      job.onProgress?.(done, job.pairs.length);
    } else {
      record = await writeShard(path, shard, job, () => job.onProgress?.(++done, job.pairs.length));
      await writeJson(recordOf(folder, shard.file), record);
    }
    records.push(record);
  }
  return {records, resumed};
}

/** Shards of a few hundred images, each of one split. An image's key is its place in the whole set, whatever else fails. */
function planShards({pairs, imagesPerShard = 200}: PrepareJob): PlannedShard[] {
  const shards: PlannedShard[] = [];
  for (const split of ["train", "val", "test"] as const) {
    const own = pairs.map((pair, i) => ({pair, key: String(i).padStart(6, "0")})).filter(({pair}) => pair.split === split);
    for (let at = 0; at < own.length; at += imagesPerShard) {
      shards.push({file: `${split}-${String(at / imagesPerShard).padStart(6, "0")}.tar`, split, pairs: own.slice(at, at + imagesPerShard)});
    }
  }
  return shards;
}

interface Member {
  name: string;
  bytes: Uint8Array;
}

async function writeShard(path: string, shard: PlannedShard, job: PrepareJob, onImage: () => void): Promise<ShardRecord> {
  const turns = pixelTurns();
  const results = await inParallel(shard.pairs, async ({pair, key}): Promise<{made: Member[] | Problem; digest: string}> => {
    const bytes = await readImage(pair, job);
    const made = await makeSample(pair, key, bytes, {sizePx: job.sizePx, turns}).catch((error: Error): Problem => ({where: pair.path, what: `${error.message}; it was left out`, kept: false}));
    onImage();
    return {made, digest: digestOf(bytes)};
  });
  const samples = results.flatMap(({made}) => (Array.isArray(made) ? [made] : []));
  const entries = samples.flat().map(({name, bytes}) => ({header: {name, size: bytes.length, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0}, body: bytes}));
  const tar = await packTar(entries);
  await replaceFile(path, tar);
  const kept = new Set(samples.map(([member]) => member.name.slice(0, 6)));
  return {
    images: samples.length,
    captions: shard.pairs.filter(({key}) => kept.has(key)).reduce((sum, {pair}) => sum + pair.captions.length, 0),
    bytes: tar.length,
    content: digestOfAll(results.map(({digest}) => digest)),
    problems: results.flatMap(({made}) => (Array.isArray(made) ? [] : [made]))
  };
}

/** What `writeShard` would say of the images as they are now. */
async function contentOf({pairs}: PlannedShard, job: PrepareJob): Promise<string> {
  return digestOfAll(await inParallel(pairs, async ({pair}) => digestOf(await readImage(pair, job))));
}

/** An image's bytes, or why there are none. */
async function readImage({path, size}: FoundPair, {read}: PrepareJob): Promise<Uint8Array | Error> {
  const tooLarge = past(limits.imageBytes, size);
  if (tooLarge) return new Error(tooLarge);
  return read(path).catch((error: Error) => new Error(`cannot be read: ${error.message}`));
}

const digestOf = (bytes: Uint8Array | Error) => (bytes instanceof Error ? "unreadable" : createHash("sha256").update(bytes).digest("hex"));
const digestOfAll = (digests: string[]) => createHash("sha256").update(digests.join("\n")).digest("hex");

/** The members of a sample: the image, all its captions as JSON, and the first as text for readers that want one. Throws an Error fit to be put after the image's name. */
async function makeSample(pair: FoundPair, key: string, bytes: Uint8Array | Error, {sizePx, turns}: {sizePx?: number; turns: PixelTurns}): Promise<Member[]> {
  if (bytes instanceof Error) throw bytes;
  const picture = await turns.take(bytes, () => makePicture(bytes, key, sizePx));
  const encoder = new TextEncoder();
  const json = JSON.stringify({id: pair.id, split: pair.split, captions: pair.captions});
  return [picture, {name: `${key}.json`, bytes: encoder.encode(json)}, {name: `${key}.txt`, bytes: encoder.encode(pair.captions[0])}];
}

/** The original file, or what is kept in its place. */
async function makePicture(bytes: Uint8Array, key: string, sizePx?: number): Promise<Member> {
  const {kind} = inspectImage(bytes);
  // Decoded even where the original is kept: a damaged photo should be found now, not in the middle of a training run.
  const image = await decodeInNode(bytes);
  if (sizePx !== undefined) return {name: `${key}.png`, bytes: await encodePng(resizeAndCrop(image, sizePx), sizePx, sizePx)};
  if (kind === "gif") return {name: `${key}.png`, bytes: await encodePng(image.rgb, image.width, image.height)};
  return {name: `${key}.${kind === "jpeg" ? "jpg" : kind}`, bytes};
}

async function encodePng(rgb: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  return sharp(rgb, {raw: {width, height, channels: 3}}).png({compressionLevel: 6}).toBuffer();
}

/** Runs `work` on all items, a few more at a time than there are cores, and keeps the order. */
async function inParallel<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i]);
    }
  };
  await Promise.all(Array.from({length: availableParallelism() + 2}, worker));
  return results;
}

function indexOf(job: PrepareJob, {shards, records, problems}: {shards: PlannedShard[]; records: ShardRecord[]; problems: Problem[]}): DatasetIndex {
  const splits: Record<Split, number> = {train: 0, val: 0, test: 0};
  shards.forEach((shard, i) => (splits[shard.split] += records[i].images));
  return {
    format: "diagonal-shards",
    version: 1,
    sizePx: job.sizePx ?? null,
    images: records.reduce((sum, record) => sum + record.images, 0),
    captions: records.reduce((sum, record) => sum + record.captions, 0),
    splits,
    shards: shards.map(({file, split}, i) => ({file, split, images: records[i].images, bytes: records[i].bytes})),
    source: {...job.source, repaired: problems.filter((problem) => problem.kept).length, leftOut: problems.filter((problem) => !problem.kept).length}
  };
}

/** What makes two runs the same but for the images' bytes: the pairs, their order and splits, what is done with them, and what was said of them. */
function fingerprintOf({pairs, sizePx, source, imagesPerShard, problems}: PrepareJob): string {
  return createHash("sha256").update(JSON.stringify({layout: 2, imagesPerShard: imagesPerShard ?? null, sizePx: sizePx ?? null, source, pairs, problems})).digest("hex");
}
