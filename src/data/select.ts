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
  if (limit >= pairs.ids.length) return pairs;
  return {
    ...pairs,
    ids: pairs.ids.slice(0, limit),
    pixels: pairs.pixels.slice(0, limit * pairs.sizePx * pairs.sizePx * 3),
    captions: pairs.captions.slice(0, limit),
    splits: pairs.splits.slice(0, limit),
    factors: Object.fromEntries(Object.entries(pairs.factors).map(([name, values]) => [name, values.slice(0, limit)]))
  };
}
