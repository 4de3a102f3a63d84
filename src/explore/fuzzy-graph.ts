/**
 * UMAP's graph: how strongly every point is tied to its neighbours (McInnes, Healy and Melville 2018, section 3.1).
 * Weights only: umap.ts lays the graph out. Typed arrays throughout; a generic sparse matrix takes ten times as long.
 */
import type {NeighbourTable} from "./neighbours.ts";

/** Edges in both directions, every directed edge once. */
export interface FuzzyGraph {
  heads: Int32Array;
  tails: Int32Array;
  /** In (0, 1]. */
  weights: Float32Array;
  count: number;
}

const bandwidthSteps = 64;
const tolerance = 1e-5;
const leastBandwidth = 1e-3;

/**
 * The fuzzy union of the neighbourhoods: each point's distances are measured from its nearest neighbour and scaled so
 * that the memberships sum to log2(k + 1); an edge's weight is a + b - ab of its two directions.
 */
export function fuzzyGraph(table: NeighbourTable): FuzzyGraph {
  const {indices, count, k} = table;
  const memberships = membershipStrengths(table);
  const heads = new Int32Array(2 * count * k);
  const tails = new Int32Array(2 * count * k);
  const weights = new Float32Array(2 * count * k);
  let edges = 0;
  const add = (head: number, tail: number, weight: number) => {
    heads[edges] = head;
    tails[edges] = tail;
    weights[edges++] = weight;
  };
  for (let i = 0; i < count; i++) {
    for (let n = i * k; n < (i + 1) * k; n++) {
      const j = indices[n];
      const there = memberships[n];
      if (there === 0) continue;
      const back = indices.subarray(j * k, (j + 1) * k).indexOf(i);
      const backStrength = back < 0 ? 0 : memberships[j * k + back];
      const weight = there + backStrength - there * backStrength;
      add(i, j, weight);
      if (backStrength === 0) add(j, i, weight);
    }
  }
  return {heads: heads.slice(0, edges), tails: tails.slice(0, edges), weights: weights.slice(0, edges), count};
}

/** Each neighbour's membership, exp(-(distance - nearest) / bandwidth), [count, k]. */
function membershipStrengths({distances, count, k}: NeighbourTable): Float32Array {
  const memberships = new Float32Array(count * k);
  const meanOfAll = mean(distances) * (k / (k + 1)); // the point itself counts, at distance 0
  for (let i = 0; i < count; i++) {
    const row = distances.subarray(i * k, (i + 1) * k);
    const nearest = row.find((distance) => distance > 0) ?? 0;
    const least = leastBandwidth * (nearest > 0 ? mean(row) * (k / (k + 1)) : meanOfAll);
    const bandwidth = Math.max(bandwidthOf(row, nearest), least);
    for (let n = 0; n < k; n++) {
      const beyond = row[n] - nearest;
      memberships[i * k + n] = beyond <= 0 ? 1 : Math.exp(-beyond / bandwidth);
    }
  }
  return memberships;
}

/** Bisects for the bandwidth at which the memberships of a row sum to log2(k + 1). */
function bandwidthOf(row: Float32Array, nearest: number): number {
  const target = Math.log2(row.length + 1);
  let low = 0;
  let high = Infinity;
  let middle = 1;
  for (let step = 0; step < bandwidthSteps; step++) {
    let sum = 0;
    for (let n = 0; n < row.length; n++) sum += row[n] > nearest ? Math.exp((nearest - row[n]) / middle) : 1;
    if (Math.abs(sum - target) < tolerance) break;
    if (sum > target) high = middle;
    else low = middle;
    middle = high === Infinity ? middle * 2 : (low + high) / 2;
  }
  return middle;
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
