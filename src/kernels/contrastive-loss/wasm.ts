// The contrastive loss's jobs, in blocks of rows of the logits, which are never all there at once. Each job works on
// one side's rows; it is run once with the images' rows and once with the captions'. AssemblyScript, not TypeScript.
import {part, partBegin, parts, scratch, threadIndex} from "../assembly/threads.as";
import {exp4, logarithm, madd, max4, sum4} from "../assembly/vector.as";
import {Epilogue, EPILOGUE_BYTES, gemm, GEMM_SCRATCH} from "../linear/gemm.as";

/** Rows of a block. */
const BLOCK: i32 = 96;

/** The argument words of both jobs. */
@unmanaged
class Call {
  n: i32;
  d: i32;
  /** Whose rows: [n, d]; and the other side: [n, d]. */
  a: usize;
  b: usize;
  /** The log scale. */
  t: usize;
  /** Per thread a block of BLOCK rows of n, rounded up to four. */
  work: usize;
  /** Log sums of the rows of a b^T, written by the first job; of its columns. */
  rowSums: usize;
  columnSums: usize;
  /** [n]: the logits of the true pairs. */
  truths: usize;
  /** The loss's gradient: one number. */
  dy: usize;
  da: usize;
  /** [parts]: each part's share of the log scale's gradient; 0 where it is not wanted. */
  dt: usize;
}

function exponential(address: usize): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(load<f32>(address))), 0);
}

function logits(call: Call, from: i32, rows: i32, block: usize, columns: i32): void {
  const at = scratch + GEMM_SCRATCH;
  memory.fill(at, 0, EPILOGUE_BYTES);
  gemm(0, rows, 0, call.n, call.d, call.a + (<usize>(from * call.d) << 2), call.d, false, call.b, call.d, true, block, columns, scratch, changetype<Epilogue>(at));
}

/** Writes rowSums and truths. */
export function lossRows(args: usize): void {
  const call = changetype<Call>(args);
  const scale = exponential(call.t);
  const columns = (call.n + 3) & ~3;
  const block = call.work + <usize>threadIndex * (<usize>(BLOCK * columns) << 2);
  const end = partBegin(call.n, part + 1, parts);
  for (let from = partBegin(call.n, part, parts); from < end; from += BLOCK) {
    const rows = min(BLOCK, end - from);
    logits(call, from, rows, block, columns);
    for (let i = 0; i < rows; i++) {
      const row = block + (<usize>(i * columns) << 2);
      store<f32>(call.truths + (<usize>(from + i) << 2), load<f32>(row + (<usize>(from + i) << 2)) * scale);
      store<f32>(call.rowSums + (<usize>(from + i) << 2), logSum(row, call.n, columns, scale));
    }
  }
}

function logSum(row: usize, n: i32, columns: i32, scale: f32): f32 {
  for (let j = n; j < columns; j++) store<f32>(row + (<usize>j << 2), -1e30);
  let tops = f32x4.splat(-1e30);
  for (let j = 0; j < columns; j += 4) tops = f32x4.max(tops, v128.load(row + (<usize>j << 2)));
  const top = max4(tops) * scale;
  let sums = f32x4.splat(0);
  for (let j = 0; j < columns; j += 4) sums = f32x4.add(sums, exp4(madd(v128.load(row + (<usize>j << 2)), f32x4.splat(scale), f32x4.splat(-top))));
  return top + logarithm(sum4(sums));
}

/** Writes da = dy scale (row shares + column shares - 2 on the diagonal) / 2n b, and the part's share of dt. */
export function lossGradient(args: usize): void {
  const call = changetype<Call>(args);
  const scale = exponential(call.t);
  const columns = (call.n + 3) & ~3;
  const block = call.work + <usize>threadIndex * (<usize>(BLOCK * columns) << 2);
  const weight: f32 = load<f32>(call.dy) * 0.5 / <f32>call.n;
  const end = partBegin(call.n, part + 1, parts);
  let turn: f32 = 0;
  for (let from = partBegin(call.n, part, parts); from < end; from += BLOCK) {
    const rows = min(BLOCK, end - from);
    logits(call, from, rows, block, columns);
    for (let i = 0; i < rows; i++) turn += rowGradient(call, block + (<usize>(i * columns) << 2), from + i, columns, scale, weight);
    const at = scratch + GEMM_SCRATCH;
    gemm(0, rows, 0, call.d, call.n, block, columns, false, call.b, call.d, false, call.da + (<usize>(from * call.d) << 2), call.d, scratch, changetype<Epilogue>(at));
  }
  if (call.dt) store<f32>(call.dt + (<usize>part << 2), turn);
}

/** In place: a row of cosines to the loss's gradient by them; gives the row's share of dt. */
function rowGradient(call: Call, row: usize, own: i32, columns: i32, scale: f32, weight: f32): f32 {
  for (let j = call.n; j < columns; j++) store<f32>(row + (<usize>j << 2), 0);
  const factor = f32x4.splat(scale);
  const rowShift = f32x4.splat(-load<f32>(call.rowSums + (<usize>own << 2)));
  const cosine = load<f32>(row + (<usize>own << 2));
  let turns = f32x4.splat(0);
  let j = 0;
  for (; j + 4 <= call.n; j += 4) {
    const at = <usize>j << 2;
    const x = v128.load(row + at);
    const logit = f32x4.mul(x, factor);
    const shares = f32x4.add(exp4(f32x4.add(logit, rowShift)), exp4(f32x4.sub(logit, v128.load(call.columnSums + at))));
    const g = f32x4.mul(shares, f32x4.splat(weight * scale));
    turns = madd(g, x, turns);
    v128.store(row + at, g);
  }
  let turn = sum4(turns);
  for (; j < call.n; j++) {
    const at = <usize>j << 2;
    const x = load<f32>(row + at);
    const logit = f32x4.splat(x * scale);
    const shares = f32x4.add(exp4(f32x4.add(logit, rowShift)), exp4(f32x4.sub(logit, v128.load32_splat(call.columnSums + at))));
    const g = f32x4.extract_lane(shares, 0) * weight * scale;
    turn += g * x;
    store<f32>(row + at, g);
  }
  const ownAt = row + (<usize>own << 2);
  store<f32>(ownAt, load<f32>(ownAt) - 2 * weight * scale);
  return turn - 2 * weight * scale * cosine;
}
