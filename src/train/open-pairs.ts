/** Opens a set of pairs for training: the built-in postcards, or a prepared set by its address, with a locked tower's features if asked. */
import type {PairSet} from "../data/pairs.ts";
import {postcards} from "../data/postcards/index.ts";
import {shuffleTrainCaptions} from "../data/select.ts";
import {openShards, streamShards} from "../data/shards.ts";
import {isStored, openStored, streamStored} from "../data/storage.ts";
import {keepFeatures, readFeatures} from "./feature-store.ts";
import {openLockedTower} from "./locked-tower.ts";
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
  /** What relative addresses are relative to. */
  baseUrl?: string;
}

const photoSizePx = 64;
const towerBatch = 16;

/**
 * Yields progress, and last the opened set.
 * @throws Error naming the address when nothing readable is there; RangeError for an option out of range.
 */
export async function* openPairSet(spec: PairsSpec, context: OpenContext = {}): AsyncGenerator<Progress | OpenedPairs> {
  const {source, limit, seed = 1, sizePx, shuffled = false, imageTower} = spec;
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) throw new RangeError(`limit is a whole number of at least 1; it was given ${limit}`);
  if (source === "postcards") {
    const pairs = postcards({count: limit ?? 2048, seed, sizePx: sizePx ?? 32});
    yield {pairs: shuffled ? shuffleTrainCaptions(pairs, {seed}) : pairs};
    return;
  }
  const base = context.baseUrl ?? siteAddress();
  const stored = await isStored(source);
  const address = stored ? source : new URL(source.endsWith("/") ? source : `${source}/`, base).href;
  const progress = progressQueue();
  const side = sizePx ?? photoSizePx;
  const onProgress = (done: number, total: number) => progress.put("Reading photos", done, total);
  const opening = (stored ? openStored(source, {sizePx: side, limit}) : openShards(address, {sizePx: side, limit, signal: context.signal, onProgress})).finally(progress.end);
  yield* progress.drain();
  const pairs = await opening;
  const opened: OpenedPairs = {pairs: shuffled ? shuffleTrainCaptions(pairs, {seed}) : pairs};
  if (imageTower) {
    await context.ready?.();
    const computing = progressQueue();
    const features = lockedFeatures(pairs, {address, stored, base, imageTower, limit, signal: context.signal, onProgress: computing.put}).finally(computing.end);
    yield* computing.drain();
    opened.features = await features;
  }
  yield opened;
}

/** The site's own address, seen from a worker that lives in one of its folders. */
export function siteAddress(): string {
  return new URL("..", self.location.href).href;
}

interface FeatureOptions {
  address: string;
  /** The set is kept in this browser under the name `address`. */
  stored: boolean;
  base: string;
  imageTower: string;
  limit?: number;
  signal?: AbortSignal;
  onProgress(what: string, done: number, total: number): void;
}

/** Features of every image, from the store or computed once. Photos are streamed: their full size is never held at once. */
async function lockedFeatures(pairs: PairSet, {address, stored, base, imageTower, limit, signal, onProgress}: FeatureOptions) {
  const tower = await openLockedTower(imageTower, base);
  try {
    const key = JSON.stringify([tower.identity, tower.sizePx, address, pairs.ids]);
    const count = pairs.ids.length;
    const kept = await readFeatures(key, count * tower.width);
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
    for await (const {id, pixels} of stored ? streamStored(address, {limit}) : streamShards(address, {limit, signal})) {
      const row = rowOf.get(id);
      if (row === undefined) continue;
      batch.set(pixels(tower.sizePx), rows.length * tower.sizePx * tower.sizePx * 3);
      rows.push(row);
      if (rows.length === towerBatch) await flush();
      signal?.throwIfAborted();
    }
    if (rows.length > 0) await flush();
    await keepFeatures(key, data);
    return {data, width: tower.width};
  } finally {
    tower.dispose();
  }
}

/** Progress put in by callbacks, taken out by a generator; only the newest counts. */
function progressQueue() {
  const started = performance.now();
  let newest: Progress | null = null;
  let ended = false;
  let wake = () => {};
  return {
    put(what: string, done: number, total: number) {
      const seconds = (performance.now() - started) / 1000;
      newest = {what, done, total, secondsLeft: done > 0 ? (seconds / done) * (total - done) : null};
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async *drain(): AsyncGenerator<Progress> {
      while (!ended) {
        if (newest) {
          const progress = newest;
          newest = null;
          yield progress;
        } else await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  };
}
