/**
 * What an embedding space looks like in single numbers: the gap between images and captions, how close pairs are, how
 * evenly the sphere is used, which points are everyone's neighbours. Not how well it retrieves: see src/evaluate.
 */
import {innerProducts} from "../tensor/products.ts";
import {countRows, normalisedRows} from "../tensor/rows.ts";
import type {NeighbourTable} from "./neighbours.ts";

/** Distance between the mean image and the mean caption, all of length 1 (Liang et al. 2022); 0 to 2. */
export function modalityGap(imageEmbeddings: Float32Array, captionEmbeddings: Float32Array, width: number): number {
  return Math.hypot(...gapAxis(imageEmbeddings, captionEmbeddings, width));
}

/** Mean image minus mean caption, of embeddings scaled to length 1: [width]. */
export function gapAxis(imageEmbeddings: Float32Array, captionEmbeddings: Float32Array, width: number): Float64Array {
  const image = meanOf(normalisedRows(imageEmbeddings, width, "imageEmbeddings").values, width, "imageEmbeddings");
  const caption = meanOf(normalisedRows(captionEmbeddings, width, "captionEmbeddings").values, width, "captionEmbeddings");
  return image.map((value, k) => value - caption[k]);
}

/** Mean squared distance of the two ends of a pair, row i with row i (Wang and Isola 2020, alpha = 2); lower is closer. */
export function alignment(imageEmbeddings: Float32Array, captionEmbeddings: Float32Array, width: number): number {
  const count = countRows(imageEmbeddings, width, "imageEmbeddings");
  if (countRows(captionEmbeddings, width, "captionEmbeddings") !== count) {
    throw new RangeError(`captionEmbeddings: expected ${count} rows, one an image, got ${captionEmbeddings.length / width}`);
  }
  const image = normalisedRows(imageEmbeddings, width, "imageEmbeddings").values;
  const caption = normalisedRows(captionEmbeddings, width, "captionEmbeddings").values;
  let sum = 0;
  for (let i = 0; i < image.length; i++) sum += (image[i] - caption[i]) ** 2;
  return sum / count;
}

/**
 * Log of the mean of exp(-2 squared distance) over all pairs of different rows (Wang and Isola 2020, t = 2): 0 when all
 * rows agree, lower the more evenly they cover the sphere.
 */
export function uniformity(embeddings: Float32Array, width: number): number {
  const rows = normalisedRows(embeddings, width, "embeddings");
  const count = countRows(embeddings, width, "embeddings");
  if (count < 2) throw new RangeError(`embeddings: uniformity needs at least two rows, got ${count}`);
  let sum = 0;
  const block = new Float32Array(64 * count);
  for (let first = 0; first < count; first += 64) {
    const here = Math.min(64, count - first);
    innerProducts(rows, first, here, rows, 0, count, block);
    for (let r = 0; r < here; r++) {
      for (let j = first + r + 1; j < count; j++) sum += Math.exp(4 * block[r * count + j] - 4); // squared distance 2 - 2 cosine
    }
  }
  return Math.log((2 * sum) / (count * (count - 1)));
}

export interface Hubness {
  /** How often each point is among the k nearest of another. */
  occurrences: Int32Array;
  /** Skewness of those counts (Radovanovic, Nanopoulos and Ivanovic 2010): 0 is even, above about 1.5 a few hubs rule. */
  skewness: number;
  /** Share of points that are nobody's neighbour. */
  orphans: number;
}

/** Which points are neighbours of many. Give k = 10 neighbours a point for the literature's figure. */
export function hubness({indices, count}: NeighbourTable): Hubness {
  const occurrences = new Int32Array(count);
  for (const index of indices) occurrences[index]++;
  const mean = indices.length / count;
  let second = 0;
  let third = 0;
  let orphans = 0;
  for (const times of occurrences) {
    second += (times - mean) ** 2 / count;
    third += (times - mean) ** 3 / count;
    if (times === 0) orphans++;
  }
  return {occurrences, skewness: second > 0 ? third / second ** 1.5 : 0, orphans: orphans / count};
}

/** The rows' mean, in float64: [width]. */
export function meanOf(values: Float32Array, width: number, name: string): Float64Array {
  const count = countRows(values, width, name);
  if (count === 0) throw new RangeError(`${name}: expected at least one row, got none`);
  const mean = new Float64Array(width);
  for (let i = 0; i < values.length; i++) mean[i % width] += values[i];
  return mean.map((sum) => sum / count);
}
