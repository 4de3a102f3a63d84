/** Drawing a similarity matrix: cells on one canvas, thumbnails on another, words and marks as SVG over them. */
import {format} from "d3";
import type {Colours} from "./colour.ts";
import {inkOn, nanWord, sequential, sequentialTable} from "./colour.ts";
import {html, redraw, set, svg} from "./dom.ts";
import type {MatrixData, MatrixView} from "./matrix-data.ts";
import type {MatrixLayout} from "./matrix-layout.ts";
import {thumbPlace} from "./matrix-layout.ts";
import type {Thumbnails} from "./pairs.ts";
import {whole} from "./slices.ts";
import type {Work} from "./slices.ts";
import {number, shorten} from "./text.ts";

const finest = 1024;

/** The cells as a picture of at most 1024 by 1024 pixels, where each shows the greatest value beneath it: a mean would hide the diagonal. */
export function paintCells(values: Float32Array, n: number, m: number, domain: [number, number], colours: Uint32Array = sequentialTable): HTMLCanvasElement {
  const image = whole(paintedLines(values, n, m, domain, colours));
  const canvas = html("canvas", {width: image.width, height: image.height});
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas;
}

export function* paintedLines(values: Float32Array, n: number, m: number, [low, high]: [number, number], colours: Uint32Array = sequentialTable): Work<ImageData> {
  const block = Math.max(1, Math.ceil(Math.max(n, m) / finest));
  const height = Math.ceil(n / block);
  const width = Math.ceil(m / block);
  const image = new ImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let best = NaN;
      for (let i = y * block; i < Math.min(n, (y + 1) * block); i++)
        for (let j = x * block; j < Math.min(m, (x + 1) * block); j++) {
          const value = values[i * m + j];
          if (!(best >= value)) best = Number.isNaN(value) ? best : value;
        }
      words[y * width + x] = Number.isNaN(best) ? nanWord : colours[Math.max(0, Math.min(255, Math.round((255 * (best - low)) / (high - low))))];
    }
    yield;
  }
  return image;
}

/** Puts the cells' colours on a canvas of a pixel a cell; the browser stretches it, which costs the page nothing. */
export function drawCells(canvas: HTMLCanvasElement, {layout: {left, top, cell}, data, cells}: {layout: MatrixLayout; data: MatrixData; cells: ImageData}): void {
  sizeCanvas(canvas, cells.width, cells.height);
  Object.assign(canvas.style, {left: `${left}px`, top: `${top}px`, width: `${cell * data.m}px`, height: `${cell * data.n}px`});
  if (drawnCells.get(canvas) === cells) return;
  canvas.getContext("2d")!.putImageData(cells, 0, 0);
  drawnCells.set(canvas, cells);
}

/** What each canvas shows, so that it is drawn only when that changes. */
const drawnCells = new WeakMap<HTMLCanvasElement, ImageData>();
const drawnThumbs = new WeakMap<HTMLCanvasElement, string>();

/** Draws the thumbnails of the rows and their edges. */
export function drawThumbs(canvas: HTMLCanvasElement, {layout, data, thumbnails, colours}: {layout: MatrixLayout; data: MatrixData; thumbnails: Thumbnails; colours: Colours}): void {
  canvas.hidden = layout.thumbColumns === 0;
  if (canvas.hidden) return;
  const {left, height} = layout;
  const dpr = globalThis.devicePixelRatio || 1;
  const rows = Array.from({length: Math.ceil(data.n / layout.thumbStride)}, (_, k) => data.indices[k * layout.thumbStride]);
  const shown = JSON.stringify([layout, dpr, colours.image, rows, rows.map((row) => thumbnails.get(row) !== null)]);
  if (drawnThumbs.get(canvas) === shown) return;
  drawnThumbs.set(canvas, shown);
  sizeCanvas(canvas, Math.round(left * dpr), Math.round(height * dpr));
  Object.assign(canvas.style, {width: `${left}px`, height: `${height}px`});
  const context = canvas.getContext("2d")!;
  context.setTransform(dpr, 0, 0, dpr, 0, 0);
  context.clearRect(0, 0, left, height);
  context.imageSmoothingQuality = "high";
  for (let i = 0; i < data.n; i += layout.thumbStride) {
    const {x, y, size} = thumbPlace(layout, i);
    const picture = thumbnails.get(data.indices[i]);
    if (picture) context.drawImage(picture, x, y, size, size);
    else {
      context.strokeStyle = colours.image;
      context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
    }
  }
}

function sizeCanvas(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

export interface MatrixMarks {
  layout: MatrixLayout;
  data: MatrixData;
  view: MatrixView;
  values: Float32Array;
  domain: [number, number];
  /** The cell pointed at, and the one pinned. */
  pointed: {i: number; j: number} | null;
  pinned: {i: number; j: number} | null;
  /** Rows of the pairs marked in other views. */
  marked: number[];
}

/** Everything over the cells: the diagonal, captions, axis names, digits, the marks and the scale. */
export function drawMarks(picture: SVGSVGElement, marks: MatrixMarks): void {
  const {layout, data} = marks;
  const {left, top, cell, width, height, em} = layout;
  set(picture, {width, height});
  const at = marks.pointed ?? marks.pinned;
  // What stays comes first, so that a pointer on its way changes only what comes last.
  const parts: SVGElement[] = [
    svg("text", {x: 0, y: layout.thumbColumns === 0 ? top + 0.9 * em : top - 0.55 * em - (layout.thumbColumns > 1 || layout.thumb > cell ? 0.5 * layout.thumb : 0), class: "d-t-image d-strong"}, "images"),
    ...captionLabels(marks, at),
    ...scaleLegend(marks, top + cell * data.n + 0.9 * em),
    svg("path", {d: diagonalPath(layout, Math.min(data.n, data.m)), class: "d-diagonal", "stroke-width": cell >= 8 ? 1.5 : 1})
  ];
  if (cell >= 2 * em) parts.push(...digits(marks));
  for (const k of marks.marked) {
    if (k < data.n) parts.push(strip(left, top + k * cell, cell * data.m, cell, "d-strip"));
    if (k < data.m) parts.push(strip(left + k * cell, top, cell, cell * data.n, "d-strip"));
  }
  if (at) {
    parts.push(strip(left, top + at.i * cell, cell * data.m, cell, "d-strip"), strip(left + at.j * cell, top, cell, cell * data.n, "d-strip"));
    if (layout.thumbColumns && at.i % layout.thumbStride === 0) {
      const place = thumbPlace(layout, at.i);
      parts.push(svg("rect", {x: place.x - 1, y: place.y - 1, width: place.size + 2, height: place.size + 2, class: "d-thumb-ring"}));
    }
  }
  for (const [place, name] of [[marks.pinned, "d-pin"], [marks.pointed, "d-point"]] as const)
    if (place) {
      parts.push(strip(left + place.j * cell - 2, top + place.i * cell - 2, cell + 4, cell + 4, "d-cell-outer"), strip(left + place.j * cell - 1, top + place.i * cell - 1, cell + 2, cell + 2, name));
    }
  if (at && layout.labelStride > 0) parts.push(captionLabel(marks, at.j, "d-t-caption d-strong"));
  redraw(picture, parts);
}

function strip(x: number, y: number, width: number, height: number, name: string): SVGElement {
  return svg("rect", {x, y, width, height, class: name});
}

function diagonalPath({left, top, cell}: MatrixLayout, count: number): string {
  // Cells too small for an edge each: one line along them.
  if (cell < 2) return `M${left},${top}l${cell * count},${cell * count}`;
  const inset = cell >= 8 ? 0.75 : 0.5;
  const side = Math.max(0.5, cell - 2 * inset);
  let path = "";
  for (let k = 0; k < count; k++) path += `M${left + k * cell + inset},${top + k * cell + inset}h${side}v${side}h${-side}z`;
  return path;
}

function captionLabels({layout, data}: MatrixMarks, at: {i: number; j: number} | null): SVGElement[] {
  const {left, top, cell, em, labelStride} = layout;
  if (labelStride === 0) return [svg("text", {x: Math.max(left, 3.9 * em), y: top - 0.55 * em, class: "d-t-caption d-strong"}, "captions")];
  // Those beside the caption pointed at make room for it.
  const near = (j: number) => at !== null && Math.abs(j - at.j) * cell < 1.1 * em;
  const labels: SVGElement[] = [];
  for (let j = 0; j < data.m; j += labelStride) labels.push(captionLabel({layout, data}, j, "d-t-caption", near(j)));
  return labels;
}

function captionLabel({layout: {left, top, cell, em}, data}: Pick<MatrixMarks, "layout" | "data">, j: number, name: string, hidden = false): SVGElement {
  return svg("text", {transform: `translate(${left + (j + 0.5) * cell + 0.25 * em},${top - 0.35 * em}) rotate(-45)`, class: name, display: hidden && "none"}, shorten(data.captions[j], 22));
}

function digits({layout: {left, top, cell, em}, data: {n, m}, values, domain}: MatrixMarks): SVGElement[] {
  const two = format(".2f");
  const parts: SVGElement[] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      const value = values[i * m + j];
      const share = Math.max(0, Math.min(1, (value - domain[0]) / (domain[1] - domain[0])));
      const words = Number.isFinite(value) ? two(value).replace("-", "−") : "–";
      parts.push(svg("text", {x: left + (j + 0.5) * cell, y: top + (i + 0.5) * cell + 0.33 * em, "text-anchor": "middle", style: `fill: ${inkOn(Number.isFinite(value) ? sequential(share) : "#8c8c8c")}`}, words));
    }
  return parts;
}

const legendWords: Record<MatrixView, string> = {
  captions: "probability of the caption, given the image",
  images: "probability of the image, given the caption",
  cosine: "cosine of image and caption"
};

/** The colours of the cells with their numbers; always from the least to the greatest. */
function scaleLegend({layout: {left, em, width}, view, domain}: MatrixMarks, y: number): SVGElement[] {
  const bar = Math.min(11 * em, 0.5 * (width - left));
  const id = `d-scale-${view}`;
  const stops = Array.from({length: 9}, (_, k) => svg("stop", {offset: k / 8, "stop-color": sequential(k / 8)}));
  const low = number(domain[0]);
  const x = left + (low.length * 0.55 + 0.4) * em;
  return [
    svg("defs", {}, svg("linearGradient", {id}, ...stops)),
    svg("text", {x: left, y: y + 0.8 * em, class: "d-soft"}, low),
    svg("rect", {x, y, width: bar, height: 0.8 * em, fill: `url(#${id})`}),
    svg("text", {x: x + bar + 0.4 * em, y: y + 0.8 * em, class: "d-soft"}, number(domain[1])),
    svg("text", {x: left, y: y + 2.3 * em, class: "d-soft"}, legendWords[view])
  ];
}
