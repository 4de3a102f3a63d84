/**
 * Thousands of small marks, written straight into pixels: without a graphics card a canvas is longer over 15,000 shapes than a frame lasts.
 * A mark is drawn once as a shape, and then stamped wherever it belongs, on whole pixels.
 */
import {rgb} from "d3";

/** A shape's coverage, 0 to 255, row by row; its middle is the mark's place. */
export interface Stamp {
  width: number;
  coverage: Uint8ClampedArray;
}

export interface Stamps {
  /** The stamp of what `draw` draws around the origin, within `reach` px of it; kept by its name. */
  stampOf(name: string, reach: number, draw: (context: CanvasRenderingContext2D) => void): Stamp;
  /** Puts a stamp at a place of the canvas, in px. `colour` is from `inkOf`. */
  put(stamp: Stamp, x: number, y: number, colour: number, opacity?: number): void;
  /** Lays what was put on the canvas. */
  paint(): void;
}

/** A CSS colour as `put` takes it: 0xBBGGRR. */
export function inkOf(colour: string): number {
  const {r, g, b} = rgb(colour);
  return (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r);
}

interface Sheet {
  canvas: HTMLCanvasElement;
  image: ImageData;
  kept: Map<string, Stamp>;
}

const sheets = new WeakMap<CanvasRenderingContext2D, Sheet>();

/** An empty sheet of stamps over a canvas whose units are CSS px. It is kept with the canvas, and made anew when its size changes. */
export function stampsOn(context: CanvasRenderingContext2D): Stamps {
  const {width, height} = context.canvas;
  let sheet = sheets.get(context);
  if (sheet?.canvas.width !== width || sheet.canvas.height !== height) sheets.set(context, (sheet = newSheet(width, height)));
  const {canvas, image, kept} = sheet;
  const dpr = context.getTransform().a;
  const words = new Uint32Array(image.data.buffer);
  words.fill(0);
  return {
    stampOf(name, reach, draw) {
      const key = `${name} ${dpr}`;
      const known = kept.get(key);
      if (known) return known;
      const stamp = shapeOf(Math.ceil(reach * dpr), dpr, draw);
      kept.set(key, stamp);
      return stamp;
    },
    put: ({width: side, coverage}, x, y, colour, opacity = 1) => {
      const left = Math.round(x * dpr) - (side >> 1);
      const top = Math.round(y * dpr) - (side >> 1);
      // Also where the place is not a number.
      if (!(left >= 0 && top >= 0 && left + side <= width && top + side <= height)) return;
      for (let row = 0; row < side; row++) {
        let at = (top + row) * width + left;
        for (let from = row * side, end = from + side; from < end; from++, at++) {
          const alpha = coverage[from] * opacity;
          if (alpha > 0) words[at] = alpha > 250 ? (0xff000000 | colour) >>> 0 : over(words[at], colour, alpha / 255);
        }
      }
    },
    paint() {
      canvas.getContext("2d")!.putImageData(image, 0, 0);
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalAlpha = 1;
      context.drawImage(canvas, 0, 0);
      context.restore();
    }
  };
}

function newSheet(width: number, height: number): Sheet {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, {width, height});
  // It is written from JavaScript and never drawn on.
  const image = canvas.getContext("2d", {willReadFrequently: true})!.createImageData(width, height);
  return {canvas, image, kept: new Map()};
}

/** `colour` with `alpha` (0 to 1) over a pixel, both with straight alpha. */
function over(under: number, colour: number, alpha: number): number {
  const below = ((under >>> 24) / 255) * (1 - alpha);
  const all = alpha + below;
  const [mine, its] = [alpha / all, below / all];
  const blue = (((colour >> 16) & 255) * mine + ((under >> 16) & 255) * its + 0.5) << 16;
  const green = (((colour >> 8) & 255) * mine + ((under >> 8) & 255) * its + 0.5) << 8;
  const red = (colour & 255) * mine + (under & 255) * its + 0.5;
  return ((255 * all + 0.5) << 24) | blue | green | red;
}

function shapeOf(reach: number, dpr: number, draw: (context: CanvasRenderingContext2D) => void): Stamp {
  const side = 2 * reach + 1;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d", {willReadFrequently: true})!;
  context.setTransform(dpr, 0, 0, dpr, reach + 0.5, reach + 0.5);
  draw(context);
  const {data} = context.getImageData(0, 0, side, side);
  return {width: side, coverage: Uint8ClampedArray.from({length: side * side}, (_, i) => data[4 * i + 3])};
}
