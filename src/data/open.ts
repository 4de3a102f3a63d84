/**
 * Opens pairs by name, wherever they are: the built-in postcards, a set kept in this browser, a prepared set at an address. The only
 * place that knows these kinds; what a run wants beside (progress, a locked tower's features) is src/train/open-pairs.ts.
 */
import type {PairSet, Split} from "./pairs.ts";
import {postcards} from "./postcards/index.ts";
import type {Style} from "./postcards/index.ts";
import {checkSizePx, resizeAndCrop} from "./preprocess.ts";
import {limitPairs} from "./select.ts";
import type {ShardOptions, StreamedPair} from "./shards.ts";
import {openShards, streamShards} from "./shards.ts";
import {isStored, openStored, streamStored} from "./storage.ts";

export interface OpenOptions extends ShardOptions {
  /** Side of the squares: 32 for postcards and 64 for photos unless given. */
  sizePx?: number;
  /** For postcards. */
  seed?: number | string;
  style?: Style;
  /** What the addresses of prepared sets are relative to; the page or worker itself unless given. */
  baseUrl?: string;
  /** A set that is open already, at the size it is kept in: one in the memory of another worker. Taken instead of looking for `name`. */
  given?: PairSet;
}

/**
 * Opens a set whole. `name` is "postcards" ("postcards:chalk" for the other style), the name of a set kept in this browser, or the address of a prepared
 * set ("data/flickr30k"). `limit` counts images; of postcards 512 are drawn unless it says otherwise.
 */
export async function openPairs(name: string, {sizePx, seed = 1, limit, style, split, baseUrl, given, ...options}: OpenOptions = {}): Promise<PairSet> {
  if (sizePx !== undefined) checkSizePx(sizePx);
  if (given) return resized(limitPairs(split ? rowsOf(given, split) : given, limit ?? Infinity), sizePx ?? given.sizePx);
  const built = builtIn(name, style);
  if (built) {
    const set = postcards({count: limit ?? 512, seed, sizePx: sizePx ?? 32, style: built});
    return split ? rowsOf(set, split) : set;
  }
  if (await isStored(name)) return openStored(name, {sizePx, split, limit});
  return openShards(absolute(name, baseUrl), {sizePx: sizePx ?? 64, split, limit, ...options});
}

/** The same sets image by image, none kept: for what looks at each photo once, such as a frozen tower. */
export async function* streamPairs(name: string, options: Omit<OpenOptions, "sizePx"> & {sizePx: number}): AsyncGenerator<StreamedPair> {
  const {sizePx, split, limit, given, baseUrl} = options;
  if (!given && builtIn(name, options.style) === undefined) return yield* (await isStored(name)) ? streamStored(name, {split, limit}) : streamShards(absolute(name, baseUrl), options);
  const set = await openPairs(name, options);
  const bytes = sizePx * sizePx * 3;
  for (let i = 0; i < set.ids.length; i++) {
    const image = {rgb: set.pixels.subarray(i * bytes, (i + 1) * bytes), width: sizePx, height: sizePx};
    yield {id: set.ids[i], captions: set.captions[i], split: set.splits[i], image, pixels: (side) => resizeAndCrop(image, side)};
  }
}

function builtIn(name: string, style: Style = "flat"): Style | undefined {
  if (name === "postcards") return style;
  return name === "postcards:chalk" ? "chalk" : undefined;
}

function absolute(name: string, baseUrl?: string): string {
  return baseUrl === undefined ? name : new URL(/\/$|\.tar$/.test(name) ? name : `${name}/`, baseUrl).href;
}

function resized(set: PairSet, sizePx: number): PairSet {
  if (set.sizePx === sizePx) return set;
  const [from, to] = [set.sizePx ** 2 * 3, sizePx ** 2 * 3];
  const pixels = new Uint8Array(set.ids.length * to);
  set.ids.forEach((_, i) => pixels.set(resizeAndCrop({rgb: set.pixels.subarray(i * from, (i + 1) * from), width: set.sizePx, height: set.sizePx}, sizePx), i * to));
  return {...set, sizePx, pixels};
}

function rowsOf(set: PairSet, split: Split): PairSet {
  const rows = set.splits.map((_, row) => row).filter((row) => set.splits[row] === split);
  const bytes = set.sizePx ** 2 * 3;
  const pixels = new Uint8Array(rows.length * bytes);
  rows.forEach((row, i) => pixels.set(set.pixels.subarray(row * bytes, (row + 1) * bytes), i * bytes));
  const pick = <T>(values: T[]) => rows.map((row) => values[row]);
  const factors = Object.fromEntries(Object.entries(set.factors).map(([name, values]) => [name, pick(values)]));
  return {...set, ids: pick(set.ids), pixels, captions: pick(set.captions), splits: pick(set.splits), factors};
}
