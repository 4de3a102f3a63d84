/** Nearest neighbours among points by cosine, exact, in blocks. Not a layout: layout.ts draws from these. */
import {innerProducts} from "../tensor/products.ts";
import {countRows, normalisedRows, topOf} from "../tensor/rows.ts";

/** The nearest other points of every point, the nearest first. A point is never its own neighbour. */
export interface NeighbourTable {
  /** [count, k] */
  indices: Int32Array;
  /** [count, k]: cosine distances, 1 - cosine, never below 0. */
  distances: Float32Array;
  count: number;
  k: number;
}

export interface NeighbourInput {
  /** [count, width]; need not be normalised. */
  points: Float32Array;
  width: number;
  /** Neighbours a point, fewer than there are points. */
  k: number;
}

const blockSize = 64;

/** The `k` nearest others of every point. */
export function nearestNeighbours({points, width, k}: NeighbourInput): NeighbourTable {
  const count = countRows(points, width, "points");
  checkNeighbours(k, count, "points");
  const table: NeighbourTable = {indices: new Int32Array(count * k), distances: new Float32Array(count * k), count, k};
  forEachRow(points, width, (i, cosines) => {
    cosines[i] = -Infinity;
    takeTop(cosines, table, i, 0, k);
  });
  return table;
}

/**
 * The neighbours of the pairing view: `k` of a point's own kind and `k` of the other kind, so that images and captions
 * are drawn together although a gap lies between them. Distances across are shifted, row by row, to start where the
 * distances to the own kind start; without that the nearest across would count as infinitely far.
 */
export function pairingNeighbours({points, width, k, kinds}: NeighbourInput & {kinds: Uint8Array}): NeighbourTable {
  const count = countRows(points, width, "points");
  checkKinds(kinds, count);
  const rowsOfKind = [0, 1].map((kind) => Int32Array.from([...kinds.keys()].filter((i) => kinds[i] === kind)));
  rowsOfKind.forEach((rows, kind) => checkNeighbours(k, rows.length, `points of kind ${kind}`));
  const table: NeighbourTable = {indices: new Int32Array(count * 2 * k), distances: new Float32Array(count * 2 * k), count, k: 2 * k};
  const near = rowsOfKind.map((rows) => new Float32Array(rows.length));
  forEachRow(points, width, (i, cosines) => {
    cosines[i] = -Infinity;
    const own = kinds[i];
    for (const kind of [own, 1 - own]) {
      rowsOfKind[kind].forEach((j, n) => (near[kind][n] = cosines[j]));
      const from = kind === own ? 0 : k;
      takeTop(near[kind], table, i, from, k);
      for (let n = i * 2 * k + from; n < i * 2 * k + from + k; n++) table.indices[n] = rowsOfKind[kind][table.indices[n]];
    }
    shiftAcross(table, i, k);
  });
  return table;
}

/** Moves the second half of row `i` to start at the first's smallest distance, then sorts the row by distance. */
function shiftAcross({indices, distances}: NeighbourTable, i: number, k: number): void {
  const at = i * 2 * k;
  const shift = distances[at + k] - distances[at];
  const row = Array.from({length: 2 * k}, (_, n) => ({index: indices[at + n], distance: distances[at + n] - (n < k ? 0 : shift)}));
  row.sort((a, b) => a.distance - b.distance);
  row.forEach(({index, distance}, n) => {
    indices[at + n] = index;
    distances[at + n] = Math.max(0, distance);
  });
}

/** Share of neighbour edges whose ends differ in kind: 0 where a modality gap parts images from captions. */
export function crossingShare({indices, count, k}: NeighbourTable, kinds: Uint8Array): number {
  checkKinds(kinds, count);
  let crossing = 0;
  for (let n = 0; n < indices.length; n++) if (kinds[indices[n]] !== kinds[Math.floor(n / k)]) crossing++;
  return crossing / indices.length;
}

/** Calls `visit` with every point's row of cosines to all points; the row is used again for the next. */
export function forEachRow(points: Float32Array, width: number, visit: (i: number, cosines: Float32Array) => void): void {
  const rows = normalisedRows(points, width, "points");
  const count = points.length / width;
  const block = new Float32Array(Math.min(blockSize, count) * count);
  for (let first = 0; first < count; first += blockSize) {
    const here = Math.min(blockSize, count - first);
    innerProducts(rows, first, here, rows, 0, count, block);
    for (let r = 0; r < here; r++) visit(first + r, block.subarray(r * count, (r + 1) * count));
  }
}

function takeTop(cosines: Float32Array, {indices, distances, k: stride}: NeighbourTable, i: number, from: number, k: number): void {
  const at = i * stride + from;
  topOf(cosines, indices.subarray(at, at + k), distances.subarray(at, at + k));
  for (let n = at; n < at + k; n++) distances[n] = Math.max(0, 1 - distances[n]);
}

function checkNeighbours(k: number, count: number, name: string): void {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`k: expected a whole number of at least 1, got ${k}`);
  if (k >= count) throw new RangeError(`k: asked for ${k} neighbours, but there are ${count} ${name}, each with ${Math.max(0, count - 1)} others`);
}

/** Throws where `kinds` is not one 0 or 1 a point. */
export function checkKinds(kinds: Uint8Array, count: number): void {
  if (kinds.length !== count) throw new RangeError(`kinds: expected one a point, so ${count}, got ${kinds.length}`);
  const odd = kinds.findIndex((kind) => kind > 1);
  if (odd >= 0) throw new RangeError(`kinds: expected 0 (image) or 1 (caption), got ${kinds[odd]} at point ${odd}`);
}
