/** Multi-head attention, within one sequence and across two. */
import * as tf from "../../tensor/tf.ts";
import {embedding} from "../embedding/index.ts";
import {fused, hasKernel, isRecording, runKernel} from "../fused.ts";
import {attentionReference, crossAttentionReference} from "./reference.ts";

/**
 * Multi-head self-attention without its projections: softmax(q k^T / sqrt(head width)) v (Vaswani et al. 2017).
 * qkv [n, tokens, 3 * width], PyTorch's packed `in_proj` order (q, k, v; heads contiguous) -> [n, tokens, width].
 * With `causal`, a token sees itself and those before it. Throws a RangeError where the width does not divide.
 */
export function attention(qkv: tf.Tensor, {heads, causal = false}: {heads: number; causal?: boolean}): tf.Tensor3D {
  if (qkv.rank !== 3 || (qkv.shape.at(-1) ?? 1) % (3 * heads) !== 0) {
    throw new RangeError(`attention: qkv must be [n, tokens, 3 * width] with a width that ${heads} heads divide, got [${qkv.shape}]`);
  }
  if (!hasKernel("DiagonalAttention")) return attentionReference(qkv as tf.Tensor3D, {heads, causal});
  return attend({q: qkv}, heads, causal);
}

/**
 * Self-attention asked by one token of each example alone, where nobody will read the others: what `attention` gives at `rows`.
 * qkv [n, tokens, 3 * width], rows int32 [n] -> [n, width]. Rows are not read back to be checked: they must lie in [0, tokens).
 */
export function attentionAt(qkv: tf.Tensor, rows: tf.Tensor1D, {heads, causal = false}: {heads: number; causal?: boolean}): tf.Tensor2D {
  if (!hasKernel("DiagonalAttentionAt")) return rowsAt(attention(qkv, {heads, causal}), rows);
  return attend({q: qkv}, heads, causal, rows).reshape([qkv.shape[0], qkv.shape[2]! / 3]);
}

/** One row of each example: x [n, tokens, width], rows int32 [n] -> [n, width]. */
export function rowsAt(x: tf.Tensor, rows: tf.Tensor1D): tf.Tensor2D {
  const [n, tokens, width] = x.shape;
  const ids = tf.add(rows, tf.range(0, n * tokens, tokens, "int32")); // [n]
  return embedding(x.reshape([n * tokens, width]), ids) as tf.Tensor2D;
}

/**
 * Multi-head attention of one sequence over another, without its projections.
 * q [n, tq, width], k and v [n, tk, width] -> [n, tq, width]. Throws a RangeError where shapes do not meet.
 */
export function crossAttention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, {heads}: {heads: number}): tf.Tensor3D {
  const [n, , width] = q.shape;
  if (q.rank !== 3 || width % heads !== 0) throw new RangeError(`crossAttention: q must be [n, tokens, width] with a width that ${heads} heads divide, got [${q.shape}]`);
  if (k.rank !== 3 || k.shape[0] !== n || k.shape[2] !== width || `${k.shape}` !== `${v.shape}`) {
    throw new RangeError(`crossAttention: q [${q.shape}] expects k and v [${n}, tokens, ${width}], got [${k.shape}] and [${v.shape}]`);
  }
  if (!hasKernel("DiagonalAttention")) return crossAttentionReference(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D, {heads});
  return attend({q, k, v}, heads, false);
}

/** The kernel over packed or separate projections. */
function attend(inputs: {q: tf.Tensor; k?: tf.Tensor; v?: tf.Tensor}, heads: number, causal: boolean, rows?: tf.Tensor1D): tf.Tensor3D {
  const keepLogSums = isRecording();
  const names = Object.keys(inputs);
  return fused(
    {...inputs},
    (save) => {
      const [y, logSums] = runKernel(rows ? "DiagonalAttentionAt" : "DiagonalAttention", {...inputs, rows}, {heads, causal, keepLogSums});
      if (keepLogSums) save([...Object.values(inputs), y, logSums, ...(rows ? [rows] : [])]);
      return y;
    },
    (dy, saved) => {
      const [y, logSums, rows] = saved.slice(names.length);
      const again = Object.fromEntries(names.map((name, i) => [name, saved[i]]));
      const gradients = runKernel("DiagonalAttentionGradient", {...again, rows, y, logSums, dy}, {heads, causal});
      return Object.fromEntries(names.map((name, i) => [name, () => gradients[i]]));
    }
  ) as tf.Tensor3D;
}
