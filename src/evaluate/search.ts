/** Exact search for the nearest rows by cosine, over any embeddings. Not an approximate index: every row is looked at. */
import {innerProducts} from "../tensor/products.ts";
import {countRows, normalisedRows, topOf} from "../tensor/rows.ts";

export interface Neighbours {
  /** [queries, k]: rows of the gallery, the nearest first; of equal ones the lower row first. */
  indices: Int32Array;
  /** [queries, k]: their cosines. */
  similarities: Float32Array;
  k: number;
}

export interface SearchIndex {
  /** Rows in the gallery. */
  size: number;
  width: number;
  /** The `k` nearest rows of the gallery for each row of `queries` ([queries, width]). Throws when k exceeds the gallery. */
  search(queries: Float32Array, k: number): Neighbours;
}

/** Prepares [size, width] embeddings for search: normalises a copy once. */
export function createSearchIndex({embeddings, width, blockSize = 64}: {embeddings: Float32Array; width: number; blockSize?: number}): SearchIndex {
  const size = countRows(embeddings, width, "embeddings");
  const gallery = normalisedRows(embeddings, width, "embeddings");
  return {
    size,
    width,
    search(queries, k) {
      if (!Number.isInteger(k) || k < 1) throw new RangeError(`k: expected a whole number of at least 1, got ${k}`);
      if (k > size) throw new RangeError(`k: asked for the ${k} nearest, but the gallery holds ${size} rows`);
      const count = countRows(queries, width, "queries");
      const asked = normalisedRows(queries, width, "queries");
      const found: Neighbours = {indices: new Int32Array(count * k), similarities: new Float32Array(count * k), k};
      const block = new Float32Array(Math.min(blockSize, count) * size);
      for (let first = 0; first < count; first += blockSize) {
        const rows = Math.min(blockSize, count - first);
        innerProducts(asked, first, rows, gallery, 0, size, block);
        for (let r = 0; r < rows; r++) {
          const at = (first + r) * k;
          topOf(block.subarray(r * size, (r + 1) * size), found.indices.subarray(at, at + k), found.similarities.subarray(at, at + k));
        }
      }
      return found;
    }
  };
}
