// The linear layer's jobs: a product with its epilogue, and the pass that turns dy into the gradient before an
// activation. AssemblyScript, not TypeScript.
import {part, partBegin, parts, scratch} from "../assembly/threads.as";
import {loadSome, madd, storeSome} from "../assembly/vector.as";
import {Epilogue, gemm} from "./gemm.as";

/** Arguments, 32-bit words: m, n, k, a, lda, aAcross, b, ldb, bAcross, c, ldc, then the epilogue's seven. */
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
    m0 = min(m, partBegin(tiles, part, parts) * 6);
    m1 = min(m, partBegin(tiles, part + 1, parts) * 6);
  } else {
    const tiles = (n + 7) / 8;
    n0 = min(n, partBegin(tiles, part, parts) * 8);
    n1 = min(n, partBegin(tiles, part + 1, parts) * 8);
  }
  if (m0 >= m1 || n0 >= n1) return;
  gemm(m0, m1, n0, n1, load<i32>(args, 8), load<usize>(args, 12), load<i32>(args, 16), load<i32>(args, 20) != 0, load<usize>(args, 24), load<i32>(args, 28), load<i32>(args, 32) != 0, load<usize>(args, 36), load<i32>(args, 40), scratch, epilogue);
}

/** dz = dy * slope. Arguments: count, dy, slope, dz. */
export function beforeActivation(args: usize): void {
  const count = load<i32>(args);
  const groups = (count + 3) / 4;
  const end = partBegin(groups, part + 1, parts) * 4;
  for (let i = partBegin(groups, part, parts) * 4; i < end; i += 4) {
    const at = <usize>i << 2;
    const some = min(4, count - i);
    storeSome(load<usize>(args, 12) + at, f32x4.mul(loadSome(load<usize>(args, 4) + at, some), loadSome(load<usize>(args, 8) + at, some)), some);
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
