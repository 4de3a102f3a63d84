/** Position embeddings for another image size: bicubic interpolation of the grid, as open_clip does it. */

export interface PositionGrids {
  /** Rows before and after: 1 for the class (or mean) token, then a square grid. */
  from: number;
  to: number;
  width: number;
}

/** Embeddings [from, width] to [to, width]: the first row is kept, the grid is resized. */
export function resizePositions(embeddings: Float32Array, {from, to, width}: PositionGrids): Float32Array {
  const [before, after] = [Math.sqrt(from - 1), Math.sqrt(to - 1)];
  if (!Number.isInteger(before) || !Number.isInteger(after)) throw new RangeError(`resizePositions: ${from} and ${to} rows are not one token and a square grid`);
  const result = new Float32Array(to * width);
  result.set(embeddings.subarray(0, width));
  result.set(resizeGrid(embeddings.subarray(width), before, after, width), width);
  return result;
}

/** [before, before, channels] to [after, after, channels], rows first, then columns. */
function resizeGrid(grid: Float32Array, before: number, after: number, channels: number): Float32Array {
  const weights = bicubicWeights(before, after);
  const across = new Float64Array(before * after * channels);
  for (let y = 0; y < before; y++) {
    weights.forEach(({first, taps}, x) => taps.forEach((tap, i) => {
      for (let c = 0; c < channels; c++) across[(y * after + x) * channels + c] += tap * grid[(y * before + first + i) * channels + c];
    }));
  }
  const result = new Float64Array(after * after * channels);
  weights.forEach(({first, taps}, y) => taps.forEach((tap, i) => {
    for (let k = 0; k < after * channels; k++) result[y * after * channels + k] += tap * across[(first + i) * after * channels + k];
  }));
  return Float32Array.from(result);
}

/** Pillow's weights, which PyTorch's antialiased bicubic shares: a = -1/2, the support widened when shrinking, cut at the edges and made to sum to 1. */
function bicubicWeights(before: number, after: number): {first: number; taps: number[]}[] {
  const scale = before / after;
  const widened = Math.max(1, scale);
  return Array.from({length: after}, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - 2 * widened + 0.5));
    const end = Math.min(before, Math.trunc(centre + 2 * widened + 0.5));
    const taps = Array.from({length: end - first}, (_, k) => cubic((first + k + 0.5 - centre) / widened));
    const sum = taps.reduce((a, b) => a + b, 0);
    return {first, taps: taps.map((tap) => tap / sum)};
  });
}

/** Keys's cubic convolution kernel (1981) with a = -1/2. */
function cubic(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}
