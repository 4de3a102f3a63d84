// Matrix product of one thread: packed panels, 6 x 8 register tiles (Goto and van de Geijn 2008), and what follows it
// (bias, activation, residual) while the tile is in the nearest cache. AssemblyScript, not TypeScript.
import {activate4, activateWithSlope4, loadSome, slopeOf, madd, storeSome, NONE} from "../assembly/vector.as";
import {COLUMNS, packA, packB, ROWS} from "./pack.as";

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
  /** Multiplies the result, with c's layout: the derivative of an activation that came before. */
  factor: usize;
  /** Where the sums of a's rows go, [m], with aAcross only: the gradient of a bias. */
  sums: usize;
}

/** Bytes of an Epilogue. */
export const EPILOGUE_BYTES: usize = 28;

/**
 * Rows [m0, m1) and columns [n0, n1) of c = a b. a is [m, k] with rows of lda floats, or with aAcross [k, m]; b is
 * [k, n] with rows of ldb floats, or with bAcross [n, k]; c is [m, n] with rows of ldc floats.
 */
export function gemm(m0: i32, m1: i32, n0: i32, n1: i32, k: i32, a: usize, lda: i32, aAcross: bool, b: usize, ldb: i32, bAcross: bool, c: usize, ldc: i32, scratch: usize, epilogue: Epilogue): void {
  const packedA = scratch;
  const packedB = packedA + (<usize>(BLOCK_ROWS * DEPTH) << 2);
  const tile = packedB + (<usize>(BLOCK_COLUMNS * DEPTH) << 2);
  const sums = n0 == 0 ? epilogue.sums : 0;
  if (sums) memory.fill(sums + (<usize>m0 << 2), 0, <usize>(m1 - m0) << 2);
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
        packA(packedA, a, lda, aAcross, from, deep, rows, height, columns == n0 ? sums : 0);
        block(packedA, packedB, deep, rows, height, columns, width, c, ldc, tile, epilogue, slice > 0, slice == slices - 1);
      }
    }
  }
}

/** All tiles of one packed block. */
function block(packedA: usize, packedB: usize, deep: i32, rows: i32, height: i32, columns: i32, width: i32, c: usize, ldc: i32, tile: usize, epilogue: Epilogue, started: bool, last: bool): void {
  const plain = !epilogue.bias && !epilogue.slope && !epilogue.residual && !epilogue.factor && epilogue.activation == NONE;
  const add = started || epilogue.accumulate != 0;
  for (let j = 0; j < width; j += COLUMNS) {
    const panelB = packedB + (<usize>(j * deep) << 2);
    for (let i = 0; i < height; i += ROWS) {
      const panelA = packedA + (<usize>(i * deep) << 2);
      const at = c + (<usize>((rows + i) * ldc + columns + j) << 2);
      const whole = i + ROWS <= height && j + COLUMNS <= width;
      if (whole && (plain || !last)) {
        multiply(panelA, panelB, deep, at, <usize>ldc << 2, add);
      } else {
        multiply(panelA, panelB, deep, tile, 32, false);
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
        if (epilogue.factor) x = f32x4.mul(x, loadSome(epilogue.factor + at, count));
        if (epilogue.residual) x = f32x4.add(x, loadSome(epilogue.residual + at, count));
      }
      storeSome(c + at, x, count);
    }
  }
}

/** One 6 x 8 tile from two panels, written with rows of ldc bytes, or with `add` added to what is there. */
function multiply(a: usize, b: usize, deep: i32, c: usize, ldc: usize, add: bool): void {
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
  storeRow(c, c00, c01, add);
  storeRow(c + ldc, c10, c11, add);
  storeRow(c + 2 * ldc, c20, c21, add);
  storeRow(c + 3 * ldc, c30, c31, add);
  storeRow(c + 4 * ldc, c40, c41, add);
  storeRow(c + 5 * ldc, c50, c51, add);
}

// @ts-ignore: decorator
@inline
function storeRow(at: usize, left: v128, right: v128, add: bool): void {
  v128.store(at, add ? f32x4.add(v128.load(at), left) : left);
  v128.store(at, add ? f32x4.add(v128.load(at, 16), right) : right, 16);
}
