/** Two principal axes of some embeddings, found by power iteration: for a film that shows every frame on the same axes. PCA proper is in src/explore. */

export interface Axes {
  mean: Float64Array;
  /** Two directions of length 1. */
  directions: [Float64Array, Float64Array];
}

/** The two directions along which `rows` [count, width] spread most. Always the same for the same rows. */
export function principalAxes(rows: Float32Array, width: number, iterations = 60): Axes {
  const count = rows.length / width;
  const mean = new Float64Array(width);
  for (let i = 0; i < rows.length; i++) mean[i % width] += rows[i] / count;
  const directions: Float64Array[] = [];
  for (let axis = 0; axis < 2; axis++) {
    let v = Float64Array.from({length: width}, (_, k) => Math.cos((axis + 1) * (k + 1)));
    for (let turn = 0; turn < iterations; turn++) {
      const next = new Float64Array(width);
      for (let i = 0; i < count; i++) {
        const along = dotCentred(rows, i, width, mean, v);
        for (let k = 0; k < width; k++) next[k] += along * (rows[i * width + k] - mean[k]);
      }
      for (const done of directions) {
        const share = next.reduce((sum, value, k) => sum + value * done[k], 0);
        next.forEach((value, k) => (next[k] = value - share * done[k]));
      }
      const length = Math.hypot(...next);
      if (length < 1e-12) break;
      v = next.map((value) => value / length);
    }
    directions.push(v);
  }
  return {mean, directions: directions as [Float64Array, Float64Array]};
}

/** Places of `rows` [count, width] on the axes. */
export function projectOn({mean, directions}: Axes, rows: Float32Array, width: number): {x: Float32Array; y: Float32Array} {
  const [x, y] = directions.map((direction) => Float32Array.from({length: rows.length / width}, (_, i) => dotCentred(rows, i, width, mean, direction)));
  return {x, y};
}

function dotCentred(rows: Float32Array, i: number, width: number, mean: Float64Array, direction: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += (rows[i * width + k] - mean[k]) * direction[k];
  return sum;
}
