/** Embedding look-up. */
import type * as tf from "../../tensor/tf.ts";
import {fused, hasKernel, runKernel} from "../fused.ts";
import {embeddingReference} from "./reference.ts";

/**
 * Rows of a table by their numbers: table [v, width], ids int32 [...] -> [..., width].
 * The gradient goes to the table alone. Ids are not read back to be checked: they must lie in [0, v).
 */
export function embedding(table: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  if (table.rank !== 2) throw new RangeError(`embedding: table must be [vocabulary, width], got [${table.shape}]`);
  if (ids.dtype !== "int32") throw new TypeError(`embedding: ids must be int32, got ${ids.dtype}`);
  if (!hasKernel("DiagonalEmbedding")) return embeddingReference(table, ids);
  const vocabulary = table.shape[0];
  return fused(
    {table},
    (save) => {
      save([ids, table]);
      return runKernel("DiagonalEmbedding", {table, ids}, {})[0];
    },
    (dy, [ids, table]) => ({table: () => runKernel("DiagonalEmbeddingGradient", {ids, dy, table}, {vocabulary})[0]})
  );
}
