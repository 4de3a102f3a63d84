/** What a set of image-caption pairs is, for everyone who reads one. Not how it is loaded: see the readers beside this file. */

export type Split = "train" | "val" | "test";

/** A set of images, packed, each with its captions. Row `i` of every array is about image `i`. */
export interface PairSet {
  /** What the reader calls it: "postcards", "flickr30k", a file's name. */
  name: string;
  /** Stable ids, one an image, unique within the set: the file's name, or "postcard-000123". */
  ids: string[];
  /** Side of the square images, in pixels. */
  sizePx: number;
  /** uint8 RGB, [count, sizePx, sizePx, 3]; not normalised. */
  pixels: Uint8Array;
  /** The captions of each image, in the file's order; usually five. */
  captions: string[][];
  splits: Split[];
  /** What is known to be in each picture (subject, colour, count, ...), one value an image; empty for photos. */
  factors: Record<string, (string | number)[]>;
  /** What was repaired, dropped or odd while reading, each naming file and line. */
  problems: Problem[];
}

/** One thing wrong in the input, said so that a person can find it. */
export interface Problem {
  /** A file's path or name, or an archive's and its member's: "photos.zip/a.jpg". */
  where: string;
  /** From 1, where the file has lines. */
  line?: number;
  /** What was expected, what came and what was done about it. */
  what: string;
  /** Whether the pair could be kept after a repair, or had to be left out. */
  kept: boolean;
}
