/** Augmentation of packed pictures: random resized crop, flip, colour jitter. Seeded, on uint8, before normalisation; touches no captions. */
import {isObject, shown} from "../json.ts";
import type {Random} from "../tensor/random.ts";
import {resizeBox} from "./preprocess.ts";

export interface AugmentOptions {
  /** Share of the area that a crop keeps, from the least to the most. CLIP's own training: [0.9, 1]. */
  crop?: readonly [number, number];
  /** Ratio of width to height of a crop, from the least to the most. */
  ratio?: readonly [number, number];
  /** Chance of mirroring left and right. Off: captions say "left" and "right". */
  flip?: number;
  /** Factors drawn from [1 - x, 1 + x], x from 0 to 1. */
  brightness?: number;
  contrast?: number;
  saturation?: number;
}

/**
 * New pictures from `pixels`, uint8 RGB [n, sizePx, sizePx, 3]; the input is left alone. The same state of `random` gives
 * the same result. Source of the crop: torchvision's RandomResizedCrop.
 */
export function augment(pixels: Uint8Array, sizePx: number, random: Random, {crop = [0.9, 1], ratio = [3 / 4, 4 / 3], flip = 0, brightness = 0, contrast = 0, saturation = 0}: AugmentOptions = {}): Uint8Array {
  const bytes = sizePx * sizePx * 3;
  if (pixels.length % bytes !== 0) throw new RangeError(`augment: expected a multiple of ${sizePx} x ${sizePx} x 3 = ${bytes} bytes, got ${pixels.length}`);
  checkAugment({crop, ratio, flip, brightness, contrast, saturation});
  const out = new Uint8Array(pixels.length);
  for (let at = 0; at < pixels.length; at += bytes) {
    const box = drawBox(sizePx, crop, ratio, random);
    const picture = resizeBox({rgb: pixels.subarray(at, at + bytes), width: sizePx, height: sizePx}, box, sizePx);
    if (flip > 0 && random() < flip) mirror(picture, sizePx);
    const factor = (amount: number) => (amount > 0 ? 1 + (random() * 2 - 1) * amount : 1);
    jitter(picture, factor(brightness), factor(contrast), factor(saturation));
    out.set(picture, at);
  }
  return out;
}

/** Throws a RangeError naming an option that is unknown or out of range, before a run begins with it. */
export function checkAugment(options: AugmentOptions): void {
  const limits: Record<string, string> = {crop: "[least, most] with 0 < least <= most <= 1", ratio: "[least, most] with 0 < least <= most", flip: "from 0 to 1", brightness: "from 0 to 1", contrast: "from 0 to 1", saturation: "from 0 to 1"};
  if (!isObject(options)) throw new RangeError(`augment: expected an object of ${Object.keys(limits).join(", ")}, not ${shown(options)}`);
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (value === undefined) continue;
    if (!Object.hasOwn(limits, name)) throw new RangeError(`augment: knows ${Object.keys(limits).join(", ")}, not ${name}`);
    const isRange = name === "crop" || name === "ratio";
    const [least, most] = (Array.isArray(value) ? value : []) as number[];
    const fits = isRange ? typeof least === "number" && typeof most === "number" && least > 0 && least <= most && (name === "ratio" || most <= 1) : typeof value === "number" && value >= 0 && value <= 1;
    if (!fits) throw new RangeError(`augment: ${name} must be ${limits[name]}, not ${shown(value)}`);
  }
}

/** A box of the drawn area and shape; after ten that do not fit, the whole picture. */
function drawBox(sizePx: number, [least, most]: readonly [number, number], [narrow, wide]: readonly [number, number], random: Random): [number, number, number, number] {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = (least + (most - least) * random()) * sizePx * sizePx;
    const ratio = Math.exp(Math.log(narrow) + (Math.log(wide) - Math.log(narrow)) * random());
    const width = Math.round(Math.sqrt(area * ratio));
    const height = Math.round(Math.sqrt(area / ratio));
    if (width >= 1 && height >= 1 && width <= sizePx && height <= sizePx) return [random.integer(sizePx - width + 1), random.integer(sizePx - height + 1), width, height];
  }
  return [0, 0, sizePx, sizePx];
}

function mirror(picture: Uint8Array, sizePx: number) {
  for (let y = 0; y < sizePx; y++)
    for (let x = 0; x < sizePx >> 1; x++)
      for (let c = 0; c < 3; c++) {
        const a = (y * sizePx + x) * 3 + c;
        const b = (y * sizePx + sizePx - 1 - x) * 3 + c;
        [picture[a], picture[b]] = [picture[b], picture[a]];
      }
}

function jitter(picture: Uint8Array, brightness: number, contrast: number, saturation: number) {
  if (brightness === 1 && contrast === 1 && saturation === 1) return;
  let mean = 0;
  for (let i = 0; i < picture.length; i += 3) mean += luma(picture, i);
  mean = (mean / (picture.length / 3)) * brightness;
  for (let i = 0; i < picture.length; i += 3) {
    const grey = luma(picture, i);
    for (let c = 0; c < 3; c++) {
      const saturated = (grey + (picture[i + c] - grey) * saturation) * brightness;
      picture[i + c] = Math.min(Math.max(Math.round(mean + (saturated - mean) * contrast), 0), 255);
    }
  }
}

const luma = (p: Uint8Array, i: number) => 0.299 * p[i] + 0.587 * p[i + 1] + 0.114 * p[i + 2];
