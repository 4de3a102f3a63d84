/** Parts of a pair set chosen by split, number or seed. Never copies pixels unless the result is a set of its own. */
import {seededRandom} from "../tensor/random.ts";
import type {PairSet, Split} from "./pairs.ts";

/** The rows of a split, in the set's order. */
export function indicesOfSplit(pairs: Pick<PairSet, "splits">, split: Split): Int32Array {
  const rows: number[] = [];
  pairs.splits.forEach((s, i) => s === split && rows.push(i));
  return Int32Array.from(rows);
}

/** Images and one caption each, to retrieve one from the other. */
export interface Gallery {
  /** Rows of the pair set, one an image. */
  indices: Int32Array;
  /** Which of its image's captions was drawn, from 0. */
  captionIndices: Int32Array;
  /** The captions themselves. */
  captions: string[];
}

/**
 * A gallery of held-out images, no two with the same combination of factors (so that a caption can name its image),
 * and of each one caption drawn by the seed. Where nothing is known about the pictures, any images serve.
 * Holds fewer than `count` when the split has fewer such images: read the chance level from `indices.length`.
 */
export function heldOutGallery(
  pairs: Pick<PairSet, "splits" | "captions" | "factors">,
  {count = 64, seed = 1, split = "test"}: {count?: number; seed?: number | string; split?: Split} = {}
): Gallery {
  const random = seededRandom(`gallery/${seed}`);
  const factors = Object.values(pairs.factors);
  const seen = new Set<string>();
  const chosen: number[] = [];
  for (const row of random.shuffle([...indicesOfSplit(pairs, split)])) {
    if (chosen.length === count) break;
    const combination = factors.length > 0 ? JSON.stringify(factors.map((values) => values[row])) : String(row);
    if (seen.has(combination) || pairs.captions[row].length === 0) continue;
    seen.add(combination);
    chosen.push(row);
  }
  if (chosen.length === 0) throw new RangeError(`heldOutGallery: the ${split} split has no captioned image (${pairs.splits.length} images in all splits)`);
  const captionIndices = Int32Array.from(chosen, (row) => random.integer(pairs.captions[row].length));
  return {indices: Int32Array.from(chosen), captionIndices, captions: chosen.map((row, i) => pairs.captions[row][captionIndices[i]])};
}

/**
 * The same set with the train split's captions dealt to the wrong images: each keeps its five together, none stays with
 * its own. Held-out splits stay true. A model that learns from this learned something other than pairs.
 */
export function shuffleTrainCaptions(pairs: PairSet, {seed = 1}: {seed?: number | string} = {}): PairSet {
  const rows = seededRandom(`shuffled captions/${seed}`).shuffle([...indicesOfSplit(pairs, "train")]);
  const captions = pairs.captions.slice();
  // One cycle through all rows: nobody can keep what was his.
  rows.forEach((row, i) => (captions[row] = pairs.captions[rows[(i + 1) % rows.length]]));
  return {...pairs, captions};
}

/** The first `limit` images, with all their captions. */
export function limitPairs(pairs: PairSet, limit: number): PairSet {
  return limit >= pairs.ids.length ? pairs : pickPairs(pairs, Array.from({length: limit}, (_, row) => row));
}

/** The images of the given rows, in that order, with all that belongs to them. */
export function pickPairs(pairs: PairSet, rows: readonly number[]): PairSet {
  const bytes = pairs.sizePx * pairs.sizePx * 3;
  const pixels = new Uint8Array(rows.length * bytes);
  rows.forEach((row, i) => pixels.set(pairs.pixels.subarray(row * bytes, (row + 1) * bytes), i * bytes));
  const pick = <T>(values: readonly T[]) => rows.map((row) => values[row]);
  return {
    ...pairs,
    ids: pick(pairs.ids),
    pixels,
    captions: pick(pairs.captions),
    splits: pick(pairs.splits),
    factors: Object.fromEntries(Object.entries(pairs.factors).map(([name, values]) => [name, pick(values)]))
  };
}

/**
 * The same set, its splits dealt anew: `train` images drawn by the seed train, all others are for tests.
 * Throws a RangeError where that leaves none for one of the two.
 */
export function dealSplits(pairs: PairSet, {train, seed = 1}: {train: number; seed?: number | string}): PairSet {
  const count = pairs.ids.length;
  if (!(Number.isInteger(train) && train >= 1 && train < count)) throw new RangeError(`train is a whole number from 1 to ${count - 1}, so that some of the ${count} pairs are left for tests; it was given ${train}`);
  const training = new Set(seededRandom(`dealt splits/${seed}`).shuffle(Array.from({length: count}, (_, row) => row)).slice(0, train));
  return {...pairs, splits: pairs.ids.map((_, row) => (training.has(row) ? "train" : "test"))};
}
