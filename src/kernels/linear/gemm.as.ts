// Matrix product of one thread: packed panels, 6 x 8 register tiles (Goto and van de Geijn 2008), and what follows it
// (bias, activation, residual) while the tile is in the nearest cache. AssemblyScript, not TypeScript.
import {activate4, activateWithSlope4, loadSome, slopeOf, madd, storeSome, NONE} from "../assembly/vector.as";

const ROWS: i32 = 6;
const COLUMNS: i32 = 8;
/** Depth of a packed block: an 8-column panel of it fills half of a 32 KiB cache. */
const DEPTH: i32 = 384;
/** Rows of a packed block: 144 KiB with DEPTH. */
const BLOCK_ROWS: i32 = 96;
/** Columns of a packed block: 768 KiB with DEPTH. */
const BLOCK_COLUMNS: i32 = 512;

/** Bytes of scratch that one thread's product needs: two packed blocks and a tile. */
export const GEMM_SCRATCH: usize = (<usize>(BLOCK_ROWS * DEPTH) + <usize>(BLOCK_COLUMNS * DEPTH) + 64) << 2;

/** What follows the product; addresses are 0 where there is nothing. */
@unmanaged
export class Epilogue {
  bias: usize;
  /** Where the activation's derivative is kept for the gradient, with c's layout. */
  slope: usize;
  /** Added after the activation, with c's layout. */
  residual: usize;
  activation: i32;
  /** Whether c's old content is added. */
  accumulate: i32;
}

/** Bytes of an Epilogue. */
export const EPILOGUE_BYTES: usize = 20;

/**
 * Rows [m0, m1) and columns [n0, n1) of c = a b. a is [m, k] with rows of lda floats, or with aAcross [k, m]; b is
 * [k, n] with rows of ldb floats, or with bAcross [n, k]; c is [m, n] with rows of ldc floats.
 */
export function gemm(m0: i32, m1: i32, n0: i32, n1: i32, k: i32, a: usize, lda: i32, aAcross: bool, b: usize, ldb: i32, bAcross: bool, c: usize, ldc: i32, scratch: usize, epilogue: Epilogue): void {
  const packedA = scratch;
  const packedB = packedA + (<usize>(BLOCK_ROWS * DEPTH) << 2);
  const tile = packedB + (<usize>(BLOCK_COLUMNS * DEPTH) << 2);
  const slices = max((k + DEPTH - 1) / DEPTH, 1);
  const depth = (k + slices - 1) / slices;
  for (let columns = n0; columns < n1; columns += BLOCK_COLUMNS) {
    const width = min(BLOCK_COLUMNS, n1 - columns);
    for (let slice = 0; slice < slices; slice++) {
      const from = slice * depth;
      const deep = min(depth, k - from);
      packB(packedB, b, ldb, bAcross, from, deep, columns, width);
      for (let rows = m0; rows < m1; rows += BLOCK_ROWS) {
        const height = min(BLOCK_ROWS, m1 - rows);
        packA(packedA, a, lda, aAcross, from, deep, rows, height);
        block(packedA, packedB, deep, rows, height, columns, width, c, ldc, tile, epilogue, slice > 0, slice == slices - 1);
      }
    }
  }
}

/** All tiles of one packed block. */
function block(packedA: usize, packedB: usize, deep: i32, rows: i32, height: i32, columns: i32, width: i32, c: usize, ldc: i32, tile: usize, epilogue: Epilogue, started: bool, last: bool): void {
  const plain = !epilogue.bias && !epilogue.slope && !epilogue.residual && epilogue.activation == NONE;
  const add = started || epilogue.accumulate != 0;
  for (let j = 0; j < width; j += COLUMNS) {
    const panelB = packedB + (<usize>(j * deep) << 2);
    for (let i = 0; i < height; i += ROWS) {
      const panelA = packedA + (<usize>(i * deep) << 2);
      const at = c + (<usize>((rows + i) * ldc + columns + j) << 2);
      const whole = i + ROWS <= height && j + COLUMNS <= width;
      if (whole && (plain || !last)) {
        if (add) multiplyAdd(panelA, panelB, deep, at, <usize>ldc << 2);
        else multiply(panelA, panelB, deep, at, <usize>ldc << 2);
      } else {
        multiply(panelA, panelB, deep, tile, 32);
        finish(tile, c, rows + i, columns + j, ldc, min(ROWS, height - i), min(COLUMNS, width - j), epilogue, add, last);
      }
    }
  }
}

/** Writes the valid part of a tile to c, with the epilogue when the sum is complete. */
function finish(tile: usize, c: usize, row: i32, column: i32, ldc: i32, height: i32, width: i32, epilogue: Epilogue, add: bool, last: bool): void {
  for (let j = 0; j < width; j += 4) {
    const count = min(4, width - j);
    const bias = last && epilogue.bias ? loadSome(epilogue.bias + (<usize>(column + j) << 2), count) : f32x4.splat(0);
    for (let i = 0; i < height; i++) {
      const at = <usize>((row + i) * ldc + column + j) << 2;
      let x = v128.load(tile + (<usize>(i * COLUMNS + j) << 2));
      if (add) x = f32x4.add(x, loadSome(c + at, count));
      if (last) {
        x = f32x4.add(x, bias);
        if (epilogue.slope) {
          x = activateWithSlope4(x, epilogue.activation);
          storeSome(epilogue.slope + at, slopeOf, count);
        } else if (epilogue.activation != NONE) x = activate4(x, epilogue.activation);
        if (epilogue.residual) x = f32x4.add(x, loadSome(epilogue.residual + at, count));
      }
      storeSome(c + at, x, count);
    }
  }
}

/** Packs a block of a into panels of 6 rows: for each k, 6 floats. */
function packA(to: usize, a: usize, lda: i32, across: bool, from: i32, deep: i32, rows: i32, height: i32): void {
  for (let i = 0; i < height; i += ROWS) {
    const count = min(ROWS, height - i);
    if (across) packAcross6(to, a + (<usize>(from * lda + rows + i) << 2), lda, deep, count);
    else if (count == ROWS) packAlong6(to, a + (<usize>((rows + i) * lda + from) << 2), lda, deep);
    else packAlongSome(to, a + (<usize>((rows + i) * lda + from) << 2), lda, deep, count, ROWS);
    to += <usize>(ROWS * deep) << 2;
  }
}

/** Packs a block of b into panels of 8 columns: for each k, 8 floats. */
function packB(to: usize, b: usize, ldb: i32, across: bool, from: i32, deep: i32, columns: i32, width: i32): void {
  for (let j = 0; j < width; j += COLUMNS) {
    const count = min(COLUMNS, width - j);
    if (!across) packAcross8(to, b + (<usize>(from * ldb + columns + j) << 2), ldb, deep, count);
    else if (count == COLUMNS) packAlong8(to, b + (<usize>((columns + j) * ldb + from) << 2), ldb, deep);
    else packAlongSome(to, b + (<usize>((columns + j) * ldb + from) << 2), ldb, deep, count, COLUMNS);
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

/** Source rows run along the panel: copies 6 floats for each k. */
function packAcross6(to: usize, source: usize, stride: i32, deep: i32, count: i32): void {
  const step = <usize>stride << 2;
  if (count == 6) {
    for (let k = 0; k < deep; k++) {
      v128.store(to, v128.load(source));
      store<i64>(to, load<i64>(source, 16), 16);
      to += 24;
      source += step;
    }
    return;
  }
  for (let k = 0; k < deep; k++) {
    for (let i = 0; i < 6; i++) store<f32>(to + (<usize>i << 2), i < count ? load<f32>(source + (<usize>i << 2)) : 0);
    to += 24;
    source += step;
  }
}

/** Source rows run along k, fewer of them than the panel is wide: one float at a time, zeros beyond. */
function packAlongSome(to: usize, source: usize, stride: i32, deep: i32, count: i32, wide: i32): void {
  for (let i = 0; i < wide; i++) {
    let at = to + (<usize>i << 2);
    const row = source + (<usize>(i * stride) << 2);
    for (let k = 0; k < deep; k++) {
      store<f32>(at, i < count ? load<f32>(row + (<usize>k << 2)) : 0);
      at += <usize>wide << 2;
    }
  }
}

/** Source rows run along k: transposes 8 rows, four k at a time. */
function packAlong8(to: usize, source: usize, stride: i32, deep: i32): void {
  const step = <usize>stride << 2;
  const lower = source + 4 * step;
  let k = 0;
  for (; k + 4 <= deep; k += 4) {
    const at = <usize>k << 2;
    transpose4(source + at, step, to, 32);
    transpose4(lower + at, step, to + 16, 32);
    to += 128;
  }
  for (; k < deep; k++) {
    for (let i = 0; i < 8; i++) store<f32>(to + (<usize>i << 2), load<f32>(source + <usize>i * step + (<usize>k << 2)));
    to += 32;
  }
}

/** Source rows run along k: transposes 6 rows, four k at a time. */
function packAlong6(to: usize, source: usize, stride: i32, deep: i32): void {
  const step = <usize>stride << 2;
  const lower = source + 4 * step;
  let k = 0;
  for (; k + 4 <= deep; k += 4) {
    const at = <usize>k << 2;
    transpose4(source + at, step, to, 24);
    const e = v128.load(lower + at);
    const f = v128.load(lower + step + at);
    const low = v128.shuffle<f32>(e, f, 0, 4, 1, 5);
    const high = v128.shuffle<f32>(e, f, 2, 6, 3, 7);
    v128.store_lane<i64>(to, low, 0, 16);
    v128.store_lane<i64>(to, low, 1, 40);
    v128.store_lane<i64>(to, high, 0, 64);
    v128.store_lane<i64>(to, high, 1, 88);
    to += 96;
  }
  for (; k < deep; k++) {
    for (let i = 0; i < 6; i++) store<f32>(to + (<usize>i << 2), load<f32>(source + <usize>i * step + (<usize>k << 2)));
    to += 24;
  }
}

// @ts-ignore: decorator
@inline
function transpose4(source: usize, step: usize, to: usize, toStep: usize): void {
  const a = v128.load(source);
  const b = v128.load(source + step);
  const c = v128.load(source + 2 * step);
  const d = v128.load(source + 3 * step);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to + toStep, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(to + 2 * toStep, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5));
  v128.store(to + 3 * toStep, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7));
}

/** One 6 x 8 tile from two panels, written with rows of ldc bytes. */
function multiply(a: usize, b: usize, deep: i32, c: usize, ldc: usize): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  const end = a + <usize>deep * 24;
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a, 0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load_splat<f32>(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load_splat<f32>(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load_splat<f32>(a, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    x = v128.load_splat<f32>(a, 16);
    c40 = madd(x, b0, c40);
    c41 = madd(x, b1, c41);
    x = v128.load_splat<f32>(a, 20);
    c50 = madd(x, b0, c50);
    c51 = madd(x, b1, c51);
    a += 24;
    b += 32;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += ldc;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += ldc;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += ldc;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += ldc;
  v128.store(c, c40);
  v128.store(c, c41, 16);
  c += ldc;
  v128.store(c, c50);
  v128.store(c, c51, 16);
}

/** The same, added to what c holds. */
function multiplyAdd(a: usize, b: usize, deep: i32, c: usize, ldc: usize): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  const end = a + <usize>deep * 24;
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a, 0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load_splat<f32>(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load_splat<f32>(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load_splat<f32>(a, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    x = v128.load_splat<f32>(a, 16);
    c40 = madd(x, b0, c40);
    c41 = madd(x, b1, c41);
    x = v128.load_splat<f32>(a, 20);
    c50 = madd(x, b0, c50);
    c51 = madd(x, b1, c51);
    a += 24;
    b += 32;
  }
  v128.store(c, f32x4.add(v128.load(c), c00));
  v128.store(c, f32x4.add(v128.load(c, 16), c01), 16);
  c += ldc;
  v128.store(c, f32x4.add(v128.load(c), c10));
  v128.store(c, f32x4.add(v128.load(c, 16), c11), 16);
  c += ldc;
  v128.store(c, f32x4.add(v128.load(c), c20));
  v128.store(c, f32x4.add(v128.load(c, 16), c21), 16);
  c += ldc;
  v128.store(c, f32x4.add(v128.load(c), c30));
  v128.store(c, f32x4.add(v128.load(c, 16), c31), 16);
  c += ldc;
  v128.store(c, f32x4.add(v128.load(c), c40));
  v128.store(c, f32x4.add(v128.load(c, 16), c41), 16);
  c += ldc;
  v128.store(c, f32x4.add(v128.load(c), c50));
  v128.store(c, f32x4.add(v128.load(c, 16), c51), 16);
}
