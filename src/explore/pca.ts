/** Principal components of rows, with signs that do not flip from one run to the next. Exact to rounding, for the first few. */
import {innerProducts} from "../tensor/products.ts";
import {countRows} from "../tensor/rows.ts";
import {symmetricEigenvalues, smallSymmetricEigen} from "./eigen.ts";

export interface PrincipalComponents {
  /** [components, width], each of length 1; its entry farthest from 0 is positive. */
  components: Float64Array;
  /** Variance along each component, falling. */
  variances: Float64Array;
  /** Share of all variance along each. */
  shares: Float64Array;
  mean: Float64Array;
  width: number;
}

const spare = 8;
const mostRounds = 300;

/** The first `count` principal components of [n, width] `points`; fewer where the width or n - 1 is smaller. */
export function principalComponents(points: Float32Array, width: number, count = 2): PrincipalComponents {
  const rows = countRows(points, width, "points");
  if (rows === 0) throw new RangeError("points: expected at least one row, got none");
  const {covariance, mean} = covarianceOf(points, width);
  const kept = Math.min(count, width);
  const size = Math.min(width, kept + spare);
  let basis = orthonormal(startBasis(size, width), size, width);
  let values: number[] = [];
  for (let round = 0; round < mostRounds; round++) {
    const image = times(covariance, basis, size, width);
    const {values: found, vectors} = smallSymmetricEigen(grams(basis, image, size, width), size);
    const settled = values.length > 0 && found.slice(0, kept).every((value, i) => Math.abs(value - values[i]) <= 1e-13 * found[0]);
    values = [...found];
    if (settled) {
      basis = combine(basis, vectors, size, width);
      break;
    }
    basis = orthonormal(combine(image, vectors, size, width), size, width);
  }
  let total = 0;
  for (let i = 0; i < width; i++) total += covariance[i * width + i];
  const components = basis.slice(0, kept * width);
  for (let i = 0; i < kept; i++) fixSign(components.subarray(i * width, (i + 1) * width));
  const variances = Float64Array.from(values.slice(0, kept), (value) => Math.max(0, value));
  return {components, variances, shares: variances.map((value) => (total > 0 ? value / total : 0)), mean, width};
}

/** Coordinates of `points` along the components: [n, components]. */
export function project(points: Float32Array, {components, mean, width}: PrincipalComponents): Float32Array {
  const n = countRows(points, width, "points");
  const count = components.length / width;
  const out = new Float32Array(n * count);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < count; c++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (points[i * width + k] - mean[k]) * components[c * width + k];
      out[i * count + c] = sum;
    }
  }
  return out;
}

/**
 * How many directions the rows use: exp of the entropy of the singular values' shares (Roy and Vetterli 2007), of the
 * centred rows. From 1 (a line) to the width; it falls towards 1 when a model collapses.
 */
export function effectiveRank(points: Float32Array, width: number): number {
  const {covariance} = covarianceOf(points, width);
  const singular = symmetricEigenvalues(covariance, width).map((value) => Math.sqrt(Math.max(0, value)));
  const total = singular.reduce((sum, value) => sum + value, 0);
  if (total === 0) return 0;
  let entropy = 0;
  for (const value of singular) if (value > total * 1e-12) entropy -= (value / total) * Math.log(value / total);
  return Math.exp(entropy);
}

/** [width, width] covariance (divided by n) of [n, width] points, and their mean. */
function covarianceOf(points: Float32Array, width: number): {covariance: Float64Array; mean: Float64Array} {
  const n = countRows(points, width, "points");
  const mean = new Float64Array(width);
  for (let i = 0; i < points.length; i++) mean[i % width] += points[i] / n;
  const features = new Float32Array(points.length); // [width, n]: each feature a row, centred
  for (let k = 0; k < width; k++) for (let i = 0; i < n; i++) features[k * n + i] = points[i * width + k] - mean[k];
  const rows = {values: features, width: n};
  return {covariance: Float64Array.from(innerProducts(rows, 0, width, rows, 0, width), (value) => value / n), mean};
}

/** Fixed, far from special directions: a start that no data set is orthogonal to. */
function startBasis(size: number, width: number): Float64Array {
  return Float64Array.from({length: size * width}, (_, n) => Math.sin(1 + n * 1.61803398875 + 0.37 * n * n));
}

/** [size, width] rows times a symmetric [width, width] matrix. */
function times(matrix: Float64Array, rows: Float64Array, size: number, width: number): Float64Array {
  const out = new Float64Array(size * width);
  for (let r = 0; r < size; r++) {
    for (let k = 0; k < width; k++) {
      const factor = rows[r * width + k];
      for (let j = 0, at = k * width; j < width; j++, at++) out[r * width + j] += factor * matrix[at];
    }
  }
  return out;
}

function grams(x: Float64Array, y: Float64Array, size: number, width: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      for (let k = 0; k < width; k++) out[i * size + j] += 0.5 * (x[i * width + k] * y[j * width + k] + x[j * width + k] * y[i * width + k]);
    }
  }
  return out;
}

/** Rows mixed by the columns of `vectors` ([size, size], eigenvectors in columns). */
function combine(rows: Float64Array, vectors: Float64Array, size: number, width: number): Float64Array {
  const out = new Float64Array(size * width);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const factor = vectors[j * size + i];
      for (let k = 0; k < width; k++) out[i * width + k] += factor * rows[j * width + k];
    }
  }
  return out;
}

/** Gram and Schmidt, twice over each row; a row that vanishes is replaced by an axis not yet spanned. */
function orthonormal(rows: Float64Array, size: number, width: number): Float64Array {
  let axis = 0;
  for (let i = 0; i < size; i++) {
    const row = rows.subarray(i * width, (i + 1) * width);
    const before = Math.hypot(...row);
    for (let pass = 0; pass < 2; pass++) removeEarlier(rows, row, i, width);
    let length = Math.hypot(...row);
    while (!(length > 1e-10 * before && length > 0)) {
      row.fill(0)[axis++ % width] = 1;
      for (let pass = 0; pass < 2; pass++) removeEarlier(rows, row, i, width);
      length = Math.hypot(...row);
      if (length < 1e-6) length = 0;
      if (axis > 2 * width) break;
    }
    for (let k = 0; k < width; k++) row[k] /= length || 1;
  }
  return rows;
}

function removeEarlier(rows: Float64Array, row: Float64Array, i: number, width: number): void {
  for (let j = 0; j < i; j++) {
    let dot = 0;
    for (let k = 0; k < width; k++) dot += row[k] * rows[j * width + k];
    for (let k = 0; k < width; k++) row[k] -= dot * rows[j * width + k];
  }
}

function fixSign(component: Float64Array): void {
  let farthest = 0;
  for (let k = 1; k < component.length; k++) if (Math.abs(component[k]) > Math.abs(component[farthest])) farthest = k;
  if (component[farthest] < 0) for (let k = 0; k < component.length; k++) component[k] = -component[k];
}
