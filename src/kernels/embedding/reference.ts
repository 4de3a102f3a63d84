/** Definition of the embedding look-up, with a gradient that every backend can compute. */
import * as tf from "../../tensor/tf.ts";
import {product} from "../product.ts";

/** The gradient's one-hot matrix is made for at most this many elements at a time (64 MB). */
const oneHotElements = 2 ** 24;

/** Rows of table [v, width] by ids (int32, any shape) -> [..., width]. */
export function embeddingReference(table: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  const [vocabulary, width] = table.shape;
  const flat = tf.reshape(ids, [-1]) as tf.Tensor1D;
  const lookUp = tf.customGrad((...args) => {
    const [table, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    save([flat]);
    return {
      value: tf.gather(table, flat),
      gradFunc: (dy, [flat]) => sumByRow(dy as tf.Tensor2D, flat as tf.Tensor1D, vocabulary)
    };
  });
  return tf.reshape(lookUp(table), [...ids.shape, width]);
}

/** Sums the rows of dy [rows, width] that have the same id -> [vocabulary, width]; one-hot products where the backend has no segment sum. */
function sumByRow(dy: tf.Tensor2D, ids: tf.Tensor1D, vocabulary: number): tf.Tensor {
  // Plain JavaScript has a segment sum, too, which goes through all rows once for each segment.
  if (tf.getBackend() !== "cpu" && tf.getKernel("UnsortedSegmentSum", tf.getBackend())) return tf.unsortedSegmentSum(dy, ids, vocabulary);
  const [rows, width] = dy.shape;
  const chunk = Math.max(1, Math.floor(oneHotElements / vocabulary));
  let sum: tf.Tensor | null = null;
  for (let begin = 0; begin < rows; begin += chunk) {
    const count = Math.min(chunk, rows - begin);
    const oneHot = tf.cast(tf.oneHot(tf.slice(ids, begin, count), vocabulary), "float32"); // [count, vocabulary]
    const part = product(tf.transpose(oneHot) as tf.Tensor2D, tf.slice(dy, [begin, 0], [count, width])); // [vocabulary, width]
    sum = sum ? tf.add(sum, part) : part;
  }
  return sum ?? tf.zeros([vocabulary, width]);
}
