/** Multi-head attention, within one sequence and across two. */
import type * as tf from "../../tensor/tf.ts";
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
function attend(inputs: {q: tf.Tensor; k?: tf.Tensor; v?: tf.Tensor}, heads: number, causal: boolean): tf.Tensor3D {
  const keepLogSums = isRecording();
  const names = Object.keys(inputs);
  return fused(
    {...inputs},
    (save) => {
      const [y, logSums] = runKernel("DiagonalAttention", {...inputs}, {heads, causal, keepLogSums});
      if (keepLogSums) save([...Object.values(inputs), y, logSums]);
      return y;
    },
    (dy, saved) => {
      const [y, logSums] = saved.slice(names.length);
      const again = Object.fromEntries(names.map((name, i) => [name, saved[i]]));
      const gradients = runKernel("DiagonalAttentionGradient", {...again, y, logSums, dy}, {heads, causal});
      return Object.fromEntries(names.map((name, i) => [name, () => gradients[i]]));
    }
  ) as tf.Tensor3D;
}
