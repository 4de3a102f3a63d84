/**
 * Pictures made worse on purpose, in five strengths: the kinds of Hendrycks and Dietterich (2019) that small pictures
 * can show. Works on packed pixels; what a model makes of them is robustness.ts.
 */
import {seededRandom} from "../tensor/random.ts";
import {compressAsJpeg} from "./jpeg-blocks.ts";

export const corruptionKinds = ["noise", "blur", "contrast", "jpeg", "pixelate", "brightness"] as const;
export type CorruptionKind = (typeof corruptionKinds)[number];

export interface CorruptionInput {
  /** uint8 RGB, [count, sizePx, sizePx, 3]; not changed. */
  pixels: Uint8Array;
  sizePx: number;
  kind: CorruptionKind;
  /** 1 (slight) to 5 (hard); 0 gives a plain copy. */
  strength: number;
  seed?: number;
}

/** By strength: noise and brightness in shares of 255, blur in shares of the side, JPEG in quality, the rest as factors. */
const amounts: Record<CorruptionKind, readonly number[]> = {
  noise: [0.04, 0.08, 0.12, 0.18, 0.26],
  blur: [0.012, 0.02, 0.03, 0.042, 0.06],
  contrast: [0.6, 0.45, 0.3, 0.2, 0.1],
  jpeg: [60, 35, 20, 12, 6],
  pixelate: [0.75, 0.6, 0.45, 0.33, 0.25],
  brightness: [0.1, 0.18, 0.26, 0.36, 0.48]
};

/** A corrupted copy of every picture. Seeded by picture, so that one picture alone gets what it gets among others. */
export function corrupt({pixels, sizePx, kind, strength, seed = 1}: CorruptionInput): Uint8Array {
  if (!Object.hasOwn(amounts, kind)) throw new RangeError(`kind: expected one of ${corruptionKinds.join(", ")}, got "${kind}"`);
  if (!Number.isInteger(strength) || strength < 0 || strength > 5) throw new RangeError(`strength: expected a whole number from 0 to 5, got ${strength}`);
  const picture = sizePx * sizePx * 3;
  if (!(picture > 0) || pixels.length % picture !== 0) throw new RangeError(`pixels: expected pictures of ${sizePx} x ${sizePx} x 3 bytes, got ${pixels.length} bytes`);
  const out = pixels.slice();
  if (strength === 0) return out;
  const amount = amounts[kind][strength - 1];
  for (let i = 0; i < pixels.length / picture; i++) {
    const one = out.subarray(i * picture, (i + 1) * picture);
    if (kind === "noise") addNoise(one, amount, seed, i);
    else if (kind === "blur") blur(one, sizePx, amount * sizePx);
    else if (kind === "contrast") flatten(one, amount);
    else if (kind === "jpeg") compressAsJpeg(one, sizePx, amount);
    else if (kind === "pixelate") pixelate(one, sizePx, Math.max(1, Math.round(amount * sizePx)));
    else brighten(one, amount);
  }
  return out;
}

function addNoise(one: Uint8Array, amount: number, seed: number, index: number): void {
  const random = seededRandom(`${seed}/noise/${index}`);
  for (let n = 0; n < one.length; n++) one[n] = toByte(one[n] + 255 * amount * random.normal());
}

/** Gaussian, rows then columns; the border repeats. */
function blur(one: Uint8Array, sizePx: number, sigmaPx: number): void {
  const reach = Math.ceil(3 * sigmaPx);
  const kernel = Array.from({length: 2 * reach + 1}, (_, n) => Math.exp(-((n - reach) ** 2) / (2 * sigmaPx * sigmaPx)));
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  const between = new Float64Array(one.length);
  const clamp = (p: number) => Math.min(sizePx - 1, Math.max(0, p));
  const along = (read: (x: number, y: number, channel: number) => number, write: (at: number, value: number) => void, dx: number, dy: number) => {
    for (let y = 0; y < sizePx; y++) {
      for (let x = 0; x < sizePx; x++) {
        for (let channel = 0; channel < 3; channel++) {
          let sum = 0;
          for (let n = -reach; n <= reach; n++) sum += kernel[n + reach] * read(clamp(x + n * dx), clamp(y + n * dy), channel);
          write((y * sizePx + x) * 3 + channel, sum / total);
        }
      }
    }
  };
  along((x, y, channel) => one[(y * sizePx + x) * 3 + channel], (at, value) => (between[at] = value), 1, 0);
  along((x, y, channel) => between[(y * sizePx + x) * 3 + channel], (at, value) => (one[at] = toByte(value)), 0, 1);
}

/** Draws every value towards the picture's mean of its channel. */
function flatten(one: Uint8Array, factor: number): void {
  for (let channel = 0; channel < 3; channel++) {
    let mean = 0;
    for (let n = channel; n < one.length; n += 3) mean += one[n] / (one.length / 3);
    for (let n = channel; n < one.length; n += 3) one[n] = toByte(mean + factor * (one[n] - mean));
  }
}

/** Averages over a coarser grid of `cells` by `cells`, and paints each cell in its mean. */
function pixelate(one: Uint8Array, sizePx: number, cells: number): void {
  const edge = (cell: number) => Math.floor((cell * sizePx) / cells);
  for (let cy = 0; cy < cells; cy++) {
    for (let cx = 0; cx < cells; cx++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        let count = 0;
        for (let y = edge(cy); y < edge(cy + 1); y++) for (let x = edge(cx); x < edge(cx + 1); x++) (sum += one[(y * sizePx + x) * 3 + channel]), count++;
        for (let y = edge(cy); y < edge(cy + 1); y++) for (let x = edge(cx); x < edge(cx + 1); x++) one[(y * sizePx + x) * 3 + channel] = toByte(sum / count);
      }
    }
  }
}

function brighten(one: Uint8Array, amount: number): void {
  for (let n = 0; n < one.length; n++) one[n] = toByte(one[n] + 255 * amount);
}

function toByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.round(value);
}
