/** The geometry of the decision slice: a patch of the sphere, spanned by class vectors, and the true softmax on it. No drawing. */

export interface SliceClasses {
  /** One a class. */
  labels: string[];
  /** [classes, width], each of length 1. */
  weights: Float32Array;
  width: number;
}

export interface Slice {
  /** [3, width], orthonormal: the middle of the patch, then its two directions. */
  basis: Float64Array;
  /** Each class's weight vector in that basis: [classes, 3]. */
  coordinates: Float64Array;
  /** How far the patch reaches from its middle, in both directions. */
  reach: number;
}

/**
 * The slice through two or three of the classes, around their barycentre. Two classes span a circle only; `toward` (a mean image,
 * say) then gives the patch its second direction.
 * @throws RangeError when the chosen vectors do not span a patch.
 */
export function createSlice({weights, width, labels}: SliceClasses, chosen: number[], toward?: ArrayLike<number>): Slice {
  const rows = chosen.map((c) => Array.from(weights.subarray(c * width, (c + 1) * width)));
  if (rows.length < 2 || rows.length > 3) throw new RangeError(`a slice goes through two or three classes; got ${rows.length}`);
  const middle = rows[0].map((_, k) => rows.reduce((sum, row) => sum + row[k], 0));
  const candidates = [middle, rows[1].map((v, k) => v - rows[0][k]), rows[2] ?? toward ?? []];
  const basis: number[][] = [];
  for (const candidate of candidates) {
    const row = Array.from(candidate);
    for (let pass = 0; pass < 2; pass++) for (const earlier of basis) {
      const along = dot(row, earlier);
      for (let k = 0; k < width; k++) row[k] -= along * earlier[k];
    }
    const length = Math.hypot(...row);
    if (!(length > 1e-6)) throw new RangeError(`the prompts ${chosen.map((c) => `"${labels[c]}"`).join(", ")} lie on one line, so they span no patch`);
    basis.push(row.map((v) => v / length));
  }
  const coordinates = new Float64Array(labels.length * 3);
  for (let c = 0; c < labels.length; c++) for (let b = 0; b < 3; b++) coordinates[c * 3 + b] = dot(weights.subarray(c * width, (c + 1) * width), basis[b]);
  let reach = 0.35;
  for (const c of chosen) {
    const place = onPatch(coordinates.subarray(c * 3, c * 3 + 3));
    if (place) reach = Math.max(reach, 1.5 * Math.hypot(place.u, place.v));
  }
  return {basis: Float64Array.from(basis.flat()), coordinates, reach: Math.min(3, reach)};
}

/** Where a vector with these coordinates in the basis is seen from the sphere's centre; null behind it. */
export function onPatch([c, u, v]: ArrayLike<number> & Iterable<number>): {u: number; v: number} | null {
  return c > 1e-6 ? {u: u / c, v: v / c} : null;
}

/** A vector's place on the patch, and how much of its length lies in the slice (1: all of it). */
export function project(slice: Slice, vector: ArrayLike<number>): {u: number; v: number; inside: number} | null {
  const width = vector.length;
  const at = [0, 1, 2].map((b) => dot(vector, slice.basis.subarray(b * width, (b + 1) * width)));
  const place = onPatch(at);
  return place && {...place, inside: Math.hypot(...at) / Math.hypot(...Array.from(vector))};
}

/** The softmax over all classes at a place of the patch, where logits are cosines times `scale`. */
export function softmaxAt({coordinates}: Slice, u: number, v: number, scale: number, out: Float64Array = new Float64Array(coordinates.length / 3)): Float64Array {
  const length = Math.hypot(1, u, v);
  let highest = -Infinity;
  for (let c = 0; c < out.length; c++) {
    out[c] = (scale * (coordinates[c * 3] + u * coordinates[c * 3 + 1] + v * coordinates[c * 3 + 2])) / length;
    if (out[c] > highest) highest = out[c];
  }
  let sum = 0;
  for (let c = 0; c < out.length; c++) sum += out[c] = Math.exp(out[c] - highest);
  for (let c = 0; c < out.length; c++) out[c] /= sum;
  return out;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < b.length; k++) sum += a[k] * b[k];
  return sum;
}
