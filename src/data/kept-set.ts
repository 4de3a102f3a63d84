/** What a kept set of pairs is, wherever it is kept: its index, its line in the list, how it is written and read. */
import type {Leftover} from "../storage/sweep.ts";
import type {Room} from "../storage/room.ts";
import type {Problem, Split} from "./pairs.ts";

/** What is kept of a set beside its pixels. */
export interface StoredIndex {
  name: string;
  sizePx: number;
  ids: string[];
  captions: string[][];
  splits: Split[];
  problems: Problem[];
}

/** A line of the list of kept sets. */
export interface StoredSummary {
  name: string;
  images: number;
  captions: number;
  splits: Record<Split, number>;
  sizePx: number;
  bytes: number;
  /** "memory": gone when the page is closed. */
  keptIn: "disk" | "memory";
}

/** Writes one set, image by image. Nothing is listed before `finish`; after `abandon` nothing is left. */
export interface SetWriter {
  /** What the set needs and what is free, where that is known. */
  room?: Room;
  /** uint8 RGB, [sizePx, sizePx, 3], for row `row`. Rows may come in any order. */
  write(row: number, pixels: Uint8Array): Promise<void>;
  /** `ids`, `captions` and `splits` of the rows written; `rows[i]` tells where row i of the result was written. */
  finish(index: Omit<StoredIndex, "name" | "sizePx">, rows: Int32Array): Promise<StoredSummary>;
  abandon(): Promise<void>;
}

export interface PairStorage {
  keptIn: "disk" | "memory";
  /** Why sets are kept in memory, as a sentence. */
  why?: string;
  list(): Promise<StoredSummary[]>;
  /** Starts a set; an older one of that name stays until this one is finished. Throws a NoRoomError, before anything is written, where there is no room for `images` images. */
  create(name: string, options: {sizePx: number; images: number}): Promise<SetWriter>;
  /** The set's words, and how to read its pixels a few at a time; undefined when no set has that name. */
  open(name: string): Promise<StoredSet | undefined>;
  delete(name: string): Promise<void>;
  /** Clears away what was left half-written, and tells of it. */
  sweep(): Promise<Leftover[]>;
}

export interface StoredSet {
  index: StoredIndex;
  /** Rows from..to-1: uint8 RGB, [to - from, sizePx, sizePx, 3]. */
  read(from: number, to: number): Promise<Uint8Array>;
}

export function summaryOf({name, sizePx, ids, captions, splits}: StoredIndex, keptIn: "disk" | "memory"): StoredSummary {
  const counts: Record<Split, number> = {train: 0, val: 0, test: 0};
  for (const split of splits) counts[split]++;
  const words = captions.reduce((sum, own) => sum + own.reduce((length, caption) => length + caption.length, 0), 0);
  return {name, images: ids.length, captions: captions.reduce((sum, own) => sum + own.length, 0), splits: counts, sizePx, bytes: ids.length * sizePx * sizePx * 3 + words, keptIn};
}

export function checkName(name: string) {
  if (name.trim() === "" || name.length > 80) throw new RangeError(`a set's name must have 1 to 80 characters, not ${name.length}`);
  if (/^(postcards\b.*|.*[/\\].*)$/.test(name)) throw new RangeError(`a set cannot be called "${name}": that would be taken for ${name.startsWith("postcards") ? "the built-in set" : "an address"}`);
}
