/**
 * From decoded RGB to what CLIP sees: the shorter side to `sizePx` with antialiased bicubic, a centre crop, the
 * normalisation. Decodes nothing: see decode.ts. Works in integers as Pillow does, so that it agrees with the
 * published preprocessing to the last bit, in Node and in the browser.
 */

import {shown} from "../json.ts";
import {configRanges} from "../limits.ts";

/** An image as decoded: uint8 RGB, [height, width, 3]. */
export interface RgbImage {
  rgb: Uint8Array;
  width: number;
  height: number;
}

/** OpenAI CLIP's channel means and standard deviations, for values in 0 to 1. */
export const clipMean = [0.48145466, 0.4578275, 0.40821073] as const;
export const clipStd = [0.26862954, 0.26130258, 0.27577711] as const;

/**
 * CLIP's preprocessing up to the packed bytes: uint8 RGB, [sizePx, sizePx, 3]. Only what the crop keeps is computed, so
 * an image of 1 x 5000 pixels costs no more than another.
 * Source: torchvision's Resize(n, bicubic, antialias) and CenterCrop(n), as used by openai/CLIP; arithmetic as in Pillow's Resample.c.
 */
export function resizeAndCrop({rgb, width, height}: RgbImage, sizePx: number): Uint8Array {
  if (width < 1 || height < 1 || rgb.length !== width * height * 3) {
    throw new RangeError(`resizeAndCrop: expected ${width} x ${height} x 3 = ${width * height * 3} bytes, got ${rgb.length}`);
  }
  const short = Math.min(width, height);
  const scaledWidth = width === short ? sizePx : Math.trunc((sizePx * width) / short);
  const scaledHeight = height === short ? sizePx : Math.trunc((sizePx * height) / short);
  const left = roundHalfEven((scaledWidth - sizePx) / 2);
  const top = roundHalfEven((scaledHeight - sizePx) / 2);
  return resample({rgb, width, height}, {
    columns: bicubicTaps(width, scaledWidth, left, sizePx),
    rows: bicubicTaps(height, scaledHeight, top, sizePx)
  });
}

/**
 * Any box of an image, resized to a square: for random resized crops. `box` is [left, top, width, height] in whole source pixels.
 */
export function resizeBox({rgb, width, height}: RgbImage, [left, top, boxWidth, boxHeight]: readonly [number, number, number, number], sizePx: number): Uint8Array {
  if (left < 0 || top < 0 || boxWidth < 1 || boxHeight < 1 || left + boxWidth > width || top + boxHeight > height) {
    throw new RangeError(`resizeBox: the box ${[left, top, boxWidth, boxHeight]} does not lie in the image of ${width} x ${height}`);
  }
  const cut = new Uint8Array(boxWidth * boxHeight * 3);
  for (let y = 0; y < boxHeight; y++) cut.set(rgb.subarray(((top + y) * width + left) * 3, ((top + y) * width + left + boxWidth) * 3), y * boxWidth * 3);
  return resample({rgb: cut, width: boxWidth, height: boxHeight}, {columns: bicubicTaps(boxWidth, sizePx, 0, sizePx), rows: bicubicTaps(boxHeight, sizePx, 0, sizePx)});
}

/** Throws a RangeError where it is no side of a square that a set can be opened with. */
export function checkSizePx(sizePx: unknown): void {
  const [least, most] = configRanges.sizePx;
  if (!(Number.isInteger(sizePx) && (sizePx as number) >= least && (sizePx as number) <= most)) throw new RangeError(`sizePx is a whole number from ${least} to ${most.toLocaleString("en")}; it was given ${shown(sizePx)}`);
}

/** uint8 pixels, [..., 3], to CLIP's normalised floats of the same shape. */
export function normalize(pixels: Uint8Array, out = new Float32Array(pixels.length)): Float32Array {
  const scale = clipStd.map((std) => 1 / (255 * std));
  const shift = clipMean.map((mean, c) => -mean / clipStd[c]);
  for (let i = 0; i < pixels.length; i += 3) {
    out[i] = pixels[i] * scale[0] + shift[0];
    out[i + 1] = pixels[i + 1] * scale[1] + shift[1];
    out[i + 2] = pixels[i + 2] * scale[2] + shift[2];
  }
  return out;
}

/** For each output coordinate, which inputs count how much. */
interface Taps {
  /** First input of each output. */
  start: Int32Array;
  /** How many inputs. */
  count: Int32Array;
  /** Fixed-point weights, `stride` an output. */
  weights: Int32Array;
  stride: number;
}

/** 32 bits less 8 of the pixel and 2 for overshoot, as in Pillow. */
const precisionBits = 22;

/** Weights of the outputs first .. first + count - 1 when `inSize` samples become `outSize`; the kernel widens when shrinking. */
function bicubicTaps(inSize: number, outSize: number, first: number, count: number): Taps {
  const scale = inSize / outSize;
  const widening = Math.max(scale, 1);
  const support = 2 * widening;
  const stride = Math.ceil(support) * 2 + 1;
  const taps: Taps = {start: new Int32Array(count), count: new Int32Array(count), weights: new Int32Array(count * stride), stride};
  const raw = new Float64Array(stride);
  for (let i = 0; i < count; i++) {
    const center = (first + i + 0.5) * scale;
    const start = Math.max(Math.trunc(center - support + 0.5), 0);
    const n = Math.min(Math.trunc(center + support + 0.5), inSize) - start;
    let sum = 0;
    for (let k = 0; k < n; k++) sum += raw[k] = cubic((start + k - center + 0.5) / widening);
    for (let k = 0; k < n; k++) {
      const weight = (raw[k] / sum) * (1 << precisionBits);
      taps.weights[i * stride + k] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    taps.start[i] = start;
    taps.count[i] = n;
  }
  return taps;
}

/** Keys' cubic convolution with a = -0.5. */
function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * -0.5;
  return 0;
}

/** Rows first, rounded to bytes, then columns. Only the input rows that some output row needs are touched. */
function resample({rgb, width}: RgbImage, {columns, rows}: {columns: Taps; rows: Taps}): Uint8Array {
  const firstRow = rows.start[0];
  const lastRow = rows.start[rows.start.length - 1] + rows.count[rows.start.length - 1];
  const between = resampleRows(rgb.subarray(firstRow * width * 3, lastRow * width * 3), width, columns);
  return resampleColumns(between, columns.start.length * 3, firstRow, rows);
}

/** [rows, width, 3] -> [rows, outputs, 3]. */
function resampleRows(rgb: Uint8Array, width: number, {start, count, weights, stride}: Taps): Uint8Array {
  const outWidth = start.length;
  const height = rgb.length / (width * 3);
  const half = 1 << (precisionBits - 1);
  const out = new Uint8Array(height * outWidth * 3);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++, o += 3) {
      const w0 = x * stride;
      const n = count[x];
      let i = (y * width + start[x]) * 3;
      let r = half, g = half, b = half;
      for (let k = 0; k < n; k++, i += 3) {
        const w = weights[w0 + k];
        r = (r + Math.imul(rgb[i], w)) | 0;
        g = (g + Math.imul(rgb[i + 1], w)) | 0;
        b = (b + Math.imul(rgb[i + 2], w)) | 0;
      }
      out[o] = clipByte(r >> precisionBits);
      out[o + 1] = clipByte(g >> precisionBits);
      out[o + 2] = clipByte(b >> precisionBits);
    }
  }
  return out;
}

/** [rows, rowBytes] -> [outputs, rowBytes]; the taps count input rows from the image's top, `rgb` begins at `firstRow`. */
function resampleColumns(rgb: Uint8Array, rowBytes: number, firstRow: number, {start, count, weights, stride}: Taps): Uint8Array {
  const outHeight = start.length;
  const half = 1 << (precisionBits - 1);
  const out = new Uint8Array(outHeight * rowBytes);
  const sums = new Int32Array(rowBytes);
  for (let y = 0; y < outHeight; y++) {
    sums.fill(half);
    for (let k = 0; k < count[y]; k++) {
      const w = weights[y * stride + k];
      const base = (start[y] - firstRow + k) * rowBytes;
      for (let c = 0; c < rowBytes; c++) sums[c] += Math.imul(rgb[base + c], w);
    }
    for (let c = 0; c < rowBytes; c++) out[y * rowBytes + c] = clipByte(sums[c] >> precisionBits);
  }
  return out;
}

const clipByte = (value: number) => (value < 0 ? 0 : value > 255 ? 255 : value);

/** Python's round(): halves go to the even neighbour. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
