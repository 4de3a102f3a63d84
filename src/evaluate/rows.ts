/** Checks and preparations that every measure on embeddings shares: shapes, finite numbers, length 1. Not the measures. */
import type {Rows} from "../tensor/products.ts";

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
