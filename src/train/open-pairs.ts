/** Opens a set of pairs for a run, telling how far it is, with a locked tower's features if asked. Where sets are found: src/data/open.ts. */
import {openPairs, streamPairs} from "../data/open.ts";
import type {PairSet, Problem} from "../data/pairs.ts";
import {dealSplits, pickPairs, shuffleTrainCaptions} from "../data/select.ts";
import type {StreamedPair} from "../data/shards.ts";
import {keepFeatures, readFeatures} from "./feature-store.ts";
import {openLockedTower, towerBatch} from "./locked-tower.ts";
import {progressQueue} from "./progress-queue.ts";
import type {PairsSpec, Progress} from "./protocol.ts";

export interface OpenedPairs {
  pairs: PairSet;
  /** A locked tower's features, [count, width], one row an image. */
  features?: {data: Float32Array; width: number};
}

export interface OpenContext {
  signal?: AbortSignal;
  /** Resolves when the tensor backend is ready; asked only when a locked tower has to run. */
  ready?: () => Promise<unknown>;
  /** What relative addresses are relative to: the site's own address unless given. */
  baseUrl?: string;
}

/** Of postcards, which cost nothing, a run takes more than a look at them needs. */
const postcardCount = 2048;

/**
 * Yields progress, and last the opened set.
 * @throws Error naming the address when nothing readable is there; RangeError for an option out of range.
 */
export async function* openPairSet(spec: PairsSpec, context: OpenContext = {}): AsyncGenerator<Progress | OpenedPairs> {
  const {source, limit, seed = 1, sizePx, shuffled = false, imageTower, embeddings, train, given} = spec;
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) throw new RangeError(`limit is a whole number of at least 1; it was given ${limit}`);
  const {signal, baseUrl = siteAddress()} = context;
  const options = {given, seed, limit: limit ?? (/^postcards\b/.test(source) ? postcardCount : undefined), signal, baseUrl};
  const progress = progressQueue();
  const opening = openPairs(source, {...options, sizePx, onProgress: (done, total) => progress.put("Reading photos", done, total)}).finally(progress.end);
  yield* progress.drain();
  let pairs = await opening;
  const file = embeddings && (await (await import("./file-features.ts")).openFileFeatures(embeddings, {baseUrl, signal})).match(pairs);
  if (file) pairs = pickPairs(pairs, file.rows);
  if (train !== undefined) pairs = dealSplits(pairs, {train, seed});
  const opened: OpenedPairs = {pairs: shuffled ? shuffleTrainCaptions(pairs, {seed}) : pairs, features: imageTower ? undefined : file?.features};
  if (imageTower) {
    await context.ready?.();
    const computing = progressQueue();
    const problems: Problem[] = [];
    const stream = (size: number) => streamPairs(source, {...options, sizePx: size});
    const features = lockedFeatures(pairs, {source, stream, baseUrl, imageTower, signal, onProgress: computing.put, onProblem: (problem) => problems.push(problem)}).finally(computing.end);
    yield* computing.drain();
    opened.features = await features;
    opened.pairs = {...opened.pairs, problems: [...opened.pairs.problems, ...problems]};
  }
  yield opened;
}

/** The site's own address, seen from a worker that lives in one of its folders. */
export function siteAddress(): string {
  return new URL("..", self.location.href).href;
}

export interface FeatureOptions {
  source: string;
  /** The set's images once more, at the tower's size or larger. */
  stream(sizePx: number): AsyncIterable<StreamedPair>;
  baseUrl: string;
  imageTower: string;
  signal?: AbortSignal;
  onProgress(what: string, done: number, total: number): void;
  /** Hears what went wrong beside the features themselves. */
  onProblem?(problem: Problem): void;
}

/** Features of every image, from the store or computed once. Photos are streamed: their full size is never held at once. */
export async function lockedFeatures(pairs: PairSet, {source, stream, baseUrl, imageTower, signal, onProgress, onProblem = () => {}}: FeatureOptions) {
  const tower = await openLockedTower(imageTower, baseUrl);
  try {
    const key = JSON.stringify([tower.identity, tower.sizePx, source, pairs.ids]);
    const count = pairs.ids.length;
    // What is kept only saves time: where keeping fails it is said, and the features are computed.
    const failed = (what: string) => (error: Error) => void onProblem({where: imageTower, what: `${what}: ${error.message}`, kept: true});
    const kept = await readFeatures(key, count * tower.width).catch(failed("the features that were kept could not be read, and are computed anew"));
    if (kept) return {data: kept, width: tower.width};

    const data = new Float32Array(count * tower.width);
    const rowOf = new Map(pairs.ids.map((id, row) => [id, row]));
    const batch = new Uint8Array(towerBatch * tower.sizePx * tower.sizePx * 3);
    let rows: number[] = [];
    let done = 0;
    const flush = async () => {
      const features = await tower.features(batch, rows.length);
      rows.forEach((row, i) => data.set(features.subarray(i * tower.width, (i + 1) * tower.width), row * tower.width));
      done += rows.length;
      rows = [];
      onProgress("Looking at the photos with the locked tower", done, count);
    };
    for await (const {id, pixels} of stream(tower.sizePx)) {
      const row = rowOf.get(id);
      if (row === undefined) continue;
      batch.set(pixels(tower.sizePx), rows.length * tower.sizePx * tower.sizePx * 3);
      rows.push(row);
      if (rows.length === towerBatch) await flush();
      signal?.throwIfAborted();
    }
    if (rows.length > 0) await flush();
    await keepFeatures(key, data).catch(failed("the features could not be kept for next time"));
    return {data, width: tower.width};
  } finally {
    tower.dispose();
  }
}
