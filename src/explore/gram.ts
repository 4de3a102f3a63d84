/** Vectors out of nothing but their cosines: where a model's inner products are known and its embeddings are not. */

/**
 * Rows of unit length whose inner products are the given ones: the factor of a pivot-free Cholesky decomposition, [count, count], row by row. A table that
 * rounding has left slightly off (a negative pivot) gives the nearest rows of that form. `gram` is symmetric, with ones on its diagonal.
 */
export function gramVectors(gram: readonly ArrayLike<number>[]): {vectors: Float32Array; width: number} {
  const count = gram.length;
  const factor = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let left = gram[i][j];
      for (let k = 0; k < j; k++) left -= factor[i * count + k] * factor[j * count + k];
      const pivot = factor[j * count + j];
      factor[i * count + j] = i === j ? Math.sqrt(Math.max(left, 0)) : pivot > 1e-9 ? left / pivot : 0;
    }
  }
  return {vectors: Float32Array.from(factor), width: count};
}
