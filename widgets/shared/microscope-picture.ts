/** Drawing a stop of the loss microscope: cells with their numbers, embeddings as strips, pulls and pushes as bars. */
import type {LossSteps, Rows} from "../../src/clip/loss-steps.ts";
import {diverging, inkOn, sequential} from "./colour.ts";
import {redraw, set, svg} from "./dom.ts";
import {finiteExtent} from "./matrix.ts";
import type {Stage, Strip} from "./microscope-stages.ts";
import {fixed, number, shorten} from "./text.ts";

export interface MicroscopeScene {
  stage: Stage;
  steps: LossSteps;
  width: number;
  em: number;
  captions: string[];
  /** The picture of image i, or null while it is on its way. */
  picture: (i: number) => HTMLCanvasElement | null;
  /** The cell pointed at. */
  at: {i: number; j: number};
}

/** Where the cells stand, for the pointer. */
export interface MicroscopePlaces {
  left: number;
  top: number;
  cell: number;
  height: number;
}

/** Draws the scene into `picture`. */
export function drawMicroscope(picture: SVGSVGElement, scene: MicroscopeScene): MicroscopePlaces {
  const {stage, steps, width, em} = scene;
  const n = steps.n;
  const left = 3.4 * em;
  const top = 8 * em;
  const cell = Math.max((stage.picture.kind === "embeddings" ? 2.7 : 1.6) * em, Math.min(4 * em, (width - left - 4.6 * em) / n));
  const height = top + n * cell + 3 * em;
  set(picture, {width, height});
  const places = {left, top, cell, height};
  const parts = [...rowPictures(scene, places)];
  if (stage.picture.kind === "cells") parts.push(...captionsAbove(scene, places), ...cellsOf(scene, places, stage.picture.cells(steps), stage.picture.colours), ...strips(scene, places, stage.picture.right, stage.picture.below));
  else if (stage.picture.kind === "embeddings") parts.push(...embeddings(scene, places, steps[stage.picture.images] as Rows, steps[stage.picture.captions] as Rows));
  else parts.push(...pulls(scene, places));
  redraw(picture, parts);
  return places;
}

/** Thumbnails down the left edge, in a blue edge; the pointed one's ringed. */
function rowPictures({steps, em, picture: pictureOf, at, stage}: MicroscopeScene, {left, top, cell}: MicroscopePlaces): SVGElement[] {
  const size = Math.min(cell - 4, left - 0.6 * em);
  return Array.from({length: steps.n}, (_, i) => {
    const x = left - size - 0.5 * em;
    const y = top + (i + 0.5) * cell - size / 2;
    const picture = pictureOf(i);
    return svg(
      "g",
      {},
      picture ? svg("image", {x, y, width: size, height: size, href: addressOf(picture), style: "image-rendering: pixelated"}) : svg("text", {x: x + size / 2, y: y + size / 2 + 0.35 * em, "text-anchor": "middle", class: "d-t-image"}, i + 1),
      svg("rect", {x: x - 1, y: y - 1, width: size + 2, height: size + 2, rx: 2, class: i === at.i && stage.lit !== "column" ? "d-image-edge d-now" : "d-image-edge"})
    );
  });
}

const addresses = new WeakMap<HTMLCanvasElement, string>();
function addressOf(picture: HTMLCanvasElement): string {
  if (!addresses.has(picture)) addresses.set(picture, picture.toDataURL());
  return addresses.get(picture)!;
}

function captionsAbove({steps, em, captions, at}: MicroscopeScene, {left, top, cell}: MicroscopePlaces): SVGElement[] {
  return Array.from({length: steps.n}, (_, j) =>
    svg("text", {transform: `translate(${left + (j + 0.5) * cell + 0.2 * em},${top - 0.5 * em}) rotate(-45)`, class: `d-t-caption ${j === at.j ? "d-strong" : ""}`}, shorten(captions[j] ?? `caption ${j + 1}`, 20))
  );
}

/** The colour of a value: over the values' own range, from 0 to 1, or about a centred 0. */
function scaleOf(values: Rows, colours: "sequential" | "unit" | "diverging"): (value: number) => string {
  const [low, high] = finiteExtent(values.flat()) ?? [0, 1];
  const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return (value) => {
    if (!Number.isFinite(value)) return "#8c8c8c";
    if (colours === "diverging") return diverging(0.5 + value / (2 * reach));
    if (colours === "unit") return sequential(value);
    return sequential(high > low ? (value - low) / (high - low) : 0.5);
  };
}

function cellsOf({steps, em, at, stage}: MicroscopeScene, {left, top, cell}: MicroscopePlaces, values: Rows, colours: "sequential" | "unit" | "diverging"): SVGElement[] {
  const colour = scaleOf(values, colours);
  const greatest = Math.max(...values.flat().map(Math.abs));
  const digits = greatest < 0.02 ? 4 : greatest < 0.2 ? 3 : 2;
  const parts: SVGElement[] = [];
  for (let i = 0; i < steps.n; i++)
    for (let j = 0; j < steps.n; j++) {
      const fill = colour(values[i][j]);
      const lit = {all: true, row: i === at.i, column: j === at.j, diagonal: i === j}[stage.lit];
      const x = left + j * cell;
      const y = top + i * cell;
      parts.push(
        svg("rect", {x, y, width: cell - 1, height: cell - 1, style: `fill: ${fill}`, class: lit ? "d-cell" : "d-cell d-dim", "data-value": values[i][j]}),
        svg("text", {x: x + (cell - 1) / 2, y: y + cell / 2 + 0.33 * em, "text-anchor": "middle", style: `fill: ${lit ? inkOn(fill) : "var(--ink)"}`, class: lit ? "" : "d-dim-word"}, cell >= 2.7 * em ? inCell(values[i][j], digits) : "")
      );
    }
  for (let k = 0; k < steps.n; k++) parts.push(svg("rect", {x: left + k * cell + 1, y: top + k * cell + 1, width: cell - 3, height: cell - 3, class: "d-true-edge"}));
  parts.push(svg("rect", {x: left + at.j * cell - 1.5, y: top + at.i * cell - 1.5, width: cell + 2, height: cell + 2, class: "d-ring"}));
  if (stage.picture.kind === "cells" && !stage.picture.below) parts.push(...legend(values, colours, {left, y: top + steps.n * cell + 0.7 * em, em}));
  return parts;
}

/** The colours with their numbers: least to greatest, 0 to 1, or about a centred 0. */
function legend(values: Rows, colours: "sequential" | "unit" | "diverging", {left, y, em}: {left: number; y: number; em: number}): SVGElement[] {
  const [low, high] = finiteExtent(values.flat()) ?? [0, 1];
  const reach = Math.max(Math.abs(low), Math.abs(high));
  const ends = colours === "unit" ? [0, 1] : colours === "diverging" ? [-reach, reach] : [low, high];
  const word = number(ends[0], 2);
  const x = left + (0.5 * word.length + 0.5) * em;
  const bar = 7 * em;
  const fill = (share: number) => (colours === "diverging" ? diverging(share) : sequential(share));
  return [
    svg("text", {x: left, y: y + 0.75 * em, class: "d-soft"}, word),
    ...Array.from({length: 32}, (_, k) => svg("rect", {x: x + (k * bar) / 32, y, width: bar / 32 + 0.4, height: 0.75 * em, style: `fill: ${fill(k / 31)}`})),
    colours === "diverging" ? svg("text", {x: x + bar / 2, y: y + 1.9 * em, "text-anchor": "middle", class: "d-soft"}, "0") : svg("g"),
    svg("text", {x: x + bar + 0.4 * em, y: y + 0.75 * em, class: "d-soft"}, number(ends[1], 2))
  ];
}

/** Numbers to the right of the rows and beneath the columns. */
function strips({steps, em}: MicroscopeScene, {left, top, cell}: MicroscopePlaces, right: Strip[] = [], below: Strip[] = []): SVGElement[] {
  const n = steps.n;
  const parts: SVGElement[] = [];
  for (const strip of right) {
    const x = left + n * cell + 3.9 * em;
    strip.values(steps).forEach((value, i) => parts.push(svg("text", {x, y: top + (i + 0.5) * cell + 0.33 * em, "text-anchor": "end", class: "d-strong", "data-strip": strip.label}, inCell(value))));
    parts.push(svg("text", {x, y: top + n * cell + 1.4 * em, "text-anchor": "end", class: "d-soft"}, strip.label));
  }
  for (const strip of below) {
    strip.values(steps).forEach((value, j) => parts.push(svg("text", {x: left + (j + 0.5) * cell, y: top + n * cell + 1.2 * em, "text-anchor": "middle", class: "d-strong", "data-strip": strip.label}, inCell(value))));
    if (right.length === 0) parts.push(svg("text", {x: left - 0.5 * em, y: top + n * cell + 1.2 * em, "text-anchor": "end", class: "d-soft"}, strip.label));
  }
  return parts;
}

/** Shades on either side of zero. */
const shades = 16;

/** Each embedding as a strip of colours: an image's to the left, its caption's to the right. */
function embeddings({width, em, captions}: MicroscopeScene, {left, top, cell}: MicroscopePlaces, images: Rows, words: Rows): SVGElement[] {
  const reach = Math.max(...[...images, ...words].flat().map(Math.abs)) || 1;
  const gap = 1.6 * em;
  const side = (Math.min(width, left + 44 * em) - left - gap) / 2;
  const parts: SVGElement[] = [];
  // One path a shade: a thousand rectangles, made anew with every frame, would hold up the page.
  const inks = new Map<string, string>();
  [images, words].forEach((rows, block) => {
    const x0 = left + block * (side + gap);
    const step = side / rows[0].length;
    rows.forEach((row, i) => {
      const y = top + i * cell + (cell - Math.min(cell, 2.6 * em)) / 2 + 2;
      const height = Math.min(cell, 2.6 * em) - (block ? 1.1 * em : 0) - 4;
      row.forEach((value, k) => {
        const fill = Number.isFinite(value) ? diverging(0.5 + Math.round((shades * value) / reach) / (2 * shades)) : "#8c8c8c";
        inks.set(fill, `${inks.get(fill) ?? ""}M${(x0 + k * step).toFixed(1)},${y.toFixed(1)}h${(step + 0.3).toFixed(1)}v${height.toFixed(1)}h${(-step - 0.3).toFixed(1)}z`);
      });
      if (block === 1) parts.push(svg("text", {x: x0, y: top + i * cell + (cell + Math.min(cell, 2.6 * em)) / 2 - 0.1 * em, class: "d-t-caption"}, shorten(captions[i] ?? "", Math.floor(side / (0.5 * em)))));
    });
    parts.push(svg("text", {x: x0, y: top - 0.7 * em, class: block ? "d-t-caption d-strong" : "d-t-image d-strong"}, block ? "captions" : "images"));
  });
  parts.unshift(...Array.from(inks, ([fill, d]) => svg("path", {d, style: `fill: ${fill}`})));
  const bar = 8 * em;
  const y = top - 4 * em;
  parts.push(
    ...Array.from({length: 33}, (_, k) => svg("rect", {x: left + (k * bar) / 33, y, width: bar / 33 + 0.4, height: 0.8 * em, style: `fill: ${diverging(k / 32)}`})),
    ...[-reach, 0, reach].map((value, k) => svg("text", {x: left + (k * bar) / 2, y: y - 0.4 * em, "text-anchor": k === 0 ? "start" : k === 1 ? "middle" : "end", class: "d-soft"}, number(value, 2)))
  );
  return parts;
}

/** How strongly each caption draws the pointed image, downhill: to the right it pulls closer, to the left it pushes away. */
function pulls({steps, width, em, captions, at}: MicroscopeScene, {left, top, cell}: MicroscopePlaces): SVGElement[] {
  const force = steps.d_cosines[at.i].map((value) => -value);
  const reach = Math.max(...force.map(Math.abs)) || 1;
  const zero = left + 0.62 * (width - left);
  const unit = Math.min(width - zero - 3.4 * em, 0.3 * (width - left)) / reach;
  const parts: SVGElement[] = [svg("line", {x1: zero, x2: zero, y1: top - 0.4 * em, y2: top + steps.n * cell, class: "d-axis"})];
  force.forEach((value, j) => {
    const y = top + (j + 0.5) * cell;
    const own = j === at.i;
    const end = zero + unit * value;
    parts.push(
      svg("text", {x: left + 0.4 * em, y: y + 0.33 * em, class: own ? "d-t-pair d-strong" : "d-t-caption"}, shorten(captions[j] ?? "", Math.max(6, Math.floor((0.3 * (width - left)) / (0.48 * em))))),
      svg("line", {x1: zero, x2: end, y1: y, y2: y, class: own ? "d-pull" : "d-push", "data-value": value}),
      svg("text", {x: end + (value < 0 ? -0.5 : 0.5) * em, y: y + 0.33 * em, "text-anchor": value < 0 ? "end" : "start"}, number(value, 2))
    );
  });
  parts.push(
    svg("text", {x: zero - 0.6 * em, y: top - 0.9 * em, "text-anchor": "end", class: "d-t-hard"}, "← pushes away"),
    svg("text", {x: zero + 0.6 * em, y: top - 0.9 * em, class: "d-t-pair"}, "pulls closer →"),
    svg("text", {x: left, y: top - 3 * em, class: "d-soft"}, `on image ${at.i + 1}; all together ${number(Math.hypot(...steps.d_I[at.i]))}`)
  );
  return parts;
}

/** A number where there is little room: a dash for what is none. */
function inCell(value: number, digits?: number): string {
  return Number.isFinite(value) ? fixed(value, digits) : "–";
}
