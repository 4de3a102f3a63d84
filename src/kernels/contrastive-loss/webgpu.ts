/**
 * The contrastive loss in WGSL, on products of the two sides: up to 2,048 pairs in one piece, beyond that a block of rows at a time,
 * so that no n x n matrix is kept. Columns are summed block after block by a running softmax.
 */
import type * as tf from "../../tensor/tf.ts";
import type {Part} from "../../tensor/webgpu-backend.ts";
import {gemm} from "../linear/gemm-wgsl.ts";
import {discard, output, partOf, registerShader, runShader, totalOf, type WebgpuBackend} from "../wgsl/program.ts";

const threads = 64;
/** Most numbers of a block of logits. */
const usualBlock = 2048 * 2048;
let blockSize = usualBlock;

/** Smaller blocks, so that a test sees many of them with few pairs; the usual ones where nothing is said. */
export function limitBlocks(numbers: number = usualBlock): void {
  blockSize = numbers;
}

/** Rows of a block: all of them, or a multiple of 64, so that a block begins at a multiple of 256 bytes. */
export const blockRows = (n: number) => (n * n <= blockSize ? n : Math.max(64, Math.floor(blockSize / n / 64) * 64));

export function registerContrastiveLossWebgpu(): void {
  /** Gives the loss and the log sums of rows and columns, [n] each. */
  registerShader("DiagonalContrastiveLoss", (backend, {images, texts, t}) => {
    const n = images.shape[0];
    const [loss, rowSums, columnSums] = [[], [n], [n]].map((shape) => output(backend, shape));
    const truths = output(backend, [n]);
    for (const {first, rows} of blocksOf(n)) {
      const logits = products(backend, images, texts, first, rows);
      // Groups 0 to rows - 1 measure rows, the others columns.
      runShader(backend, {
        name: "lossSums", reads: {logits, t}, writes: {rowSums, columnSums, truths}, integers: {n, rows, first}, groups: rows + n, threads, head: () => totalOf(threads) + largestOf,
        body: () => `
  let scale = exp(t[0]);
  let isRow = group < uniforms.rows;
  let line = select(min(group - uniforms.rows, uniforms.n - 1), group, isRow);
  let count = select(uniforms.rows, uniforms.n, isRow);
  let start = select(line, line * uniforms.n, isRow);
  let step = select(uniforms.n, 1, isRow);
  var top = -1e30;
  for (var i = thread; i < count; i += ${threads}) { top = max(top, logits[start + i * step]); }
  top = largest(top, thread) * scale;
  var sum = 0.0;
  for (var i = thread; i < count; i += ${threads}) { sum += exp(logits[start + i * step] * scale - top); }
  let all = top + log(total(sum, thread));
  if (thread == 0 && isRow) {
    rowSums[uniforms.first + line] = all;
    truths[uniforms.first + line] = logits[line * uniforms.n + uniforms.first + line] * scale;
  }
  if (thread == 0 && !isRow && group < uniforms.rows + uniforms.n) {
    if (uniforms.first == 0) { columnSums[line] = all; }
    else {
      let higher = max(all, columnSums[line]);
      columnSums[line] = higher + log(exp(all - higher) + exp(columnSums[line] - higher));
    }
  }`
      });
      discard(backend, logits);
    }
    runShader(backend, {
      name: "lossMean", reads: {rowSums, columnSums, truths}, writes: {loss}, integers: {n}, groups: 1, threads, head: () => totalOf(threads),
      body: () => `
  var sum = 0.0;
  for (var i = thread; i < uniforms.n; i += ${threads}) { sum += 0.5 * (rowSums[i] - truths[i]) + 0.5 * (columnSums[i] - truths[i]); }
  let all = total(sum, thread);
  if (thread == 0 && group == 0) { loss[0] = all / f32(uniforms.n); }`
    });
    discard(backend, truths);
    return [loss, rowSums, columnSums];
  });

  registerShader("DiagonalContrastiveLossGradient", (backend, {images, texts, t, rowSums, columnSums, dy}) => {
    const [n, d] = images.shape;
    const [imagesGradient, scaleGradient] = [images, t].map(({shape}) => output(backend, shape));
    const shares = output(backend, [n]);
    let textsGradient: tf.TensorInfo | undefined;
    for (const {first, rows} of blocksOf(n)) {
      const logits = products(backend, images, texts, first, rows);
      // In place: the gradient of each cosine; and each row's share of the scale's.
      runShader(backend, {
        name: "lossGradient", reads: {t, rowSums, columnSums, dy}, writes: {logits, shares}, integers: {n, rows, first}, groups: rows, threads, head: () => totalOf(threads),
        body: () => `
  let scale = exp(t[0]);
  let row = uniforms.first + group;
  let factor = 0.5 * dy[0] / f32(uniforms.n);
  var share = 0.0;
  for (var j = thread; j < uniforms.n; j += ${threads}) {
    let at = min(group, uniforms.rows - 1) * uniforms.n + j;
    let logit = logits[at] * scale;
    let slope = factor * (exp(logit - rowSums[row]) + exp(logit - columnSums[j]) - select(0.0, 2.0, j == row));
    share += slope * logit;
    logits[at] = slope * scale;
  }
  let all = total(share, thread);
  if (thread == 0 && group < uniforms.rows) { shares[row] = all; }`
      });
      const before = textsGradient;
      textsGradient = output(backend, texts.shape);
      gemm(backend, {m: rows, n: d, k: n, a: logits, b: texts, c: rowsOfPart(backend, imagesGradient, first, rows, d)});
      gemm(backend, {m: n, n: d, k: rows, a: logits, aAcross: true, b: rowsOfPart(backend, images, first, rows, d), c: textsGradient, residual: before});
      if (before) discard(backend, before);
      discard(backend, logits);
    }
    runShader(backend, {
      name: "lossShares", reads: {shares}, writes: {scaleGradient}, integers: {n}, groups: 1, threads, head: () => totalOf(threads),
      body: () => `
  var sum = 0.0;
  for (var i = thread; i < uniforms.n; i += ${threads}) { sum += shares[i]; }
  let all = total(sum, thread);
  if (thread == 0 && group == 0) { scaleGradient[0] = all; }`
    });
    discard(backend, shares);
    return [imagesGradient, textsGradient!, scaleGradient];
  });
}

function blocksOf(n: number): {first: number; rows: number}[] {
  const each = blockRows(n);
  return Array.from({length: Math.ceil(n / each)}, (_, i) => ({first: i * each, rows: Math.min(each, n - i * each)}));
}

/** Cosines of some images with all texts, [rows, n]. */
function products(backend: WebgpuBackend, images: tf.TensorInfo, texts: tf.TensorInfo, first: number, rows: number): tf.TensorInfo {
  const [n, d] = texts.shape;
  const logits = output(backend, [rows, n]);
  gemm(backend, {m: rows, n, k: d, a: rowsOfPart(backend, images, first, rows, d), b: texts, bAcross: true, c: logits});
  return logits;
}

/** Some rows of a matrix, where they lie; the matrix itself if it is all of it. */
function rowsOfPart(backend: WebgpuBackend, matrix: tf.TensorInfo, first: number, rows: number, width: number): tf.TensorInfo | Part {
  if (rows === matrix.shape[0]) return matrix;
  const {buffer, offset} = partOf(backend, matrix);
  return {buffer, offset: offset + 4 * first * width, size: 4 * rows * width};
}

const largestOf = `
fn largest(value : f32, thread : i32) -> f32 {
  partial[thread] = value;
  workgroupBarrier();
  for (var half = ${threads / 2}; half > 0; half = half >> 1) {
    if (thread < half) { partial[thread] = max(partial[thread], partial[thread + half]); }
    workgroupBarrier();
  }
  let top = partial[0];
  workgroupBarrier();
  return top;
}`;
