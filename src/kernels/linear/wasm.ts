// The linear layer's jobs: a product with its epilogue, and the pass that turns dy into the gradient before the
// activation and sums it for the bias. AssemblyScript, not TypeScript.
import {partBegin, scratch, threadCount, threadIndex} from "../assembly/threads.as";
import {loadSome, madd, storeSome} from "../assembly/vector.as";
import {Epilogue, gemm} from "./gemm.as";

/** Arguments, 32-bit words: m, n, k, a, lda, aAcross, b, ldb, bAcross, c, ldc, then the epilogue's five. */
export function product(args: usize): void {
  const m = load<i32>(args);
  const n = load<i32>(args, 4);
  const epilogue = changetype<Epilogue>(args + 44);
  let m0 = 0;
  let m1 = m;
  let n0 = 0;
  let n1 = n;
  // The longer side is divided, in whole tiles.
  if (m >= n) {
    const tiles = (m + 5) / 6;
    m0 = min(m, partBegin(tiles, threadIndex, threadCount) * 6);
    m1 = min(m, partBegin(tiles, threadIndex + 1, threadCount) * 6);
  } else {
    const tiles = (n + 7) / 8;
    n0 = min(n, partBegin(tiles, threadIndex, threadCount) * 8);
    n1 = min(n, partBegin(tiles, threadIndex + 1, threadCount) * 8);
  }
  if (m0 >= m1 || n0 >= n1) return;
  gemm(m0, m1, n0, n1, load<i32>(args, 8), load<usize>(args, 12), load<i32>(args, 16), load<i32>(args, 20) != 0, load<usize>(args, 24), load<i32>(args, 28), load<i32>(args, 32) != 0, load<usize>(args, 36), load<i32>(args, 40), scratch, epilogue);
}

/** dz = dy * slope, and its sum over rows. Arguments: rows, width, dy, slope, dz, sum; without a slope (0) dz is dy itself and not written. */
export function beforeActivation(args: usize): void {
  const rows = load<i32>(args);
  const width = load<i32>(args, 4);
  const dy = load<usize>(args, 8);
  const slope = load<usize>(args, 12);
  const dz = load<usize>(args, 16);
  const sum = load<usize>(args, 20);
  const groups = (width + 3) / 4;
  const from = partBegin(groups, threadIndex, threadCount) * 4;
  const to = min(width, partBegin(groups, threadIndex + 1, threadCount) * 4);
  if (from >= to) return;
  memory.fill(sum + (<usize>from << 2), 0, <usize>(to - from) << 2);
  for (let i = 0; i < rows; i++) {
    const row = <usize>(i * width) << 2;
    let j = from;
    for (; j + 4 <= to; j += 4) {
      const column = <usize>j << 2;
      let x = v128.load(dy + row + column);
      if (slope) {
        x = f32x4.mul(x, v128.load(slope + row + column));
        v128.store(dz + row + column, x);
      }
      v128.store(sum + column, f32x4.add(x, v128.load(sum + column)));
    }
    if (j < to) {
      const column = <usize>j << 2;
      let x = loadSome(dy + row + column, to - j);
      if (slope) {
        x = f32x4.mul(x, loadSome(slope + row + column, to - j));
        storeSome(dz + row + column, x, to - j);
      }
      storeSome(sum + column, f32x4.add(x, loadSome(sum + column, to - j)), to - j);
    }
  }
}

/** Ten independent multiply-adds of four floats a round and nothing else: what one core can do at most. Arguments: rounds, an address for the sum. */
export function peak(args: usize): void {
  const rounds = load<i32>(args);
  const x = f32x4.splat(1.0000001);
  const y = f32x4.splat(0.9999);
  let a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x;
  for (let round = 0; round < rounds; round++) {
    a = madd(x, y, a);
    b = madd(x, y, b);
    c = madd(x, y, c);
    d = madd(x, y, d);
    e = madd(x, y, e);
    f = madd(x, y, f);
    g = madd(x, y, g);
    h = madd(x, y, h);
    i = madd(x, y, i);
    j = madd(x, y, j);
  }
  const sum = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(f32x4.add(e, f), f32x4.add(f32x4.add(g, h), f32x4.add(i, j))));
  v128.store(load<usize>(args, 4), sum);
}
