/** Typed arrays, and objects of a shape with data, as a reader wants them first: type, shape, least, mean, greatest, and a small picture. */
import {make} from "./dom.ts";

export interface Numbers {
  type: string;
  shape: number[];
  data: ArrayLike<number>;
}

const wordsFor = (n: number) => (Number.isInteger(n) ? String(n) : n.toPrecision(3)).replace("-", "−");

/** What is in `value`, where it is a typed array or has a `shape` and typed `data` of as many numbers. */
export function numbersOf(value: unknown): Numbers | undefined {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof BigInt64Array) && !(value instanceof BigUint64Array)) {
    const data = value as unknown as ArrayLike<number>;
    return {type: value.constructor.name, shape: [data.length], data};
  }
  const {shape, data} = (value ?? {}) as Partial<Numbers>;
  if (!Array.isArray(shape) || !ArrayBuffer.isView(data) || data instanceof DataView) return;
  const numbers = data as unknown as ArrayLike<number>;
  return shape.reduce((product, side) => product * side, 1) === numbers.length ? {type: data.constructor.name, shape, data: numbers} : undefined;
}

/** Least, mean and greatest of the finite numbers, and how many are not. */
export function summarize(data: ArrayLike<number>): {min: number; mean: number; max: number; notFinite: number} {
  let [min, max, sum, notFinite] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const x = data[i];
    if (!Number.isFinite(x)) {
      notFinite++;
      continue;
    }
    if (x < min) min = x;
    if (x > max) max = x;
    sum += x;
  }
  return {min, max, mean: sum / (data.length - notFinite), notFinite};
}

/** The summary as an element; `details` is what the usual inspector shows. */
export function showNumbers({type, shape, data}: Numbers, details: HTMLElement): HTMLElement {
  const {min, mean, max, notFinite} = summarize(data);
  const facts = make("span", "n-facts", `${type} [${shape.join(", ")}]`);
  if (data.length > notFinite) facts.append(make("span", "", ` from ${wordsFor(min)} to ${wordsFor(max)}, mean ${wordsFor(mean)}`));
  if (notFinite > 0) facts.append(make("strong", "", ` ${notFinite} not finite`));
  const summary = make("summary", "", facts);
  if (data.length > 1 && min < max) summary.append(picture(shape, data, min, max));
  return make("details", "n-numbers", summary, details);
}

/** One line of bars for a list; a grid of greys for a matrix (its last two sides). */
function picture(shape: number[], data: ArrayLike<number>, min: number, max: number) {
  const isMatrix = shape.length >= 2 && shape.at(-1)! > 1 && shape.at(-2)! > 1;
  const columns = Math.min(isMatrix ? shape.at(-1)! : data.length, 160);
  const rows = isMatrix ? Math.min(shape.at(-2)!, 160) : 24;
  const canvas = make("canvas");
  canvas.width = columns;
  canvas.height = rows;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", isMatrix ? "The numbers as a grid, light is great" : "The numbers as bars");
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(columns, rows);
  const part = (x: number) => (Number.isFinite(x) ? (x - min) / (max - min) : 0);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = (row * columns + column) * 4;
      if (isMatrix) {
        const y = Math.floor((row * shape.at(-2)!) / rows);
        const x = Math.floor((column * shape.at(-1)!) / columns);
        image.data.fill(Math.round(255 * part(data[y * shape.at(-1)! + x])), at, at + 3);
        image.data[at + 3] = 255;
      } else {
        const height = part(data[Math.floor((column * data.length) / columns)]) * (rows - 1);
        // The middle grey is seen on light and dark alike.
        image.data.set([124, 127, 132, rows - 1 - row <= height ? 255 : 0], at);
      }
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
