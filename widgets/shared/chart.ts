/** A small line chart in SVG: axes with names, a few lines labelled at their ends, marks. For parts of widgets; holds no state. */
import {scaleLinear, scaleLog} from "d3";
import {placeLabels} from "./chart-labels.ts";
import {redraw, set, svg} from "./dom.ts";
import {number} from "./text.ts";

export interface Axis {
  domain: [number, number];
  name: string;
  log?: boolean;
  ticks?: number[];
  words?: (value: number) => string;
}

export interface Series {
  points: [number, number][];
  class: string;
  /** Written at the line's end. */
  label?: string;
  labelClass?: string;
  /** Where the label stands along the points: 1 is the end. */
  at?: number;
}

/** A line across the chart at one x or y, or a dot where both are given. */
export interface Mark {
  x?: number;
  y?: number;
  class: string;
  label?: string;
  labelClass?: string;
}

export interface ChartOptions {
  width: number;
  height: number;
  em: number;
  x: Axis;
  y: Axis;
  series: Series[];
  marks?: Mark[];
  /** Room right of the plot for labels, in px. */
  right?: number;
}

export interface ChartScales {
  x: (value: number) => number;
  y: (value: number) => number;
  /** The value of x under a place, in px from the chart's left. */
  invert: (px: number) => number;
}

/** Draws the chart into `picture` and returns its scales. */
export function drawChart(picture: SVGSVGElement, {width, height, em, x, y, series, marks = [], right = 1.5 * em}: ChartOptions): ChartScales {
  set(picture, {width, height, viewBox: `0 0 ${width} ${height}`});
  const scale = ({domain, log}: Axis, range: [number, number]) => (log ? scaleLog(domain, range) : scaleLinear(domain, range));
  const sx = scale(x, [2.8 * em, width - right]);
  const sy = scale(y, [height - 3 * em, 2.1 * em]);
  /** From end to end of the chart, where a mark has only one of x and y. */
  const across = (mark: Mark): [number, number][] | null => {
    if (mark.x != null && mark.y == null) return [[sx(mark.x), sy.range()[1]], [sx(mark.x), sy.range()[0]]];
    if (mark.y != null && mark.x == null) return [[sx.range()[0], sy(mark.y)], [sx.range()[1], sy(mark.y)]];
    return null;
  };
  const parts: SVGElement[] = [];
  const word = (label: string, px: number, py: number, anchor: string, name = "d-soft") => parts.push(svg("text", {x: px, y: py, "text-anchor": anchor, class: name}, label));

  for (const tick of y.ticks ?? sy.ticks(4)) {
    parts.push(svg("line", {x1: sx.range()[0], x2: sx.range()[1], y1: sy(tick), y2: sy(tick), class: tick === y.domain[0] ? "d-axis" : "d-grid"}));
    word((y.words ?? number)(tick), sx.range()[0] - 0.5 * em, sy(tick) + 0.33 * em, "end");
  }
  word(y.name, 0, 0.9 * em, "start");
  let free = -Infinity;
  for (const tick of x.ticks ?? sx.ticks(5)) {
    const label = (x.words ?? number)(tick);
    const half = 0.28 * em * label.length;
    const place = Math.min(sx(tick), width - half);
    if (place - half < free + 0.4 * em) continue;
    free = place + half;
    word(label, place, height - 1.7 * em, "middle");
  }
  word(x.name, (sx.range()[0] + sx.range()[1]) / 2, height - 0.3 * em, "middle");
  for (const {points, class: name} of series) {
    const finite = points.filter((point) => point.every(Number.isFinite));
    if (finite.length > 0) parts.push(svg("path", {class: name, d: `M${finite.map(([a, b]) => `${sx(a).toFixed(1)},${sy(b).toFixed(1)}`).join("L")}`}));
  }
  for (const mark of marks) {
    const line = across(mark);
    if (line) parts.push(svg("line", {x1: line[0][0], x2: line[1][0], y1: line[0][1], y2: line[1][1], class: mark.class}));
    else if (mark.x != null && mark.y != null) parts.push(svg("circle", {cx: sx(mark.x), cy: sy(mark.y), r: 0.34 * em, class: mark.class}));
  }
  parts.push(...labels(series, marks, {sx, sy, em, width, height, across: marks.flatMap((mark) => [across(mark) ?? []])}));
  redraw(picture, parts);
  return {x: sx, y: sy, invert: (px) => sx.invert(Math.max(sx.range()[0], Math.min(sx.range()[1], px)))};
}

/** Words beside lines and marks. */
function labels(series: Series[], marks: Mark[], {sx, sy, em, width, height, across}: {sx: (v: number) => number; sy: (v: number) => number; em: number; width: number; height: number; across: [number, number][][]}): SVGElement[] {
  const lines = series.map(({points}) => points.filter((point) => point.every(Number.isFinite)).map(([a, b]): [number, number] => [sx(a), sy(b)]));
  const wanted = [
    ...marks.flatMap((mark) => (mark.label ? [{text: mark.label, class: mark.labelClass ?? "d-soft", near: (mark.x == null ? [width - 0.2 * em, 0.5 * width, 3 * em] : [sx(mark.x)]).map((x): [number, number] => [x, mark.y == null ? 3.3 * em : sy(mark.y) - 0.1 * em])}] : [])),
    ...series.flatMap(({label, labelClass, at = 1}, k) => {
      const last = lines[k].length - 1;
      // Along the line there is mostly some place where none of the others passes.
      const near = [0, -0.15, 0.15, -0.3, 0.3].map((by) => at + by).filter((share) => share >= 0 && share <= 1).map((share) => lines[k][Math.round(share * last)]);
      return label && last >= 0 ? [{text: label, class: labelClass ?? "d-soft", near, line: k}] : [];
    })
  ];
  const places = placeLabels(wanted, {em, width, height, lines: [...lines, ...across]});
  return wanted.map(({text, class: name}, k) => svg("text", {...places[k], class: `${name} d-halo`}, text));
}
