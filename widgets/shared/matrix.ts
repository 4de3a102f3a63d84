/** The arithmetic of a similarity matrix, on plain arrays in float64 where it matters: for pictures, not for training. What goes over all cells can be done line by line. */
import {whole} from "./slices.ts";
import type {Work} from "./slices.ts";

/** Cosines of every row of `a` [n, width] with every row of `b` [m, width], both of length 1: [n, m]. */
export const cosineMatrix = (a: Float32Array, b: Float32Array, width: number): Float32Array => whole(cosineLines(a, b, width));

export function* cosineLines(a: Float32Array, b: Float32Array, width: number): Work<Float32Array> {
  const n = a.length / width;
  const m = b.length / width;
  const out = new Float32Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += a[i * width + k] * b[j * width + k];
      out[i * m + j] = sum;
    }
    yield;
  }
  return out;
}

/**
 * Softmax of scale * cosines over each row, or over each column: [n, m].
 * The maximum is subtracted before exp, so every scale gives finite numbers from finite cosines.
 */
export const softmax = (cosines: ArrayLike<number>, n: number, m: number, scale: number, along: "row" | "column" = "row"): Float32Array => whole(softmaxLines(cosines, n, m, scale, along));

export function* softmaxLines(cosines: ArrayLike<number>, n: number, m: number, scale: number, along: "row" | "column" = "row"): Work<Float32Array> {
  const out = new Float32Array(n * m);
  const [lines, length, lineStep, step] = along === "row" ? [n, m, m, 1] : [m, n, 1, m];
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    let max = -Infinity;
    for (let k = 0; k < length; k++) max = Math.max(max, cosines[start + k * step]);
    let sum = 0;
    for (let k = 0; k < length; k++) sum += out[start + k * step] = Math.exp(scale * (cosines[start + k * step] - max));
    for (let k = 0; k < length; k++) out[start + k * step] /= sum;
    yield;
  }
  return out;
}

/** The rank, from 1, of entry `j` of row `i`: one more than the entries strictly above it. With `along = "column"`, within column `j`. */
export function rankOf(values: ArrayLike<number>, n: number, m: number, i: number, j: number, along: "row" | "column" = "row"): number {
  const own = values[i * m + j];
  let rank = 1;
  if (along === "row") {
    for (let k = 0; k < m; k++) if (values[i * m + k] > own) rank++;
  } else for (let k = 0; k < n; k++) if (values[k * m + j] > own) rank++;
  return rank;
}

/** How many rows (or columns) have their diagonal entry first; one that ties with another is not first. */
export const firstOnDiagonal = (values: ArrayLike<number>, n: number, m: number, along: "row" | "column" = "row"): number => whole(firstLines(values, n, m, along));

export function* firstLines(values: ArrayLike<number>, n: number, m: number, along: "row" | "column" = "row"): Work<number> {
  let first = 0;
  for (let d = 0; d < Math.min(n, m); d++) {
    const own = values[d * m + d];
    let wins = Number.isFinite(own);
    for (let k = 0; wins && k < (along === "row" ? m : n); k++) wins = k === d || (along === "row" ? values[d * m + k] : values[k * m + d]) < own;
    if (wins) first++;
    yield;
  }
  return first;
}

/** Least and greatest finite value, or null where there is none. */
export const finiteExtent = (values: ArrayLike<number>): [number, number] | null => whole(extentLines(values));

export function* extentLines(values: ArrayLike<number>): Work<[number, number] | null> {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < min && value > -Infinity) min = value;
    if (value > max && value < Infinity) max = value;
    if (i % 65536 === 65535) yield;
  }
  return min <= max ? [min, max] : null;
}
