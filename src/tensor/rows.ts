/** What every measure on embeddings shares: rows counted, checked and scaled to length 1, the largest found. Not the measures. */
import type {Rows} from "./products.ts";

/** The number of rows in `values`, which hold `width` numbers each; throws, naming the argument, where they do not. */
export function countRows(values: Float32Array, width: number, name: string): number {
  if (!Number.isInteger(width) || width < 1) throw new RangeError(`width: expected a whole number of at least 1, got ${width}`);
  if (values.length % width !== 0) {
    throw new RangeError(`${name}: expected rows of ${width} numbers, got ${values.length} numbers, which is no whole number of rows`);
  }
  return values.length / width;
}

/** The rows scaled to length 1, as a copy; throws, naming argument and row, where one has no direction. */
export function normalisedRows(values: Float32Array, width: number, name: string): Rows {
  const count = countRows(values, width, name);
  const out = new Float32Array(values.length);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let k = i * width; k < (i + 1) * width; k++) sum += values[k] * values[k];
    if (!(sum > 0 && sum < Infinity)) {
      throw new RangeError(`${name}: row ${i} ${sum === 0 ? "has length 0" : "holds a number that is not finite"}, so it has no direction to compare`);
    }
    const scale = 1 / Math.sqrt(sum);
    for (let k = i * width; k < (i + 1) * width; k++) out[k] = values[k] * scale;
  }
  return {values: out, width};
}

/**
 * Writes the places and values of the largest `indices.length` of `values`, in falling order; of equal values the earlier
 * place comes first. A list kept in order beats a heap here: after the first rows almost no value enters it.
 */
export function topOf(values: ArrayLike<number>, indices: Int32Array, top: Float32Array | Float64Array): void {
  const k = indices.length;
  let kept = 0;
  let least = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (kept === k && !(value > least)) continue;
    let place = kept < k ? kept++ : k - 1;
    while (place > 0 && top[place - 1] < value) {
      top[place] = top[place - 1];
      indices[place] = indices[place - 1];
      place--;
    }
    top[place] = value;
    indices[place] = i;
    if (kept === k) least = top[k - 1];
  }
}
