/** What a kept set of pairs is, wherever it is kept: its index, its line in the list, how it is written and read. */
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
  /** uint8 RGB, [sizePx, sizePx, 3], for row `row`. Rows may come in any order. */
  write(row: number, pixels: Uint8Array): Promise<void>;
  /** `ids`, `captions` and `splits` of the rows written; `rows[i]` tells where row i of the result was written. */
  finish(index: Omit<StoredIndex, "name" | "sizePx">, rows: Int32Array): Promise<StoredSummary>;
  abandon(): Promise<void>;
}

export interface PairStorage {
  keptIn: "disk" | "memory";
  list(): Promise<StoredSummary[]>;
  /** Starts a set; an older one of that name stays until this one is finished. Throws when there is no room for `images` images. */
  create(name: string, options: {sizePx: number; images: number}): Promise<SetWriter>;
  /** The set's words, and how to read its pixels a few at a time; undefined when no set has that name. */
  open(name: string): Promise<StoredSet | undefined>;
  delete(name: string): Promise<void>;
}

export interface StoredSet {
  index: StoredIndex;
  /** Rows from..to-1: uint8 RGB, [to - from, sizePx, sizePx, 3]. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** Says how many bytes are needed and free. Its name survives the way out of a worker. */
export class NoRoomError extends Error {
  override name = "NoRoomError";
  constructor(
    readonly neededBytes: number,
    readonly freeBytes: number,
    what: "set" | "model" = "set"
  ) {
    super(
      `There is no room: the ${what} needs ${megabytes(neededBytes)}, and this site may use ${megabytes(freeBytes)} more. ` +
        `${what === "set" ? "Take fewer images or smaller ones, delete" : "Take a smaller one, delete"} a kept ${what}, or free space on the disk.`
    );
  }
}

/** Whether rows were written in order without a gap. */
export const isIdentity = (rows: Int32Array, count: number) => rows.length === count && rows.every((row, i) => row === i);

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

const megabytes = (bytes: number) => `${(bytes / 1e6).toLocaleString("en", {maximumFractionDigits: bytes < 1e7 ? 1 : 0})} MB`;
