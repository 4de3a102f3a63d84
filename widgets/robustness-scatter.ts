/** Models by their accuracy on a familiar test and on a shifted one, on logit axes, with the line through them: who stands above it? */
import {scaleLinear} from "d3";
import {emitInput, extend, html, liveRegion, redraw, set, svg} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {scheduled, typeSize, watchLook} from "./shared/live.ts";
import {measureRoot, pen} from "./shared/measure.ts";
import {fixed, percent} from "./shared/text.ts";

export interface ScatterModel {
  name: string;
  familiar: number;
  shifted: number;
  /** Effective robustness and its interval, where it was held against the line. */
  above?: {value: number; low: number; high: number};
  /** Whether the line is drawn through it. */
  baseline?: boolean;
}

export interface ScatterData {
  models: ScatterModel[];
  /** What the line expects on the shifted test. */
  expect?: (familiar: number) => number;
}

export interface RobustnessScatterOptions {
  title: string;
  familiar: string;
  shifted: string;
  data?: ScatterData;
  invalidation?: Promise<unknown>;
}

export type RobustnessScatter = HTMLElement & {readonly value: ScatterModel | null; update(data: ScatterData): void};

const logit = (p: number) => Math.log(p / (1 - p));
const inside = (p: number) => Math.min(0.985, Math.max(0.015, p));

/** The scatter. Arrows walk the models from left to right. */
export function robustnessScatter({title, familiar, shifted, data = {models: []}, invalidation}: RobustnessScatterOptions): RobustnessScatter {
  let current = data;
  let pointed: number | null = null;
  const picture = svg("svg", {tabindex: 0, role: "application", "aria-roledescription": "scatter plot"});
  const stage = html("div", {class: "d-stage"}, picture);
  const words = html("p", {class: "d-note"});
  const live = liveRegion();
  const table = () => ({columns: ["model", familiar, shifted, "above the line", "low", "high"], rows: current.models.map(({name, familiar: x, shifted: y, above}) => [name, x, y, above?.value ?? "", above?.low ?? "", above?.high ?? ""])});
  const element = measureRoot("scatter", html("p", {class: "d-title"}, title), stage, words, tools("effective-robustness", table, stage), live.element);
  const sentence = () => {
    const model = pointed === null ? null : current.models[pointed];
    if (!model) return "Filled: the models that the line is drawn through. Hollow: a model held against it; the bar is its 95 % interval. Grey, dotted: the shift costs nothing.";
    const above = model.above ? ` ${model.above.value < 0 ? "Below" : "Above"} the line by ${fixed(100 * Math.abs(model.above.value), 1)} points (95 %: ${fixed(100 * model.above.low, 1)} to ${fixed(100 * model.above.high, 1)}).` : "";
    return `${model.name}: ${percent(model.familiar)} ${familiar}, ${percent(model.shifted)} ${shifted}.${above}`;
  };
  const draw = scheduled(() => {
    words.textContent = sentence();
    if (element.clientWidth > 0) drawScatter(picture, stage, {data: current, familiar, shifted, pointed, width: element.clientWidth, em: typeSize(element), title});
  }, element);
  const point = (n: number | null, say = false) => {
    if (n === pointed) return;
    pointed = n;
    draw();
    if (say) live.say(sentence());
    emitInput(element);
  };
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    const places = JSON.parse(picture.dataset.places ?? "[]") as [number, number][];
    const distances = places.map(([x, y]) => Math.hypot(x - (event.clientX - box.left), y - (event.clientY - box.top)));
    const nearest = distances.indexOf(Math.min(...distances));
    point(nearest >= 0 && distances[nearest] < 40 ? nearest : null);
  });
  picture.addEventListener("pointerleave", () => point(null));
  picture.addEventListener("keydown", (event) => {
    const order = Array.from(current.models.keys()).sort((a, b) => current.models[a].familiar - current.models[b].familiar);
    const from = pointed === null ? -1 : order.indexOf(pointed);
    const to = {ArrowLeft: Math.max(0, from - 1), ArrowRight: Math.min(order.length - 1, from + 1), Home: 0, End: order.length - 1}[event.key];
    if (event.key === "Escape") point(null);
    else if (to !== undefined && order.length > 0) point(order[to], true);
    else return;
    event.preventDefault();
  });
  watchLook(element, draw, invalidation);
  draw();
  return extend(element, {
    get value() {
      return pointed === null ? null : (current.models[pointed] ?? null);
    },
    update(next: ScatterData) {
      current = next;
      draw();
    }
  });
}

interface DrawnScatter {
  data: ScatterData;
  familiar: string;
  shifted: string;
  pointed: number | null;
  width: number;
  em: number;
  title: string;
}

function drawScatter(picture: SVGSVGElement, stage: HTMLElement, {data: {models, expect}, familiar, shifted, pointed, width, em, title}: DrawnScatter): void {
  const height = Math.round(Math.max(18 * em, Math.min(32 * em, width * 0.55)));
  const all = models.flatMap((model) => [inside(model.familiar), inside(model.shifted)]);
  const domain = [logit(inside(Math.min(0.3, ...all) - 0.03)), logit(inside(Math.max(0.7, ...all) + 0.03))];
  const x = scaleLinear(domain, [3.6 * em, width - 1.5 * em]);
  const y = scaleLinear(domain, [height - 3.2 * em, 1.8 * em]);
  const [px, py] = [(p: number) => x(logit(inside(p))), (p: number) => y(logit(inside(p)))];
  set(picture, {width, height, "aria-label": `${title}. ${models.length} models. Arrow keys walk them.`});
  stage.style.height = `${height}px`;
  const {parts, text, line} = pen();
  const ticks = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98].filter((p) => logit(p) >= domain[0] && logit(p) <= domain[1]);
  let [freeX, freeY] = [-Infinity, Infinity];
  for (const p of ticks) {
    line(px(p), y.range()[0], px(p), y.range()[1], "d-grid");
    line(x.range()[0], py(p), x.range()[1], py(p), "d-grid");
    if (px(p) - freeX > 3 * em) text(percent(p), (freeX = px(p)), y.range()[0] + 1.4 * em, {anchor: "middle"});
    if (freeY - py(p) > 1.5 * em) text(percent(p), x.range()[0] - 0.4 * em, (freeY = py(p)) + 0.33 * em, {anchor: "end"});
  }
  text(familiar, (x.range()[0] + x.range()[1]) / 2, height - 0.4 * em, {anchor: "middle"});
  text(shifted, 0, 1 * em);
  line(x(domain[0]), y(domain[0]), x(domain[1]), y(domain[1]), "d-chance-line");
  if (expect) {
    const samples = Array.from({length: 40}, (_, n) => 1 / (1 + Math.exp(-(domain[0] + (n / 39) * (domain[1] - domain[0])))));
    const shown = samples.filter((p) => logit(inside(expect(p))) >= domain[0] && logit(inside(expect(p))) <= domain[1]);
    parts.push(svg("polyline", {points: shown.map((p) => `${px(p).toFixed(1)},${py(expect(p)).toFixed(1)}`).join(" "), fill: "none", stroke: "var(--ink)", "stroke-width": 2}));
  }
  const places = models.map((model) => [px(model.familiar), py(model.shifted)]);
  picture.dataset.places = JSON.stringify(places);
  models.forEach((model, n) => {
    const [cx, cy] = places[n];
    if (model.above && expect) {
      const line = expect(model.familiar);
      parts.push(svg("line", {x1: cx, x2: cx, y1: py(line + model.above.low), y2: py(line + model.above.high), stroke: "var(--pair)", "stroke-width": 3, "stroke-opacity": 0.6}));
    }
    parts.push(svg("circle", {cx, cy, r: 0.38 * em, fill: model.baseline ? "var(--image)" : "var(--paper)", stroke: model.baseline ? "var(--paper)" : "var(--pair)", "stroke-width": model.baseline ? 1 : 2.5}));
    if (pointed === n || !model.baseline) {
      const late = cx > width * 0.6;
      text(model.name, cx + (late ? -0.8 : 0.8) * em, cy + (model.baseline ? -0.5 : 0.33) * em, {anchor: late ? "end" : "start", class: "d-strong d-halo"});
    }
    if (pointed === n) parts.push(svg("circle", {cx, cy, r: 0.62 * em, class: "d-ring", fill: "none"}));
  });
  if (models.length === 0) text("No model is measured yet.", width / 2, height / 2, {anchor: "middle"});
  redraw(picture, parts);
}
