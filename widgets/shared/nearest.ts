/** The nearest of some rows to one vector, by cosine: a list beside a map, which cannot show it. */

export interface Near {
  /** Row, from 0. */
  row: number;
  cosine: number;
}

/** The `k` rows of `rows` [n, width] with the greatest inner product with `vector` [width], all of length 1; of equals the earlier. */
export function nearestRows(vector: ArrayLike<number>, rows: Float32Array, width: number, k: number): Near[] {
  const found: Near[] = [];
  for (let row = 0; row < rows.length / width; row++) {
    let cosine = 0;
    for (let i = 0; i < width; i++) cosine += vector[i] * rows[row * width + i];
    if (found.length === k && !(cosine > found[k - 1].cosine)) continue;
    let place = found.length;
    while (place > 0 && found[place - 1].cosine < cosine) place--;
    found.splice(place, 0, {row, cosine});
    if (found.length > k) found.pop();
  }
  return found;
}
