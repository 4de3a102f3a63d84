/** Definitions of multi-head attention, within one sequence and across two. */
import * as tf from "../../tensor/tf.ts";
import {product, transposeLast} from "../product.ts";

/** Self-attention over packed projections: qkv [n, tokens, 3 * width] -> [n, tokens, width]. */
export function attentionReference(qkv: tf.Tensor3D, {heads, causal = false}: {heads: number; causal?: boolean}): tf.Tensor3D {
  const [q, k, v] = tf.split(qkv as tf.Tensor, 3, 2) as tf.Tensor3D[]; // each [n, tokens, width]
  return attend(q, k, v, heads, causal);
}

/** Attention of one sequence over another: q [n, tq, width], k and v [n, tk, width] -> [n, tq, width]. */
export function crossAttentionReference(q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D, {heads}: {heads: number}): tf.Tensor3D {
  return attend(q, k, v, heads, false);
}

function attend(q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D, heads: number, causal: boolean): tf.Tensor3D {
  const headWidth = q.shape[2] / heads;
  const [q4, k4, v4] = [q, k, v].map((x) => splitHeads(x, heads)); // [n, heads, tokens, head width]
  let scores = product(tf.mul(q4, headWidth ** -0.5) as tf.Tensor4D, transposeLast(k4)); // [n, heads, tq, tk]
  if (causal) scores = tf.add(scores, causalMask(q.shape[1]));
  const mixed = product(tf.softmax(scores) as tf.Tensor4D, v4); // [n, heads, tq, head width]
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), q.shape);
}

/** [n, tokens, width] -> [n, heads, tokens, head width] */
function splitHeads(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [n, tokens, width] = x.shape;
  return tf.transpose(tf.reshape(x, [n, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

/** [tokens, tokens]: 0 on and below the diagonal, -1e9 above it (finite, so that no row can become NaN). */
function causalMask(tokens: number): tf.Tensor2D {
  const values = new Float32Array(tokens * tokens);
  for (let row = 0; row < tokens; row++) values.fill(-1e9, row * tokens + row + 1, (row + 1) * tokens);
  return tf.tensor2d(values, [tokens, tokens]);
}
