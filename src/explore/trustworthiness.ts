/** Whether a map's neighbours were neighbours before (Venna and Kaski 2001), as scikit-learn defines it. Judges maps, not models. */
import {innerProducts} from "../tensor/products.ts";
import {countRows, normalisedRows, topOf} from "../tensor/rows.ts";

export interface TrustworthinessInput {
  /** [count, width]: where the points were, compared by cosine. */
  points: Float32Array;
  width: number;
  /** [count, 2]: where the map put them. */
  positions: ArrayLike<number>;
  /** Neighbours looked at, less than half the points. */
  k?: number;
  /** Points to look at; all when absent. A few hundred drawn by seed give the figure to about 0.01. */
  sample?: Int32Array;
}

/** 1 when every map neighbour was one of the k nearest before, less the farther away the false ones were; near 0.5 at random. */
export function trustworthiness({points, width, positions, k = 15, sample}: TrustworthinessInput): number {
  const count = countRows(points, width, "points");
  if (positions.length !== 2 * count) throw new RangeError(`positions: expected two numbers a point, so ${2 * count}, got ${positions.length}`);
  if (!(k >= 1 && k < count / 2)) throw new RangeError(`k: trustworthiness needs k below half of the ${count} points, got ${k}`);
  const rows = normalisedRows(points, width, "points");
  const looked = sample ?? Int32Array.from({length: count}, (_, i) => i);
  const block = new Float32Array(blockSize * count);
  const asked = {values: new Float32Array(blockSize * width), width};
  let penalty = 0;
  for (let first = 0; first < looked.length; first += blockSize) {
    const here = looked.subarray(first, first + blockSize);
    here.forEach((i, r) => asked.values.set(rows.values.subarray(i * width, (i + 1) * width), r * width));
    innerProducts(asked, 0, here.length, rows, 0, count, block);
    here.forEach((i, r) => {
      const cosines = block.subarray(r * count, (r + 1) * count);
      cosines[i] = -Infinity;
      for (const rank of ranksOf(cosines, nearestOnMap(positions, i, count, k))) penalty += Math.max(0, rank - k);
    });
  }
  return 1 - (2 / (looked.length * k * (2 * count - 3 * k - 1))) * penalty;
}

const blockSize = 64;

/** The `k` points nearest to point `i` on the map. */
function nearestOnMap(positions: ArrayLike<number>, i: number, count: number, k: number): Int32Array {
  const nearness = new Float64Array(count);
  const x = positions[2 * i];
  const y = positions[2 * i + 1];
  for (let j = 0; j < count; j++) {
    const dx = positions[2 * j] - x;
    const dy = positions[2 * j + 1] - y;
    nearness[j] = -(dx * dx + dy * dy);
  }
  nearness[i] = -Infinity;
  const near = new Int32Array(k);
  topOf(nearness, near, new Float64Array(k));
  return near;
}

/** The places, from 1, of some entries among `values` in falling order, found in one pass: few values exceed them. */
function ranksOf(values: Float32Array, entries: Int32Array): number[] {
  const bars = [...entries].map((j) => values[j]).sort((p, q) => p - q);
  const above = new Int32Array(bars.length + 1); // values above exactly n of the bars
  const lowest = bars[0];
  for (let j = 0; j < values.length; j++) {
    const value = values[j];
    if (!(value > lowest)) continue;
    let n = 1;
    while (n < bars.length && value > bars[n]) n++;
    above[n]++;
  }
  const ranks: number[] = [];
  let sum = 0;
  for (let n = bars.length; n > 0; n--) ranks.push((sum += above[n]) + 1);
  return ranks;
}
