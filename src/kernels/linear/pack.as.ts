// Panels of a matrix product: blocks of both matrices, copied into the order in which a register tile reads them.
// AssemblyScript, not TypeScript.
import {loadSome, storeSome} from "../assembly/vector.as";

/** Rows and columns of a register tile, and so of a panel. */
export const ROWS: i32 = 6;
export const COLUMNS: i32 = 8;

/** Packs a block of a into panels of 6 rows: for each k, 6 floats. With `across`, adds each row's sum over k to `sums` unless that is 0. */
export function packA(to: usize, a: usize, lda: i32, across: bool, from: i32, deep: i32, rows: i32, height: i32, sums: usize): void {
  for (let i = 0; i < height; i += ROWS) {
    const count = min(ROWS, height - i);
    if (across) packAcross6(to, a + (<usize>(from * lda + rows + i) << 2), lda, deep, count, sums ? sums + (<usize>(rows + i) << 2) : 0);
    else packAlong6(to, a + (<usize>((rows + i) * lda + from) << 2), lda, deep, count - 1);
    to += <usize>(ROWS * deep) << 2;
  }
}

/** Packs a block of b into panels of 8 columns: for each k, 8 floats. */
export function packB(to: usize, b: usize, ldb: i32, across: bool, from: i32, deep: i32, columns: i32, width: i32): void {
  for (let j = 0; j < width; j += COLUMNS) {
    const count = min(COLUMNS, width - j);
    if (!across) packAcross8(to, b + (<usize>(from * ldb + columns + j) << 2), ldb, deep, count);
    else packAlong8(to, b + (<usize>((columns + j) * ldb + from) << 2), ldb, deep, count - 1);
    to += <usize>(COLUMNS * deep) << 2;
  }
}

/** Source rows run along the panel: copies 8 floats for each k. */
function packAcross8(to: usize, source: usize, stride: i32, deep: i32, count: i32): void {
  const step = <usize>stride << 2;
  if (count == 8) {
    for (let k = 0; k < deep; k++) {
      v128.store(to, v128.load(source));
      v128.store(to, v128.load(source, 16), 16);
      to += 32;
      source += step;
    }
    return;
  }
  const second = count - 4;
  for (let k = 0; k < deep; k++) {
    v128.store(to, loadSome(source, count));
    v128.store(to, second > 0 ? loadSome(source + 16, second) : f32x4.splat(0), 16);
    to += 32;
    source += step;
  }
}

/** Source rows run along the panel: copies 6 floats for each k, and adds their sums to `sums` unless that is 0. */
function packAcross6(to: usize, source: usize, stride: i32, deep: i32, count: i32, sums: usize): void {
  const step = <usize>stride << 2;
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  if (count == 6) {
    for (let k = 0; k < deep; k++) {
      const x = v128.load(source);
      const y = v128.load64_zero(source, 16);
      low = f32x4.add(low, x);
      high = f32x4.add(high, y);
      v128.store(to, x);
      v128.store_lane<i64>(to, y, 0, 16);
      to += 24;
      source += step;
    }
  } else {
    const second = count - 4;
    for (let k = 0; k < deep; k++) {
      const x = loadSome(source, count);
      const y = second > 0 ? loadSome(source + 16, second) : f32x4.splat(0);
      low = f32x4.add(low, x);
      high = f32x4.add(high, y);
      v128.store(to, x);
      v128.store_lane<i64>(to, y, 0, 16);
      to += 24;
      source += step;
    }
  }
  if (!sums) return;
  storeSome(sums, f32x4.add(loadSome(sums, count), low), count);
  if (count > 4) storeSome(sums + 16, f32x4.add(loadSome(sums + 16, count - 4), high), count - 4);
}

/** Source rows run along k: transposes 8 rows, four k at a time; past row `last` that row again, whose products nobody reads. */
function packAlong8(to: usize, source: usize, stride: i32, deep: i32, last: i32): void {
  const step = <usize>stride << 2;
  const a = source + <usize>min(1, last) * step;
  const b = source + <usize>min(2, last) * step;
  const c = source + <usize>min(3, last) * step;
  const d = source + <usize>min(4, last) * step;
  const e = source + <usize>min(5, last) * step;
  const f = source + <usize>min(6, last) * step;
  const g = source + <usize>min(7, last) * step;
  let k = 0;
  for (; k + 4 <= deep; k += 4) {
    const at = <usize>k << 2;
    transpose4(source + at, a + at, b + at, c + at, to, 32);
    transpose4(d + at, e + at, f + at, g + at, to + 16, 32);
    to += 128;
  }
  for (; k < deep; k++) {
    for (let i = 0; i < 8; i++) store<f32>(to + (<usize>i << 2), load<f32>(source + <usize>min(i, last) * step + (<usize>k << 2)));
    to += 32;
  }
}

/** The same for 6 rows. */
function packAlong6(to: usize, source: usize, stride: i32, deep: i32, last: i32): void {
  const step = <usize>stride << 2;
  const a = source + <usize>min(1, last) * step;
  const b = source + <usize>min(2, last) * step;
  const c = source + <usize>min(3, last) * step;
  const d = source + <usize>min(4, last) * step;
  const e = source + <usize>min(5, last) * step;
  let k = 0;
  for (; k + 4 <= deep; k += 4) {
    const at = <usize>k << 2;
    transpose4(source + at, a + at, b + at, c + at, to, 24);
    const x = v128.load(d + at);
    const y = v128.load(e + at);
    const low = v128.shuffle<f32>(x, y, 0, 4, 1, 5);
    const high = v128.shuffle<f32>(x, y, 2, 6, 3, 7);
    v128.store_lane<i64>(to, low, 0, 16);
    v128.store_lane<i64>(to, low, 1, 40);
    v128.store_lane<i64>(to, high, 0, 64);
    v128.store_lane<i64>(to, high, 1, 88);
    to += 96;
  }
  for (; k < deep; k++) {
    for (let i = 0; i < 6; i++) store<f32>(to + (<usize>i << 2), load<f32>(source + <usize>min(i, last) * step + (<usize>k << 2)));
    to += 24;
  }
}

/** Four floats of four rows each, written as four rows `toStep` bytes apart, each with one float of every row. */
// @ts-ignore: decorator
@inline
function transpose4(rowA: usize, rowB: usize, rowC: usize, rowD: usize, to: usize, toStep: usize): void {
  const a = v128.load(rowA);
  const b = v128.load(rowB);
  const c = v128.load(rowC);
  const d = v128.load(rowD);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to + toStep, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(to + 2 * toStep, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5));
  v128.store(to + 3 * toStep, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7));
}
