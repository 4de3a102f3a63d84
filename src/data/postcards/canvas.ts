/** Paints shapes onto a small square picture, antialiased by their distance to each pixel. Knows no subjects and no places. */
import type {Shape} from "./shapes.ts";
import {grow} from "./shapes.ts";

/** sRGB, 0 to 255. */
export type Colour = readonly [number, number, number];

/** How a picture is painted: what a style has to do. All lengths are in picture sides (0 to 1), y downwards. */
export interface Canvas {
  /** Covers everything with a gradient from top to bottom. */
  backdrop(top: Colour, bottom: Colour): void;
  /** Fills a shape; `shade` darkens (below 1) or lightens its lower edge for a soft volume. */
  fill(shape: Shape, colour: Colour, options?: {opacity?: number; shade?: number}): void;
  /** A dark line `width` wide round a shape that will be filled next. */
  outline(shape: Shape, colour: Colour, width: number): void;
  /** The finished picture, [sizePx, sizePx, 3]. */
  toPixels(): Uint8Array;
}

/** Flat colours with soft volumes: the usual postcard. */
export function flatCanvas(sizePx: number): Canvas {
  const rgb = new Float64Array(sizePx * sizePx * 3);

  // Written out rather than on top of forEachCovered: most of the time of drawing a set goes by here.
  const paint = (shape: Shape, [red, green, blue]: Colour, opacity: number, shade: number) => {
    const [l, t, r, b] = shape.box;
    const height = b - t;
    const left = Math.max(Math.floor(l * sizePx - 0.5), 0);
    const right = Math.min(Math.ceil(r * sizePx + 0.5), sizePx);
    const bottom = Math.min(Math.ceil(b * sizePx + 0.5), sizePx);
    for (let row = Math.max(Math.floor(t * sizePx - 0.5), 0); row < bottom; row++) {
      const y = (row + 0.5) / sizePx;
      const h = (y - t) / height;
      const light = shade === 1 || h <= 0 ? 1 : h >= 1 ? shade : 1 + (shade - 1) * h * h;
      for (let column = left; column < right; column++) {
        const coverage = 0.5 - shape.distance((column + 0.5) / sizePx, y) * sizePx;
        if (coverage <= 0) continue;
        const alpha = coverage >= 1 ? opacity : coverage * opacity;
        const offset = (row * sizePx + column) * 3;
        rgb[offset] += alpha * (red * light - rgb[offset]);
        rgb[offset + 1] += alpha * (green * light - rgb[offset + 1]);
        rgb[offset + 2] += alpha * (blue * light - rgb[offset + 2]);
      }
    }
  };

  return {
    backdrop(top, bottom) {
      for (let row = 0, i = 0; row < sizePx; row++) {
        const h = (row + 0.5) / sizePx;
        for (let column = 0; column < sizePx; column++) for (let c = 0; c < 3; c++) rgb[i++] = top[c] + (bottom[c] - top[c]) * h;
      }
    },
    fill: (shape, colour, {opacity = 1, shade = 1} = {}) => paint(shape, colour, opacity, shade),
    outline: (shape, colour, width) => paint(grow(shape, width), colour, 1, 1),
    toPixels: () => round(rgb)
  };
}

/** Coloured chalk on a board: the same scene as lines and grainy washes. A shift of distribution that people see through at once. */
export function chalkCanvas(sizePx: number): Canvas {
  const rgb = new Float64Array(sizePx * sizePx * 3);
  const board: Colour = [38, 50, 48];
  // No line thinner than a pixel and a half, or it would vanish at 32 px.
  const lineWidth = Math.max(0.011, 0.55 / sizePx);

  return {
    backdrop(top, bottom) {
      for (let row = 0, i = 0; row < sizePx; row++) {
        for (let column = 0; column < sizePx; column++) {
          const dust = 0.1 + 0.1 * grain((column + 0.5) / sizePx, (row + 0.5) / sizePx);
          const h = (row + 0.5) / sizePx;
          for (let c = 0; c < 3; c++) rgb[i++] = board[c] + dust * (top[c] + (bottom[c] - top[c]) * h - board[c]);
        }
      }
    },
    fill(shape, colour, {opacity = 1} = {}) {
      forEachCovered(grow(shape, lineWidth), sizePx, (offset, coverage, distance, y, x) => {
        // Distance to the edge of the shape itself: the line lies on both sides of it.
        const line = Math.min(Math.max(0.5 - (Math.abs(distance + lineWidth) - lineWidth) * sizePx, 0), 1);
        const g = grain(x, y);
        const wash = 0.3 + 0.3 * g;
        for (let c = 0; c < 3; c++) {
          const washed = board[c] + wash * (colour[c] - board[c]);
          const drawn = washed + line * (0.65 + 0.35 * g) * (colour[c] * 0.8 + 51 - washed);
          rgb[offset + c] += coverage * opacity * (drawn - rgb[offset + c]);
        }
      });
    },
    outline() {},
    toPixels: () => round(rgb)
  };
}

/** Calls back for every pixel that the shape touches: its offset, how much of it is covered (0 to 1), its distance and centre. */
function forEachCovered(
  shape: Shape,
  sizePx: number,
  callback: (offset: number, coverage: number, distance: number, y: number, x: number) => void
) {
  const [l, t, r, b] = shape.box;
  const left = Math.max(Math.floor(l * sizePx - 0.5), 0);
  const right = Math.min(Math.ceil(r * sizePx + 0.5), sizePx);
  const bottom = Math.min(Math.ceil(b * sizePx + 0.5), sizePx);
  for (let row = Math.max(Math.floor(t * sizePx - 0.5), 0); row < bottom; row++) {
    const y = (row + 0.5) / sizePx;
    for (let column = left; column < right; column++) {
      const x = (column + 0.5) / sizePx;
      const distance = shape.distance(x, y);
      const coverage = 0.5 - distance * sizePx;
      if (coverage > 0) callback((row * sizePx + column) * 3, coverage > 1 ? 1 : coverage, distance, y, x);
    }
  }
}

/** Chalk's grain, 0 to 1: fixed to the picture (96 cells a side), not to the pixels, so that all sizes look alike. */
function grain(x: number, y: number): number {
  let h = Math.imul(Math.floor(x * 96) + 374761393, 668265263) ^ Math.imul(Math.floor(y * 96) + 1, 2246822519);
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

function round(rgb: Float64Array): Uint8Array {
  const bytes = new Uint8Array(rgb.length);
  for (let i = 0; i < rgb.length; i++) bytes[i] = Math.floor(rgb[i] + 0.5);
  return bytes;
}
