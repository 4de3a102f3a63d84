/** What can be said about a map of pairs and about the space that it was drawn from, at any size. */
import {seededRandom} from "../tensor/random.ts";
import {crossingShare, nearestNeighbours} from "./neighbours.ts";
import {pairFigures} from "./pair-figures.ts";
import type {PairFigures} from "./pair-figures.ts";
import {trustworthiness} from "./trustworthiness.ts";

export interface JudgeRequest {
  /** [2 * pairs, width] of length 1: all images, then their captions in the same order. */
  points: Float32Array;
  width: number;
  /** [2 * pairs]: 0 for an image, 1 for a caption. */
  kinds: Uint8Array;
  /** Where the map put them. */
  x: Float32Array;
  y: Float32Array;
  /** What cosines are multiplied with in the loss. */
  scale: number;
}

export interface Judgement extends PairFigures {
  /** Share of the five nearest neighbours, by cosine, that are of the other kind; absent where there are fewer than 15 points. */
  crossing?: number;
  /** The same share by distance on the map. */
  crossingShown?: number;
  /** See trustworthiness.ts. */
  trustworthiness?: number;
}

const neighbours = 5;
/** Of a large map this many points, drawn by seed, give the map's own figures to about 0.01. */
const sampled = 300;

export function judgeMap({points, width, kinds, x, y, scale}: JudgeRequest): Judgement {
  const count = kinds.length;
  const middle = (count / 2) * width;
  const pairs = pairFigures({images: points.subarray(0, middle), captions: points.subarray(middle), width, scale});
  if (count < 3 * neighbours) return pairs;
  const positions = Float32Array.from({length: 2 * count}, (_, i) => (i % 2 ? y : x)[i >> 1]);
  const sample = count > 2 * sampled ? Int32Array.from(seededRandom(1).shuffle([...kinds.keys()]).slice(0, sampled)) : Int32Array.from(kinds.keys());
  return {
    ...pairs,
    crossing: crossingShare(nearestNeighbours({points, width, k: neighbours}), kinds),
    crossingShown: crossingOnMap(x, y, kinds, sample),
    trustworthiness: trustworthiness({points, width, positions, k: neighbours, sample})
  };
}

/** The share of the sampled points' nearest on the map that are of the other kind. */
function crossingOnMap(x: Float32Array, y: Float32Array, kinds: Uint8Array, sample: Int32Array): number {
  let crossing = 0;
  for (const i of sample) {
    const near = Array.from(kinds.keys()).filter((j) => j !== i).map((j) => [(x[j] - x[i]) ** 2 + (y[j] - y[i]) ** 2, j]).sort((a, b) => a[0] - b[0]);
    for (const [, j] of near.slice(0, neighbours)) if (kinds[j] !== kinds[i]) crossing++;
  }
  return crossing / (sample.length * neighbours);
}
