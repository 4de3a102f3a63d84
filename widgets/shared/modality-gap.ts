/** The gap between images and captions, and rows moved along it: arithmetic on arrays, nothing drawn. */

/** Mean image less mean caption: [width]. */
export function gapOf(images: Float32Array, captions: Float32Array, width: number): Float64Array {
  const gap = new Float64Array(width);
  const n = images.length / width;
  for (let i = 0; i < images.length; i++) gap[i % width] += (images[i] - captions[i]) / n;
  return gap;
}

/** The rows moved by `share` of the gap, and scaled back to length 1 (Liang et al. 2022, "Mind the Gap"). */
export function moved(rows: Float32Array, gap: Float64Array, share: number, width: number): Float32Array {
  const out = rows.slice();
  if (share === 0) return out;
  for (let i = 0; i < rows.length / width; i++) {
    let square = 0;
    for (let k = 0; k < width; k++) square += (out[i * width + k] += share * gap[k]) ** 2;
    const length = Math.sqrt(square) || 1;
    for (let k = 0; k < width; k++) out[i * width + k] /= length;
  }
  return out;
}
