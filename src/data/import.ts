/**
 * Imports pairs from what a person dropped or chose: finds the captions among the files, decodes the images and
 * keeps them. Runs in the decode worker; the page only passes the files over. Draws nothing.
 */
import {limits, past} from "../limits.ts";
import type {CaptionTable} from "./captions/table.ts";
import {hasMemberCaptions, readMemberCaptions} from "./captions/members.ts";
import {readCaptions} from "./captions/read.ts";
import {openArchive} from "./files/archive.ts";
import type {Files} from "./files/files.ts";
import {blobBytes, browserFiles, joinFiles} from "./files/files.ts";
import {hasImageName} from "./image.ts";
import type {FoundPair} from "./match.ts";
import {matchPairs} from "./match.ts";
import {roomWords} from "../storage/room.ts";
import type {Problem, Split} from "./pairs.ts";
import type {PairStorage, StoredSummary} from "./kept-set.ts";

/** A dropped file with its path inside the dropped folder. */
export interface DroppedFile {
  path: string;
  file: File;
}

/** From a file's bytes to CLIP's square, uint8 RGB [sizePx, sizePx, 3]: done by helpers in parallel. */
export type Shrink = (bytes: Uint8Array, sizePx: number) => Promise<Uint8Array>;

export interface ImportOptions {
  /** What the set will be called. */
  name: string;
  sizePx: number;
  limit?: number;
  split?: Split;
  /** For splits that nothing else gives. */
  seed?: number | string;
  storage: PairStorage;
  shrink: Shrink;
  /** Images worked on at a time; bounds memory. */
  atOnce?: number;
  signal?: AbortSignal;
  now: () => number;
}

/** What the page shows while it goes on, and at the end. */
export interface ImportProgress {
  /** "reading": looking through the files. "decoding": image by image. "done": kept. */
  stage: "reading" | "decoding" | "done";
  done: number;
  total: number;
  /** Estimated, once there is something to estimate from. */
  secondsLeft?: number;
  /** What was found, in a sentence. */
  note: string;
  /** At the end. */
  summary?: StoredSummary;
  problems?: Problem[];
}

/** Opens what was dropped: a folder's files, a zip, a tar, some shards, or a mixture of those. */
export async function openDropped(dropped: DroppedFile[], name: string): Promise<Files> {
  if (dropped.length === 0) throw new Error("nothing was dropped: expected a folder, a zip or a tar with images and captions");
  const archives = dropped.filter(({path}) => /\.(zip|tar|tgz|tar\.gz)$/i.test(path));
  const loose = dropped.filter((file) => !archives.includes(file));
  const parts = await Promise.all(archives.map(({path, file}) => openArchive(blobBytes(file, path.slice(path.lastIndexOf("/") + 1)))));
  if (parts.length === 0) return browserFiles(name, loose);
  if (loose.length > 0) parts.push(browserFiles(name, loose));
  return parts.length === 1 ? parts[0] : joinFiles(name, parts);
}

/**
 * Finds the captions: the file that captions most of the images (one with splits before one without), or the texts
 * beside the images. Throws an Error that says what was looked at.
 */
export async function findCaptions(files: Files): Promise<{table: CaptionTable; where: string; splits?: {table: CaptionTable; where: string}}> {
  const images = new Set(files.entries.filter(({path}) => hasImageName(path)).map(({path}) => fileName(path)));
  if (images.size === 0) throw new Error(`${files.name} holds no images: expected .jpg, .png, .webp or .gif files among its ${files.entries.length}`);
  if (hasMemberCaptions(files)) return {table: await readMemberCaptions(files), where: files.name};

  const candidates = files.entries.filter(({path, size}) => /\.(csv|tsv|txt|token|json)$/i.test(path) && size <= limits.textBytes.most && !/(^|\/)(\.|__MACOSX|readme|license)/i.test(path));
  const tried: string[] = [];
  const read: {table: CaptionTable; where: string; hits: number}[] = [];
  for (const {path} of candidates) {
    try {
      const table = readCaptions(await files.read(path), path);
      const hits = table.images.filter((row) => images.has(fileName(row.image.normalize("NFC"))) || images.has(fileName(row.image))).length;
      if (hits > 0) read.push({table, where: path, hits});
      else tried.push(`${path} names none of the images`);
    } catch (error) {
      tried.push((error as Error).message);
    }
  }
  read.sort((a, b) => b.hits - a.hits);
  if (read.length === 0) {
    throw new Error(`no captions were found beside the ${images.size} images of ${files.name}. Put their captions file into the same folder or drop it along with them. ${tried.slice(0, 3).join("; ")}`.trim());
  }
  const best = read[0];
  const withSplits = read.find(({table, hits}) => hits >= best.hits / 2 && table.images.some((row) => row.split));
  return {table: best.table, where: best.where, ...(withSplits && withSplits !== best && {splits: withSplits})};
}

/**
 * Imports a set, telling how far it is. Ends with the stage "done"; when it is aborted, or fails, nothing is kept.
 */
export async function* importPairs(files: Files, options: ImportOptions): AsyncGenerator<ImportProgress> {
  const {name, sizePx, limit = Infinity, split, seed, storage} = options;
  yield {stage: "reading", done: 0, total: 0, note: `Looking through ${files.entries.length.toLocaleString("en")} files of ${files.name}`};
  const {table, where, splits} = await findCaptions(files);
  const matched = matchPairs(files, table, {where, splits, seed});
  const pairs = matched.pairs.filter((pair) => !split || pair.split === split).slice(0, limit);
  if (pairs.length === 0) throw new Error(`none of the captions in ${where} is about an image in ${files.name}${split ? ` of the split ${split}` : ""}`);
  const found = [...files.problems, ...table.problems, ...matched.problems];
  yield* keepPairs(pairs, {...options, note: `${where} is ${table.form}`, problems: found, whereOf: (pair) => `${files.name}/${pair.path}`, read: (pair) => files.read(pair.path), writer: await storage.create(name, {sizePx, images: pairs.length})});
}

interface KeepOptions<Pair> extends ImportOptions {
  note: string;
  problems: Problem[];
  /** An image's place, for messages. */
  whereOf: (pair: Pair) => string;
  read: (pair: Pair) => Promise<Uint8Array>;
  writer: Awaited<ReturnType<PairStorage["create"]>>;
}

/** Decodes and keeps pairs, a few at a time. */
export async function* keepPairs<Pair extends Pick<FoundPair, "id" | "path" | "captions" | "split"> & Partial<Pick<FoundPair, "size">>>(
  pairs: Pair[],
  {sizePx, shrink, atOnce = 8, signal, now, note, problems, whereOf, read, writer}: KeepOptions<Pair>
): AsyncGenerator<ImportProgress> {
  const problemOf: (Problem | undefined)[] = [];
  let next = 0;
  let done = 0;
  let failed: unknown;
  const worker = async () => {
    while (next < pairs.length && !signal?.aborted && !failed) {
      const row = next++;
      let pixels: Uint8Array | undefined;
      try {
        const tooLarge = past(limits.imageBytes, pairs[row].size ?? 0);
        if (tooLarge) throw new Error(tooLarge);
        pixels = await shrink(await read(pairs[row]), sizePx);
      } catch (error) {
        problemOf[row] = {where: whereOf(pairs[row]), what: `${(error as Error).message}; it was left out`, kept: false};
      }
      try {
        if (pixels) await writer.write(row, pixels);
      } catch (error) {
        // No image's fault: the disk is full, say.
        failed ??= error;
      }
      done++;
    }
  };
  let finished = false;
  try {
    // What is needed and what is free is said before anything is written.
    if (writer.room) yield {stage: "reading", done: 0, total: 0, note: `The set ${roomWords(writer.room)}`};
    const start = now();
    const work = Promise.all(Array.from({length: atOnce}, worker)).then(() => (finished = true));
    while (!finished) {
      await Promise.race([work, new Promise((resolve) => setTimeout(resolve, 200))]);
      const secondsLeft = done > 0 ? Math.ceil((((now() - start) / done) * (pairs.length - done)) / 1000) : undefined;
      if (!finished) yield {stage: "decoding", done, total: pairs.length, secondsLeft, note};
    }
    if (failed) throw failed;
    signal?.throwIfAborted();
  } catch (error) {
    await writer.abandon();
    throw error;
  } finally {
    // Also when the reader of this stream walks away.
    if (!finished) {
      next = pairs.length;
      await writer.abandon();
    }
  }
  const rows = Int32Array.from(pairs.map((_, row) => row).filter((row) => !problemOf[row]));
  if (rows.length === 0) {
    await writer.abandon();
    throw new Error(`none of the ${pairs.length} images could be read; the first, ${problemOf[0]!.where}, ${problemOf[0]!.what}`);
  }
  const all = [...problems, ...problemOf.filter((problem) => problem !== undefined)];
  const pick = <T>(get: (pair: Pair) => T) => Array.from(rows, (row) => get(pairs[row]));
  const summary = await writer.finish({ids: pick((p) => p.id), captions: pick((p) => p.captions), splits: pick((p) => p.split), problems: all}, rows);
  yield {stage: "done", done: pairs.length, total: pairs.length, note, summary, problems: all};
}

const fileName = (path: string) => path.slice(path.lastIndexOf("/") + 1);
