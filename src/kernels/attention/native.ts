/** Attention's kernels for the WebAssembly backend: DiagonalAttention, DiagonalAttentionAt and DiagonalAttentionGradient. */
import type * as tf from "../../tensor/tf.ts";
import type {Native} from "../assembly/native.ts";

/** How q, k and v lie: packed in one tensor [n, tokens, 3 * width] when k is absent. */
export interface AttentionAttributes {
  heads: number;
  causal: boolean;
  /** Whether the rows' log sums are given too, for the gradient. */
  keepLogSums: boolean;
}

/** Query rows of a block in attention/wasm.ts. */
const block = 96;

export function registerAttention(native: Native): void {
  // With `rows`, int32 [n], each example's query is that one token of q alone.
  for (const name of ["DiagonalAttention", "DiagonalAttentionAt"]) native.register(name, ({q, k, v, rows}, {heads, causal, keepLogSums}: AttentionAttributes) => {
    const {n, tq, width, words} = describe(native, q, k, v, heads, rows);
    const y = native.output([n, tq, width]);
    const logSums = keepLogSums ? native.output([n, heads, tq]) : undefined;
    native.run("attention", [...words, native.address(y), native.address(logSums), causal, workOf(native, k ?? q), 0, 0, 0, 0, native.address(rows)]);
    return logSums ? [y, logSums] : [y];
  });

  native.register("DiagonalAttentionGradient", ({q, k, v, rows, y, logSums, dy}, {heads, causal}: AttentionAttributes) => {
    const {words, width} = describe(native, q, k, v, heads, rows);
    const gradients = [q, k, v].filter(Boolean).map(({shape}) => native.output(shape));
    const addresses = k ? gradients.map((gradient) => native.address(gradient)) : [0, 1, 2].map((part) => native.address(gradients[0]) + 4 * part * width);
    native.run("attentionGradient", [...words, native.address(y), native.address(logSums), causal, workOf(native, k ?? q), native.address(dy), ...addresses, native.address(rows)]);
    return gradients;
  });
}

function describe(native: Native, q: tf.TensorInfo, k: tf.TensorInfo | undefined, v: tf.TensorInfo, heads: number, rows: tf.TensorInfo | undefined) {
  const [n, tokens, wide] = q.shape;
  const tq = rows ? 1 : tokens;
  const width = k ? wide : wide / 3;
  const addresses = k ? [q, k, v].map((x) => native.address(x)) : [0, 1, 2].map((part) => native.address(q) + 4 * part * width);
  return {n, tq, width, words: [n, heads, tq, (k ?? q).shape[1], width / heads, ...addresses, wide, wide]};
}

/** Scratch for two blocks of scores a thread. */
const workOf = (native: Native, k: tf.TensorInfo) => native.workspace(native.threads * 2 * block * 4 * (4 * Math.ceil(k.shape[1] / 4)));
