/**
 * Prepares a data set: images and captions of any public form to WebDataset shards with an index. Builds beside the
 * target and renames at the end, so the target is never half a set; goes on after being killed; the same input gives
 * the same bytes. Prints nothing: see cli/prepare-data.ts.
 */
import {createHash} from "node:crypto";
import {mkdir, readFile, readdir, rename, rm, stat, writeFile} from "node:fs/promises";
import {availableParallelism} from "node:os";
import {join, resolve} from "node:path";
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
  /** The set was there already, prepared from the same input in the same way. */
  already: boolean;
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
  problems: Problem[];
}

/** Prepares the set. Rejects only when the disk does: bad images are listed as problems. */
export async function prepare(job: PrepareJob): Promise<Prepared> {
  const out = resolve(job.out);
  const fingerprint = fingerprintOf(job);
  const there = await readJson<{fingerprint: string}>(join(out, ".prepared.json"));
  if (there?.fingerprint === fingerprint && (await isWhole(out))) {
    return {index: (await readJson<DatasetIndex>(join(out, "dataset.json")))!, problems: (await readJson<Problem[]>(join(out, "problems.json"))) ?? [], resumed: 0, already: true};
  }

  await refuseForeign(out);
  const partial = `${out}.partial`;
  const begun = await readJson<{fingerprint: string}>(join(partial, ".prepared.json"));
  if (begun?.fingerprint !== fingerprint) {
    await rm(partial, {recursive: true, force: true});
    await mkdir(partial, {recursive: true});
    await writeFile(join(partial, ".prepared.json"), JSON.stringify({fingerprint}));
  }

  const records: ShardRecord[] = [];
  const shards = planShards(job);
  let done = 0;
  let resumed = 0;
  for (const shard of shards) {
    const recordPath = join(partial, `${shard.file}.done`);
    let record = await readJson<ShardRecord>(recordPath);
    if (record && (await sizeOf(join(partial, shard.file))) === record.bytes) {
      resumed += shard.pairs.length;
      done += shard.pairs.length;
      job.onProgress?.(done, job.pairs.length);
    } else {
      record = await writeShard(join(partial, shard.file), shard, job, () => job.onProgress?.(++done, job.pairs.length));
      await replaceFile(recordPath, JSON.stringify(record));
    }
    records.push(record);
  }

  const problems = [...job.problems, ...records.flatMap((record) => record.problems)];
  const index = indexOf(job, {shards, records, problems});
  await replaceFile(join(partial, "dataset.json"), `${JSON.stringify(index, null, 2)}\n`);
  await replaceFile(join(partial, "problems.json"), `${JSON.stringify(problems, null, 2)}\n`);
  for (const file of await readdir(partial)) if (/\.(done|tmp)$/.test(file)) await rm(join(partial, file));
  await swapIn(partial, out);
  return {index, problems, resumed, already: false};
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
  const results = await inParallel(shard.pairs, async ({pair, key}): Promise<Member[] | Problem> => {
    try {
      return await makeSample(pair, key, job, turns);
    } catch (error) {
      return {where: pair.path, what: `${(error as Error).message}; it was left out`, kept: false};
    } finally {
      onImage();
    }
  });
  const samples = results.filter((result): result is Member[] => Array.isArray(result));
  const entries = samples.flat().map(({name, bytes}) => ({header: {name, size: bytes.length, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0}, body: bytes}));
  const tar = await packTar(entries);
  await replaceFile(path, tar);
  const kept = new Set(samples.map(([member]) => member.name.slice(0, 6)));
  return {
    images: samples.length,
    captions: shard.pairs.filter(({key}) => kept.has(key)).reduce((sum, {pair}) => sum + pair.captions.length, 0),
    bytes: tar.length,
    problems: results.filter((result): result is Problem => !Array.isArray(result))
  };
}

/** The members of a sample: the image, all its captions as JSON, and the first as text for readers that want one. */
async function makeSample(pair: FoundPair, key: string, {read, sizePx}: PrepareJob, turns: PixelTurns): Promise<Member[]> {
  const tooLarge = past(limits.imageBytes, pair.size);
  if (tooLarge) throw new Error(tooLarge);
  const bytes = await read(pair.path).catch((error: Error) => {
    throw new Error(`cannot be read: ${error.message}`);
  });
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

/** What makes two runs the same: the pairs, their order and splits, and what is done with them. */
function fingerprintOf({pairs, sizePx, source, imagesPerShard}: PrepareJob): string {
  return createHash("sha256").update(JSON.stringify({layout: 1, imagesPerShard: imagesPerShard ?? null, sizePx: sizePx ?? null, source, pairs})).digest("hex");
}

/** What is replaced must be a data set: a wrong --out must not cost anyone a folder. */
async function refuseForeign(out: string) {
  const files = await readdir(out).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR") throw new Error(`${out} is a file: --out must be a folder, new or of an earlier set`);
    throw error;
  });
  if (files.length > 0 && !files.includes("dataset.json")) throw new Error(`${out} holds ${files.length} files and no prepared data set: choose another --out, it would be replaced`);
}

async function isWhole(folder: string): Promise<boolean> {
  const index = await readJson<DatasetIndex>(join(folder, "dataset.json"));
  if (!index) return false;
  const sizes = await Promise.all(index.shards.map((shard) => sizeOf(join(folder, shard.file))));
  return index.shards.every((shard, i) => sizes[i] === shard.bytes);
}

/** Puts `partial` in the place of `out`. For an instant there is neither, never a mixture. */
async function swapIn(partial: string, out: string) {
  const old = `${out}.old`;
  await rm(old, {recursive: true, force: true});
  await rename(out, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rename(partial, out);
  await rm(old, {recursive: true, force: true});
}

/** A file is there whole or not at all. */
async function replaceFile(path: string, content: string | Uint8Array) {
  await writeFile(`${path}.tmp`, content);
  await rename(`${path}.tmp`, path);
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch {
    return undefined;
  }
}

const sizeOf = (path: string) => stat(path).then((stats) => stats.size, () => -1);
