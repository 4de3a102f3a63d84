/**
 * What JPEG takes away from a picture: 8 x 8 blocks of cosines, rounded coarsely (ITU T.81, annexes A and K; 4:4:4).
 * No file is written: at full chroma resolution only rounding loses anything, so the rest is left out.
 */

/** The standard's example tables for brightness and colour, row by row. */
const lumaTable = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56,
  68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99
];
const chromaCorner = [17, 18, 24, 47, 18, 21, 26, 66, 24, 26, 56, 99, 47, 66, 99, 99];
const chromaTable = Array.from({length: 64}, (_, n) => (n % 8 < 4 && n < 32 ? chromaCorner[(n >> 3) * 4 + (n % 8)] : 99));

/** cosines[u * 8 + x]: the u-th basis vector of the orthonormal transform. */
const cosines = Float64Array.from({length: 64}, (_, n) => (n < 8 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * (n % 8) + 1) * (n >> 3) * Math.PI) / 16));

/** Rounds one picture (uint8 RGB, [sizePx, sizePx, 3]) in place as JPEG does at `quality`, 1 to 100. */
export function compressAsJpeg(picture: Uint8Array, sizePx: number, quality: number): void {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  const scaled = (table: number[]) => table.map((step) => Math.min(255, Math.max(1, Math.floor((step * percent + 50) / 100))));
  const steps = [scaled(lumaTable), scaled(chromaTable), scaled(chromaTable)];
  const planes = toPlanes(picture);
  const block = new Float64Array(64);
  const clamp = (p: number) => Math.min(sizePx - 1, p); // a side that is no multiple of 8 repeats its edge
  for (let channel = 0; channel < 3; channel++) {
    const plane = planes[channel];
    for (let by = 0; by < sizePx; by += 8) {
      for (let bx = 0; bx < sizePx; bx += 8) {
        for (let n = 0; n < 64; n++) block[n] = plane[clamp(by + (n >> 3)) * sizePx + clamp(bx + (n % 8))];
        roundBlock(block, steps[channel]);
        for (let n = 0; n < 64; n++) {
          const [y, x] = [by + (n >> 3), bx + (n % 8)];
          if (y < sizePx && x < sizePx) plane[y * sizePx + x] = Math.min(127, Math.max(-128, Math.round(block[n])));
        }
      }
    }
  }
  fromPlanes(planes, picture);
}

function roundBlock(block: Float64Array, steps: number[]): void {
  const frequencies = transform(transform(block, true), true);
  for (let n = 0; n < 64; n++) frequencies[n] = Math.round(frequencies[n] / steps[n]) * steps[n];
  block.set(transform(transform(frequencies, false), false));
}

/** One direction of the cosine transform, forth or back, and a transposition: twice gives the whole. */
function transform(block: Float64Array, forth: boolean): Float64Array {
  const out = new Float64Array(64);
  for (let row = 0; row < 8; row++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += block[row * 8 + x] * (forth ? cosines[u * 8 + x] : cosines[x * 8 + u]);
      out[u * 8 + row] = sum;
    }
  }
  return out;
}

/** Brightness and two colour differences in whole numbers, each centred at 0 (JFIF). */
function toPlanes(picture: Uint8Array): Float64Array[] {
  const planes = [0, 1, 2].map(() => new Float64Array(picture.length / 3));
  for (let p = 0; p < picture.length / 3; p++) {
    const [r, g, b] = [picture[3 * p], picture[3 * p + 1], picture[3 * p + 2]];
    planes[0][p] = Math.round(0.299 * r + 0.587 * g + 0.114 * b) - 128;
    planes[1][p] = Math.round(-0.168736 * r - 0.331264 * g + 0.5 * b);
    planes[2][p] = Math.round(0.5 * r - 0.418688 * g - 0.081312 * b);
  }
  return planes;
}

function fromPlanes([luma, blue, red]: Float64Array[], picture: Uint8Array): void {
  const toByte = (value: number) => Math.min(255, Math.max(0, Math.round(value)));
  for (let p = 0; p < luma.length; p++) {
    const y = luma[p] + 128;
    picture[3 * p] = toByte(y + 1.402 * red[p]);
    picture[3 * p + 1] = toByte(y - 0.344136 * blue[p] - 0.714136 * red[p]);
    picture[3 * p + 2] = toByte(y + 1.772 * blue[p]);
  }
}
