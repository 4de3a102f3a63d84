/** The picture of a decision slice: the classes' colours, and the marks of prompts and images upon them. Holds no state. */
import {rgb} from "d3";
import type {SliceData} from "../decision-slice.ts";
import {categories} from "./colour.ts";
import {redraw, set, svg} from "./dom.ts";
import {pen} from "./measure.ts";
import type {Slice} from "./slice.ts";
import {onPatch, project, softmaxAt} from "./slice.ts";
import {percent, shorten} from "./text.ts";

/** Cells painted along a side. */
export const cells = 150;

/** Every cell in the colour of its likeliest class, paler the less sure; borders stay where the two first are level. */
export function paint(canvas: HTMLCanvasElement, slice: Slice, scale: number, paper: string): void {
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(cells, cells);
  const classes = slice.coordinates.length / 3;
  const fills = Array.from({length: classes}, (_, c) => rgb(fillOf(c, classes)));
  const blank = rgb(paper);
  const p = new Float64Array(classes);
  for (let y = 0; y < cells; y++) {
    for (let x = 0; x < cells; x++) {
      softmaxAt(slice, ((x + 0.5) / cells - 0.5) * 2 * slice.reach, (0.5 - (y + 0.5) / cells) * 2 * slice.reach, scale, p);
      let best = 0;
      for (let c = 1; c < classes; c++) if (p[c] > p[best]) best = c;
      const sure = 0.18 + 0.72 * Math.max(0, (p[best] - 1 / classes) / (1 - 1 / classes));
      const at = (y * cells + x) * 4;
      image.data[at] = blank.r + sure * (fills[best].r - blank.r);
      image.data[at + 1] = blank.g + sure * (fills[best].g - blank.g);
      image.data[at + 2] = blank.b + sure * (fills[best].b - blank.b);
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

interface Marks {
  data: SliceData;
  slice: Slice;
  chosen: number[];
  pointed: {u: number; v: number} | null;
  side: number;
  em: number;
}

export function drawMarks(picture: SVGSVGElement, {data, slice, chosen, pointed, side, em}: Marks): void {
  const {labels, width, prompts, images} = data;
  set(picture, {width: side, height: side, "aria-label": `Decision slice through ${chosen.map((c) => labels[c]).join(", ")}. Arrow keys move the place that is read.`});
  const x = (u: number) => (u / slice.reach / 2 + 0.5) * side;
  const y = (v: number) => (0.5 - v / slice.reach / 2) * side;
  const {parts, text} = pen();
  const classes = labels.length;
  const row = (rows: Float32Array, i: number) => rows.subarray(i * width, (i + 1) * width);
  if (images) {
    for (let i = 0; i < images.embeddings.length / width; i++) {
      const place = project(slice, row(images.embeddings, i));
      if (!place || Math.max(Math.abs(place.u), Math.abs(place.v)) > slice.reach) continue;
      const truth = images.truth?.[i] ?? -1;
      const mark = svg("circle", {cx: x(place.u), cy: y(place.v), r: 0.3 * em, fill: truth < 0 ? "var(--chance)" : fillOf(truth, classes), stroke: "var(--ink)", "stroke-width": 1, "fill-opacity": 0.95});
      mark.append(svg("title", {}, `${images.names?.[i] ?? `image ${i + 1}`}${truth < 0 ? "" : `, truly ${labels[truth]}`}: ${percent(place.inside)} of its length lies in this slice`));
      parts.push(mark);
    }
  }
  if (prompts) {
    for (let i = 0; i < prompts.classes.length; i++) {
      if (!chosen.includes(prompts.classes[i])) continue;
      const place = project(slice, row(prompts.embeddings, i));
      const centre = onPatch(slice.coordinates.subarray(prompts.classes[i] * 3, prompts.classes[i] * 3 + 3));
      if (!place || !centre || Math.max(Math.abs(place.u), Math.abs(place.v)) > slice.reach) continue;
      parts.push(svg("line", {x1: x(place.u), y1: y(place.v), x2: x(centre.u), y2: y(centre.v), stroke: "var(--caption)", "stroke-width": 1, "stroke-opacity": 0.6}));
      parts.push(svg("rect", {x: x(place.u) - 0.2 * em, y: y(place.v) - 0.2 * em, width: 0.4 * em, height: 0.4 * em, fill: "var(--caption)"}));
    }
  }
  for (const c of chosen) {
    const place = onPatch(slice.coordinates.subarray(c * 3, c * 3 + 3));
    if (!place) continue;
    const s = 0.42 * em;
    parts.push(svg("rect", {x: x(place.u) - s, y: y(place.v) - s, width: 2 * s, height: 2 * s, fill: "var(--caption)", stroke: "var(--paper)", "stroke-width": 1.5}));
    const late = place.u > 0.3 * slice.reach;
    text(shorten(labels[c], 22), x(place.u) + (late ? -0.9 : 0.9) * em, y(place.v) + 0.33 * em, {anchor: late ? "end" : "start", class: "d-strong d-halo"});
  }
  if (pointed) parts.push(svg("circle", {cx: x(pointed.u), cy: y(pointed.v), r: 0.5 * em, class: "d-ring", fill: "none"}));
  redraw(picture, parts);
}

/** The colour of a class: grey where there are more than colours. */
export function fillOf(c: number, classes: number): string {
  return classes <= categories.length || c < categories.length ? categories[c % categories.length] : "#8f959c";
}
