/** Points that tests of explore share: a joint space of images and captions with clusters, pairs and a gap. Not a data set. */
import {seededRandom} from "../../src/tensor/random.ts";

/** `pairs` images, then their captions; [2 pairs, width], with a gap between the two kinds and `clusters` groups of pairs. */
export function jointSpace({pairs, width = 16, clusters = 6, gap = 1, noise = 0.5, seed = 1}: {pairs: number; width?: number; clusters?: number; gap?: number; noise?: number; seed?: number}) {
  const random = seededRandom(seed);
  const normals = (length: number) => Float32Array.from({length}, () => random.normal());
  const centres = normals(clusters * width);
  const axis = normals(width);
  const points = new Float32Array(2 * pairs * width);
  for (let i = 0; i < pairs; i++) {
    const own = normals(width);
    for (let kind = 0; kind < 2; kind++) {
      for (let k = 0; k < width; k++) {
        points[(kind * pairs + i) * width + k] = centres[(i % clusters) * width + k] + 0.6 * own[k] + noise * random.normal() + (kind === 0 ? gap : -gap) * axis[k];
      }
    }
  }
  return {points, width, kinds: Uint8Array.from({length: 2 * pairs}, (_, n) => (n < pairs ? 0 : 1)), count: 2 * pairs};
}

/** The rows, each scaled to length 1, as lists. */
export function unitRows(points: Float32Array, width: number): number[][] {
  return Array.from({length: points.length / width}, (_, i) => {
    const row = [...points.subarray(i * width, (i + 1) * width)];
    const length = Math.hypot(...row);
    return row.map((x) => x / length);
  });
}

export const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, k) => sum + value * y[k], 0);
