/**
 * Matrix product of the definitions, with gradients that transpose first. Not a fused kernel: tfjs's own product,
 * kept off the slow paths that its own gradient takes (WebAssembly's scalar one for `transposeA` and `transposeB`).
 */
import * as tf from "../tensor/tf.ts";

let gradients: "transposed first" | "stock" = "transposed first";

/** For the benchmark alone: lets the definitions run with tfjs's own matMul gradients; returns the setting before. */
export function useProductGradients(next: typeof gradients): typeof gradients {
  const before = gradients;
  gradients = next;
  return before;
}

/** The last two axes swapped: [..., a, b] -> [..., b, a]. */
export function transposeLast<T extends tf.Tensor>(x: T): T {
  const axes = x.shape.map((_, axis) => axis);
  axes.push(...axes.splice(-2).reverse());
  return tf.transpose(x, axes);
}

/** a [..., m, k] times b [..., k, n] -> [..., m, n]; the leading axes are the same in both. */
export function product<T extends tf.Tensor>(a: T, b: T): T {
  if (gradients === "stock") return tf.matMul(a, b);
  const withGradient = tf.customGrad((...args) => {
    const [a, b, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([a, b]);
    return {
      value: tf.matMul(a, b),
      gradFunc: (dy, saved) => {
        const [a, b] = saved;
        return [product(dy, transposeLast(b)), product(transposeLast(a), dy)];
      }
    };
  });
  return withGradient(a, b) as T;
}
