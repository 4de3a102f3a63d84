/** Where the parts of a similarity matrix stand, and which range its colours span. */
import type {MatrixView} from "./matrix-data.ts";

/** Where everything stands, in CSS px from the stage's corner. */
export interface MatrixLayout {
  em: number;
  cell: number;
  /** Corner of the cells. */
  left: number;
  top: number;
  thumb: number;
  thumbColumns: number;
  /** Every `thumbStride`-th image has its thumbnail shown. */
  thumbStride: number;
  /** Every `labelStride`-th caption is written; 0 where there is no room for words. */
  labelStride: number;
  width: number;
  height: number;
}

/** Fits `n` by `m` cells into `room` px of width. */
export function matrixLayout({n, m}: {n: number; m: number}, room: number, em: number, {thumbs, words}: {thumbs: boolean; words: boolean}): MatrixLayout {
  const tallest = 42 * em;
  const guess = Math.min((room - 4 * em) / m, tallest / n, 4.2 * em);
  const thumbColumns = thumbs ? Math.max(1, Math.min(words ? 3 : 2, Math.ceil((1.9 * em) / guess))) : 0;
  const thumbStride = thumbs ? Math.max(1, Math.round((1.7 * em) / (guess * thumbColumns))) : 1;
  const sideOf = (cell: number) => (thumbs ? Math.max(4, Math.min(4 * em, cell * thumbColumns * thumbStride) - 2) : 0);
  const left = thumbs ? thumbColumns * (sideOf(guess) + 2) + 0.4 * em : 3.9 * em;
  const ideal = Math.min((room - left) / m, tallest / n, 4.2 * em);
  const dpr = globalThis.devicePixelRatio || 1;
  const cell = ideal * dpr > 2 ? Math.floor(ideal * dpr) / dpr : ideal;
  const thumb = sideOf(cell);
  const labels = words ? 8.2 * em : 1.7 * em + 0.5 * thumb;
  return {
    em,
    cell,
    left,
    top: labels,
    thumb,
    thumbColumns,
    thumbStride,
    labelStride: words ? Math.max(1, Math.ceil((1.25 * em) / cell)) : 0,
    width: left + cell * m,
    height: labels + cell * n + 3.6 * em
  };
}

/** Where image `i`'s thumbnail stands: staggered over the columns, so that each is larger than its row. */
export function thumbPlace({left, top, cell, thumb, thumbColumns, thumbStride, em}: MatrixLayout, i: number): {x: number; y: number; size: number} {
  const column = Math.floor(i / thumbStride) % thumbColumns;
  return {x: left - 0.4 * em - (column + 1) * (thumb + 2), y: Math.max(top - thumb / 2, top + (i + 0.5) * cell - thumb / 2), size: thumb};
}

/** Which colour range the values have: 0 to 1 for probability, rounded outward for cosine. */
export function domainOf(view: MatrixView, extent: [number, number] | null): [number, number] {
  if (view !== "cosine") return [0, 1];
  if (!extent) return [-1, 1];
  const low = Math.max(-1, Math.floor(extent[0] * 10) / 10);
  const high = Math.min(1, Math.ceil(extent[1] * 10) / 10);
  return high > low ? [low, high] : [Math.max(-1, low - 0.1), Math.min(1, high + 0.1)];
}
