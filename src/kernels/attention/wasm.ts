// Attention's jobs, one example and head at a time, in blocks of query rows: no score matrix is kept between them.
// The gradient makes the probabilities again from the rows' log sums (Dao et al. 2022). AssemblyScript, not TypeScript.
import {part, partBegin, parts, scratch, threadIndex} from "../assembly/threads.as";
import {exp4, logarithm, madd, max4, sum4} from "../assembly/vector.as";
import {Epilogue, EPILOGUE_BYTES, gemm, GEMM_SCRATCH} from "../linear/gemm.as";

/** Query rows of a block. */
const BLOCK: i32 = 96;

/** The argument words of both jobs. */
@unmanaged
class Call {
  n: i32;
  heads: i32;
  tq: i32;
  tk: i32;
  /** Width of a head. */
  d: i32;
  q: usize;
  k: usize;
  v: usize;
  /** Floats from one token to the next in q and dq, and in k, v, dk and dv. */
  qStride: i32;
  kStride: i32;
  /** [n, tq, heads * d] */
  y: usize;
  /** [n, heads, tq], the rows' log sums; 0 where no gradient will be taken. */
  logSums: usize;
  causal: i32;
  /** Scratch: per thread two blocks of BLOCK rows of tk, rounded up to four. */
  work: usize;
  dy: usize;
  dq: usize;
  dk: usize;
  dv: usize;
  /** [n], which token of q is the only query of each example (tq is 1); 0 where all are. */
  rows: usize;
}

/** The first query of an example: where it lies in q, and which keys it may see. */
// @ts-ignore: decorator
@inline
function firstRow(call: Call, example: i32): i32 {
  return call.rows ? load<i32>(call.rows + (<usize>example << 2)) : 0;
}

/** Floats from the first example's q to this one's. */
// @ts-ignore: decorator
@inline
function queriesAt(call: Call, example: i32): i32 {
  return (example * (call.rows ? call.tk : call.tq) + firstRow(call, example)) * call.qStride;
}

function epilogueOf(accumulate: bool): Epilogue {
  const at = scratch + GEMM_SCRATCH + (accumulate ? EPILOGUE_BYTES : 0);
  memory.fill(at, 0, EPILOGUE_BYTES);
  const epilogue = changetype<Epilogue>(at);
  epilogue.accumulate = accumulate ? 1 : 0;
  return epilogue;
}

export function attention(args: usize): void {
  const call = changetype<Call>(args);
  const scale: f32 = 1 / sqrt<f32>(<f32>call.d);
  const plain = epilogueOf(false);
  const columns = (call.tk + 3) & ~3;
  const scores = call.work + <usize>threadIndex * (<usize>(2 * BLOCK * columns) << 2);
  const units = call.n * call.heads;
  const end = partBegin(units, part + 1, parts);
  for (let unit = partBegin(units, part, parts); unit < end; unit++) {
    const example = unit / call.heads;
    const head = <usize>((unit % call.heads) * call.d) << 2;
    const q = call.q + (<usize>queriesAt(call, example) << 2) + head;
    const first = firstRow(call, example);
    const k = call.k + (<usize>(example * call.tk * call.kStride) << 2) + head;
    const v = call.v + (<usize>(example * call.tk * call.kStride) << 2) + head;
    const width = call.heads * call.d;
    const y = call.y + (<usize>(example * call.tq * width) << 2) + head;
    const logSums = call.logSums ? call.logSums + (<usize>(unit * call.tq) << 2) : 0;
    for (let from = 0; from < call.tq; from += BLOCK) {
      const rows = min(BLOCK, call.tq - from);
      const seen = call.causal ? min(call.tk, first + from + rows) : call.tk;
      gemm(0, rows, 0, seen, call.d, q + (<usize>(from * call.qStride) << 2), call.qStride, false, k, call.kStride, true, scores, columns, scratch, plain);
      for (let i = 0; i < rows; i++) {
        const limit = call.causal ? min(seen, first + from + i + 1) : seen;
        const logSum = softmax(scores + (<usize>(i * columns) << 2), limit, (seen + 3) & ~3, scale);
        if (logSums) store<f32>(logSums + (<usize>(from + i) << 2), logSum);
      }
      gemm(0, rows, 0, call.d, seen, scores, columns, false, v, call.kStride, false, y + (<usize>(from * width) << 2), width, scratch, plain);
    }
  }
}

/** Softmax of scale * row over its first `limit` columns, zeros up to `columns`; gives the log of the sum of exponentials. */
function softmax(row: usize, limit: i32, columns: i32, scale: f32): f32 {
  for (let j = limit; j < columns; j++) store<f32>(row + (<usize>j << 2), -1e30);
  let tops = f32x4.splat(-1e30);
  for (let j = 0; j < columns; j += 4) tops = f32x4.max(tops, v128.load(row + (<usize>j << 2)));
  const top = max4(tops) * scale;
  const factor = f32x4.splat(scale);
  const shift = f32x4.splat(-top);
  let sums = f32x4.splat(0);
  for (let j = 0; j < columns; j += 4) {
    const p = exp4(madd(v128.load(row + (<usize>j << 2)), factor, shift));
    sums = f32x4.add(sums, p);
    v128.store(row + (<usize>j << 2), p);
  }
  const sum = sum4(sums);
  const share = f32x4.splat(1 / sum);
  for (let j = 0; j < columns; j += 4) v128.store(row + (<usize>j << 2), f32x4.mul(v128.load(row + (<usize>j << 2)), share));
  for (let j = limit; j < columns; j++) store<f32>(row + (<usize>j << 2), 0);
  return top + logarithm(sum);
}

export function attentionGradient(args: usize): void {
  const call = changetype<Call>(args);
  const columns = (call.tk + 3) & ~3;
  const p = call.work + <usize>threadIndex * (<usize>(2 * BLOCK * columns) << 2);
  const units = call.n * call.heads;
  const end = partBegin(units, part + 1, parts);
  for (let unit = partBegin(units, part, parts); unit < end; unit++) {
    if (call.rows) clearQueries(call, unit);
    for (let from = 0; from < call.tq; from += BLOCK) blockGradient(call, unit, from, p, p + (<usize>(BLOCK * columns) << 2), columns);
  }
}

/** Zeros in dq for the tokens that ask nothing. */
function clearQueries(call: Call, unit: i32): void {
  const head = <usize>((unit % call.heads) * call.d) << 2;
  for (let i = 0; i < call.tk; i++) memory.fill(call.dq + (<usize>((unit / call.heads * call.tk + i) * call.qStride) << 2) + head, 0, <usize>call.d << 2);
}

function blockGradient(call: Call, unit: i32, from: i32, p: usize, dp: usize, columns: i32): void {
  const scale: f32 = 1 / sqrt<f32>(<f32>call.d);
  const d = call.d;
  const width = call.heads * d;
  const example = unit / call.heads;
  const head = <usize>((unit % call.heads) * d) << 2;
  const queries = (<usize>(queriesAt(call, example) + from * call.qStride) << 2) + head;
  const first = firstRow(call, example);
  const keys = (<usize>(example * call.tk * call.kStride) << 2) + head;
  const outputs = (<usize>((example * call.tq + from) * width) << 2) + head;
  const rows = min(BLOCK, call.tq - from);
  const plain = epilogueOf(false);
  const sum = from > 0 ? epilogueOf(true) : plain;
  const tk = call.tk;
  gemm(0, rows, 0, tk, d, call.q + queries, call.qStride, false, call.k + keys, call.kStride, true, p, columns, scratch, plain);
  gemm(0, rows, 0, tk, d, call.dy + outputs, width, false, call.v + keys, call.kStride, true, dp, columns, scratch, plain);
  for (let i = 0; i < rows; i++) {
    const at = <usize>(i * columns) << 2;
    const output = outputs + (<usize>(i * width) << 2);
    scoreGradient(p + at, dp + at, call.causal ? min(tk, first + from + i + 1) : tk, columns, scale, load<f32>(call.logSums + (<usize>(unit * call.tq + from + i) << 2)), dot(call.y + output, call.dy + output, d));
  }
  gemm(0, tk, 0, d, rows, p, columns, true, call.dy + outputs, width, false, call.dv + keys, call.kStride, scratch, sum);
  gemm(0, rows, 0, d, tk, dp, columns, false, call.k + keys, call.kStride, false, call.dq + queries, call.qStride, scratch, plain);
  gemm(0, tk, 0, d, rows, dp, columns, true, call.q + queries, call.qStride, false, call.dk + keys, call.kStride, scratch, sum);
}

/** In place: p from scores to probabilities, dp from their gradient to that of the unscaled scores. */
function scoreGradient(p: usize, dp: usize, limit: i32, columns: i32, scale: f32, logSum: f32, pull: f32): void {
  const factor = f32x4.splat(scale);
  const shift = f32x4.splat(-logSum);
  for (let j = 0; j < columns; j += 4) {
    const at = <usize>j << 2;
    const share = exp4(madd(v128.load(p + at), factor, shift));
    v128.store(p + at, share);
    v128.store(dp + at, f32x4.mul(f32x4.mul(share, factor), f32x4.sub(v128.load(dp + at), f32x4.splat(pull))));
  }
  for (let j = limit; j < columns; j++) {
    store<f32>(p + (<usize>j << 2), 0);
    store<f32>(dp + (<usize>j << 2), 0);
  }
}

function dot(a: usize, b: usize, d: i32): f32 {
  let sums = f32x4.splat(0);
  let j = 0;
  for (; j + 4 <= d; j += 4) sums = madd(v128.load(a + (<usize>j << 2)), v128.load(b + (<usize>j << 2)), sums);
  let sum = sum4(sums);
  for (; j < d; j++) sum += load<f32>(a + (<usize>j << 2)) * load<f32>(b + (<usize>j << 2));
  return sum;
}
