/** Lines with their intervals over one axis: recall while training, accuracy by examples, by strength, by C. */
import {scaleLinear, scaleLog} from "d3";
import {categories} from "./shared/colour.ts";
import {emitInput, extend, html, liveRegion, redraw, set, svg} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {follow, scheduled, typeSize, watchLook} from "./shared/live.ts";
import {measureRoot, pen} from "./shared/measure.ts";
import {number, percent} from "./shared/text.ts";
import {spread} from "./loss-curve.ts";

export interface SeriesPoint {
  x: number;
  y: number;
  /** The interval that the value lies in; drawn as a band. */
  low?: number;
  high?: number;
}

export interface Series {
  name: string;
  points: SeriesPoint[];
  /** What the line is about; a category's colour where it is none of these. */
  kind?: "image" | "caption" | "pair" | "ink";
}

export interface SeriesData {
  series: Series[];
  /** Levels across the picture: chance, dotted; others such as the zero-shot line, dashed. */
  levels?: {label: string; y: number; chance?: boolean}[];
}

export interface SeriesChartOptions {
  title: string;
  data?: SeriesData;
  x: {label: string; scale?: "linear" | "log"; ticks?: number[]};
  y: {label: string; domain?: [number, number]; percent?: boolean};
  frames?: AsyncIterable<SeriesData>;
  waiting?: string;
  invalidation?: Promise<unknown>;
}

export type SeriesChart = HTMLElement & {
  /** The place under the pointer with each line's value there, or null. */
  readonly value: {x: number; values: Record<string, number>} | null;
  update(data: SeriesData): void;
};

/** The chart. Made once and fed; arrows walk the places at which something was measured. */
export function seriesChart({title, data = {series: []}, x, y, frames, waiting = "Nothing is measured yet.", invalidation}: SeriesChartOptions): SeriesChart {
  let current = data;
  let pointed: number | null = null;
  const picture = svg("svg", {tabindex: 0, role: "application", "aria-roledescription": "chart"});
  const stage = html("div", {class: "d-stage"}, picture);
  const empty = html("p", {class: "d-waiting"}, waiting);
  const live = liveRegion();
  const words = (value: number) => (y.percent === false ? number(value) : percent(value));
  const table = () => ({
    columns: ["line", x.label, y.label, "low", "high"],
    rows: current.series.flatMap(({name, points}) => points.map((point) => [name, point.x, point.y, point.low ?? "", point.high ?? ""]))
  });
  const element = measureRoot("series", html("p", {class: "d-title"}, title), empty, stage, tools(title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"), table, stage), live.element);
  const places = () => [...new Set(current.series.flatMap(({points}) => points.map((point) => point.x)))].sort((a, b) => a - b);
  const read = () => {
    if (pointed === null) return null;
    const at = pointed;
    return {x: at, values: Object.fromEntries(current.series.flatMap(({name, points}) => points.filter((point) => point.x === at).map((point) => [name, point.y])))};
  };
  const draw = scheduled(() => {
    const blank = places().length === 0;
    empty.hidden = !blank;
    stage.hidden = blank;
    if (element.clientWidth > 0 && !blank) drawSeries(picture, stage, {data: current, x, y, words, pointed, width: element.clientWidth, em: typeSize(element), title});
  }, element);
  const point = (at: number | null, say = false) => {
    if (at === pointed) return;
    pointed = at;
    draw();
    const here = read();
    if (say && here) live.say(`${x.label} ${number(here.x)}: ${Object.entries(here.values).map(([name, value]) => `${name} ${words(value)}`).join(", ")}`);
    emitInput(element);
  };
  picture.addEventListener("pointermove", (event) => {
    const at = (event.clientX - picture.getBoundingClientRect().left - Number(picture.dataset.x0)) / (Number(picture.dataset.x1) - Number(picture.dataset.x0));
    const shares = places().map((place) => Math.abs(shareOf(place, places(), x.scale) - at));
    if (shares.length > 0) point(places()[shares.indexOf(Math.min(...shares))]);
  });
  picture.addEventListener("pointerleave", () => point(null));
  picture.addEventListener("blur", () => point(null));
  picture.addEventListener("keydown", (event) => {
    const all = places();
    const from = pointed === null ? -1 : all.indexOf(pointed);
    const to = {ArrowLeft: Math.max(0, from - 1), ArrowRight: Math.min(all.length - 1, from + 1), Home: 0, End: all.length - 1, Escape: -1}[event.key];
    if (to === undefined || all.length === 0) return;
    event.preventDefault();
    point(to < 0 ? null : all[to], true);
  });
  const update = (next: SeriesData) => {
    current = next;
    if (pointed !== null && !places().includes(pointed)) pointed = null;
    draw();
  };
  watchLook(element, draw, invalidation);
  follow({frames, invalidation}, update, (error) => {
    empty.hidden = false;
    empty.textContent = `No further figures: ${error instanceof Error ? error.message : String(error)}`;
  });
  draw();
  return extend(element, {
    get value() {
      return read();
    },
    update
  });
}

function shareOf(value: number, places: number[], scale: "linear" | "log" = "linear"): number {
  const f = scale === "log" ? Math.log : (v: number) => v;
  const [first, last] = [places[0], places[places.length - 1]];
  return last > first ? (f(value) - f(first)) / (f(last) - f(first)) : 0.5;
}

interface DrawnSeries {
  data: SeriesData;
  x: SeriesChartOptions["x"];
  y: SeriesChartOptions["y"];
  words: (value: number) => string;
  pointed: number | null;
  width: number;
  em: number;
  title: string;
}

function drawSeries(picture: SVGSVGElement, stage: HTMLElement, {data: {series, levels = []}, x, y, words, pointed, width, em, title}: DrawnSeries): void {
  const narrow = width < 34 * em;
  // Where there is no room beside the lines, their names stand above them.
  const head = narrow ? (series.filter(({points}) => points.length > 0).length + levels.length) * 1.35 * em : 0;
  const height = Math.round(Math.max(16 * em, Math.min(26 * em, width * 0.42)) + head);
  const xs = series.flatMap(({points}) => points.map((point) => point.x));
  const ys = series.flatMap(({points}) => points.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y])).filter(Number.isFinite);
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const domain = y.domain ?? [Math.min(0, ...ys), Math.max(...ys, ...levels.map((level) => level.y)) * 1.06 || 1];
  const longest = Math.max(...series.map(({name}) => name.length), ...levels.map(({label}) => label.length));
  const right = narrow ? 1.2 * em : Math.min(0.42 * width, (longest * 0.5 + 5) * em);
  const range: [number, number] = [3.6 * em, width - right];
  const at = x.scale === "log" && first > 0 ? scaleLog([first, first === last ? first * 2 : last], range) : scaleLinear([first, first === last ? first + 1 : last], range);
  const up = scaleLinear(domain, [height - 3 * em, 1.6 * em + head]).clamp(true);
  set(picture, {width, height, "aria-label": `${title}. ${series.map(({name, points}) => `${name}: ${points.length > 0 ? words(points[points.length - 1].y) : "nothing yet"}`).join(", ")}. Arrow keys walk the places.`});
  Object.assign(picture.dataset, {x0: String(range[0]), x1: String(range[1])});
  stage.style.height = `${height}px`;
  const {parts, text, line} = pen();
  for (const tick of up.ticks(5)) {
    line(range[0], up(tick), range[1], up(tick), "d-grid");
    text(y.percent === false ? number(tick) : `${Math.round(tick * 100)} %`, range[0] - 0.5 * em, up(tick) + 0.33 * em, {anchor: "end"});
  }
  text(y.label, 0, 0.9 * em + head);
  let free = -Infinity;
  for (const tick of x.ticks ?? at.ticks(Math.max(2, Math.floor(width / (8 * em))))) {
    if (tick < first || tick > last || at(tick) - free < 2.6 * em) continue;
    text(number(tick), at(tick), up(domain[0]) + 1.4 * em, {anchor: "middle"});
    free = at(tick);
  }
  text(x.label, (range[0] + range[1]) / 2, height - 0.3 * em, {anchor: "middle"});
  const labels: {text: string; y: number; class: string; fill?: string}[] = [];
  for (const {label, y: value, chance} of levels) {
    line(range[0], up(value), range[1], up(value), chance ? "d-chance-line" : "d-level");
    labels.push({text: `${label} ${words(value)}`, y: up(value), class: chance ? "d-t-chance" : "d-soft"});
  }
  const dotted = series.every(({points}) => points.length <= 40);
  series.forEach((one, s) => {
    const colour = one.kind ? `var(--${one.kind})` : categories[s % categories.length];
    const points = one.points.filter((point) => Number.isFinite(point.y));
    const band = points.filter((point) => Number.isFinite(point.low) && Number.isFinite(point.high));
    if (band.length > 1) {
      const there = band.map((point) => `${at(point.x).toFixed(1)},${up(point.high!).toFixed(1)}`);
      const back = band.map((point) => `${at(point.x).toFixed(1)},${up(point.low!).toFixed(1)}`).reverse();
      parts.push(svg("polygon", {points: [...there, ...back].join(" "), fill: colour, "fill-opacity": 0.16, stroke: "none"}));
    } else for (const point of band) parts.push(svg("line", {x1: at(point.x), x2: at(point.x), y1: up(point.low!), y2: up(point.high!), stroke: colour, "stroke-width": 2}));
    parts.push(svg("polyline", {points: points.map((point) => `${at(point.x).toFixed(1)},${up(point.y).toFixed(1)}`).join(" "), fill: "none", stroke: colour, "stroke-width": 2.2, "stroke-linejoin": "round"}));
    if (dotted) for (const point of points) parts.push(svg("circle", {cx: at(point.x), cy: up(point.y), r: 0.24 * em, fill: colour}));
    const end = points.at(-1);
    if (end) labels.push({text: `${one.name} ${words(end.y)}`, y: up(end.y), class: one.kind && one.kind !== "ink" ? `d-t-${one.kind}` : "d-strong", fill: one.kind ? undefined : colour});
  });
  if (!narrow) {
    for (const label of spread(labels, 1.3 * em, 1.8 * em, height - 3.2 * em)) {
      if (label.fill) parts.push(svg("rect", {x: range[1] + 0.5 * em, y: label.y - 0.35 * em, width: 0.7 * em, height: 0.7 * em, fill: label.fill}));
      text(label.text, range[1] + (label.fill ? 1.5 : 0.6) * em, label.y + 0.33 * em, {class: label.class});
    }
  } else {
    labels.forEach((label, n) => {
      const middle = (0.6 + 1.35 * n) * em;
      if (label.fill) parts.push(svg("rect", {x: 0, y: middle - 0.35 * em, width: 0.7 * em, height: 0.7 * em, fill: label.fill}));
      text(label.text, label.fill ? em : 0, middle + 0.33 * em, {class: label.class});
    });
  }
  if (pointed !== null) {
    const here = series.flatMap(({name, points}) => points.filter((point) => point.x === pointed).map((point) => ({name, point})));
    line(at(pointed), up.range()[1], at(pointed), up.range()[0], "d-cross");
    for (const {point} of here) parts.push(svg("circle", {cx: at(point.x), cy: up(point.y), r: 0.36 * em, class: "d-ring"}));
    const late = at(pointed) > (range[0] + range[1]) / 2;
    here.forEach(({name, point}, n) => text(`${name} ${words(point.y)}`, at(pointed) + (late ? -0.7 : 0.7) * em, up.range()[0] - (0.8 + 1.3 * (here.length - 1 - n)) * em, {anchor: late ? "end" : "start", class: "d-strong d-halo"}));
    text(number(pointed), at(pointed), up.range()[0] + 1.4 * em, {anchor: "middle", class: "d-strong d-halo"});
  }
  redraw(picture, parts);
}
