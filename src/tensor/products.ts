/**
 * Inner products of many rows with many rows, on plain typed arrays: what retrieval, neighbours and probes are made of.
 * Not a tensor operation: no backend, no gradient, and it answers at once in any thread.
 *
 * Every product is summed in one order, in float32, wherever it stands in a block and whether WebAssembly or plain code
 * sums it: blocks of any size give the same bits, so ties are ties.
 */
import {productsWasm} from "./products-wasm.ts";

/** Rows of equal width in one array, row-major. */
export interface Rows {
  values: Float32Array;
  width: number;
}

/**
 * Writes the products of `rowCount` rows of `a` from `firstRow` on with `columnCount` rows of `b` from `firstColumn` on
 * to `out` ([rowCount, columnCount], row-major; made when absent) and returns it.
 */
export function innerProducts(
  a: Rows,
  firstRow: number,
  rowCount: number,
  b: Rows,
  firstColumn: number,
  columnCount: number,
  out: Float32Array = new Float32Array(rowCount * columnCount)
): Float32Array {
  if (a.width !== b.width) throw new RangeError(`innerProducts expected rows of equal width; a has ${a.width}, b has ${b.width}`);
  wasm ??= instantiate();
  if (wasm) inPanels(wasm, a, firstRow, rowCount, b, firstColumn, columnCount, out);
  else {
    for (let r = 0; r < rowCount; r++) {
      for (let c = 0; c < columnCount; c++) out[r * columnCount + c] = innerProduct(a, firstRow + r, b, firstColumn + c);
    }
  }
  return out;
}

/** The product of one row with one row: bit for bit what `innerProducts` writes for that pair. */
export function innerProduct(a: Rows, row: number, b: Rows, column: number): number {
  const {values: x, width} = a;
  const y = b.values;
  const {fround} = Math;
  const p = row * width;
  const q = column * width;
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  let k = 0;
  for (; k + 3 < width; k += 4) {
    s0 = fround(s0 + fround(x[p + k] * y[q + k]));
    s1 = fround(s1 + fround(x[p + k + 1] * y[q + k + 1]));
    s2 = fround(s2 + fround(x[p + k + 2] * y[q + k + 2]));
    s3 = fround(s3 + fround(x[p + k + 3] * y[q + k + 3]));
  }
  if (k < width) s0 = fround(s0 + fround(x[p + k] * y[q + k]));
  if (k + 1 < width) s1 = fround(s1 + fround(x[p + k + 1] * y[q + k + 1]));
  if (k + 2 < width) s2 = fround(s2 + fround(x[p + k + 2] * y[q + k + 2]));
  return fround(fround(s0 + s1) + fround(s2 + s3));
}

interface ProductsModule {
  memory: WebAssembly.Memory;
  products(a: number, rows: number, b: number, columns: number, width: number, out: number): void;
}

/** Undefined before the first use; null where there is no WebAssembly SIMD. */
let wasm: ProductsModule | null | undefined;

function instantiate(): ProductsModule | null {
  try {
    const bytes = Uint8Array.from(atob(productsWasm), (c) => c.charCodeAt(0));
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as ProductsModule;
  } catch {
    return null;
  }
}

const panelRows = 64;
const panelBytes = 1 << 20;

/** Walks over panels that fit the processor's caches; each is copied into the module's memory, padded with zeros. */
function inPanels(
  {memory, products}: ProductsModule,
  a: Rows,
  firstRow: number,
  rowCount: number,
  b: Rows,
  firstColumn: number,
  columnCount: number,
  out: Float32Array
): void {
  const width = Math.ceil(a.width / 4) * 4;
  const columnsAPanel = Math.max(2, Math.floor(panelBytes / (4 * width) / 2) * 2);
  const bAt = 0;
  const aAt = bAt + columnsAPanel * width;
  const outAt = aAt + panelRows * width;
  const bytes = 4 * (outAt + panelRows * columnsAPanel);
  if (memory.buffer.byteLength < bytes) memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / 65536));
  const heap = new Float32Array(memory.buffer);
  for (let c = 0; c < columnCount; c += columnsAPanel) {
    const columns = Math.min(columnsAPanel, columnCount - c);
    const paddedColumns = columns + (columns % 2);
    copyRows(b, firstColumn + c, columns, heap, bAt, width);
    for (let r = 0; r < rowCount; r += panelRows) {
      const rows = Math.min(panelRows, rowCount - r);
      copyRows(a, firstRow + r, rows, heap, aAt, width);
      products(4 * aAt, Math.ceil(rows / 4) * 4, 4 * bAt, paddedColumns, width, 4 * outAt);
      for (let i = 0; i < rows; i++) {
        const from = outAt + i * paddedColumns;
        out.set(heap.subarray(from, from + columns), (r + i) * columnCount + c);
      }
    }
  }
}

function copyRows({values, width}: Rows, first: number, count: number, heap: Float32Array, at: number, paddedWidth: number): void {
  if (width === paddedWidth) heap.set(values.subarray(first * width, (first + count) * width), at);
  else {
    for (let i = 0; i < count; i++) {
      heap.set(values.subarray((first + i) * width, (first + i + 1) * width), at + i * paddedWidth);
      heap.fill(0, at + i * paddedWidth + width, at + (i + 1) * paddedWidth);
    }
  }
}
