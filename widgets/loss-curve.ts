/** The loss of every step as a line, smoothed over raw, against the loss of guessing. */
import {scaleLinear} from "d3";
import type {Snapshot} from "../src/train/protocol.ts";
import {emitInput, extend, hide, html, liveRegion, redraw, root, set, svg} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {follow, scheduled, typeSize, watchLook} from "./shared/live.ts";
import {fixed, number} from "./shared/text.ts";

export type LossFrame = Pick<Snapshot, "lossHistory"> & Partial<Pick<Snapshot, "step" | "steps" | "batchSize" | "lossImage" | "lossText">>;

export interface LossCurveOptions {
  frames?: AsyncIterable<LossFrame>;
  /** The loss of guessing: ln of the batch size, which is also what is taken where the frames tell it. */
  chance?: number;
  /** Also draws the two halves of the watched, held-out pairs' loss: over the captions for each image, over the images for each caption. */
  halves?: boolean;
  /** Weight of a new step in the smoothed line, over 0, at most 1. */
  smoothing?: number;
  invalidation?: Promise<unknown>;
}

export type LossCurve = HTMLElement & {
  /** The step under the pointer, else the last: numbered from 1; null before the first. */
  readonly value: {step: number; loss: number; smoothed: number} | null;
  update(frame: LossFrame): void;
};

/** Two-sided exponential mean: a step counts less the further it is, before and after alike, so the line does not lag. NaN is passed over. */
export function smooth(values: ArrayLike<number>, weight: number): Float64Array {
  const sums = new Float64Array(values.length);
  const weights = new Float64Array(values.length);
  const sweep = (start: number, step: number, own: boolean) => {
    let sum = 0;
    let mass = 0;
    for (let i = start; i >= 0 && i < values.length; i += step) {
      sum *= 1 - weight;
      mass *= 1 - weight;
      const finite = Number.isFinite(values[i]);
      // Its own value counts once, in the forward sweep.
      sums[i] += sum + (own && finite ? values[i] : 0);
      weights[i] += mass + (own && finite ? 1 : 0);
      if (finite) {
        sum += values[i];
        mass += 1;
      }
    }
  };
  sweep(0, 1, true);
  sweep(values.length - 1, -1, false);
  return sums.map((sum, i) => (weights[i] > 1e-9 ? sum / weights[i] : NaN));
}

/** The loss curve. Made once and fed; arrows walk the steps. */
export function lossCurve({frames, chance, halves = false, smoothing = 0.12, invalidation}: LossCurveOptions = {}): LossCurve {
  let history: ArrayLike<number> = [];
  let smoothed: Float64Array = new Float64Array(0);
  let steps = 0;
  let guess = chance;
  let pointed: number | null = null;
  const half: {step: number; image: number; text: number}[] = [];

  const picture = svg("svg", {tabindex: 0, role: "application", "aria-roledescription": "loss curve"});
  const stage = html("div", {class: "d-stage d-curve-stage"}, picture);
  const live = liveRegion();
  const empty = html("p", {class: "d-waiting"}, "The loss of every step will be drawn here as soon as training starts.");
  const table = () => ({columns: ["step", "loss", "smoothed"], rows: Array.from(history, (loss, i) => [i + 1, loss, smoothed[i]])});
  const element = root("curve", html("p", {class: "d-title"}, "Loss of every step"), empty, stage, tools("loss", table, stage), live.element);

  const draw = scheduled(() => {
    const width = element.clientWidth;
    const waiting = history.length === 0 && guess == null;
    hide(empty, !waiting);
    hide(stage, waiting);
    if (width > 0 && !waiting) drawCurve(picture, stage, {width, em: typeSize(element), history, smoothed, steps, guess, half: halves ? half : [], pointed});
  }, element);
  const update = (frame: LossFrame) => {
    history = frame.lossHistory;
    smoothed = smooth(history, smoothing);
    steps = frame.steps ?? steps;
    if (chance == null && frame.batchSize) guess = Math.log(frame.batchSize);
    if (frame.step === 0) half.length = 0;
    if (frame.step && frame.lossImage != null && frame.lossText != null && frame.step !== half.at(-1)?.step) half.push({step: frame.step, image: frame.lossImage, text: frame.lossText});
    if (pointed !== null && pointed >= history.length) pointed = null;
    draw();
  };

  const read = () => {
    const i = pointed ?? history.length - 1;
    return i < 0 ? null : {step: i + 1, loss: history[i], smoothed: smoothed[i]};
  };
  const point = (i: number | null, say = false) => {
    const next = i === null || history.length === 0 ? null : Math.max(0, Math.min(history.length - 1, i));
    if (next === pointed) return;
    pointed = next;
    draw();
    const at = read();
    if (say && at) live.say(`step ${at.step}, loss ${fixed(at.loss)}, smoothed ${fixed(at.smoothed)}`);
    emitInput(element);
  };
  picture.addEventListener("pointermove", (event) => point(Math.round(stepAt(picture, event.clientX)) - 1));
  picture.addEventListener("pointerleave", () => point(null));
  picture.addEventListener("keydown", (event) => {
    const from = pointed ?? history.length - 1;
    const to = {ArrowLeft: from - (event.shiftKey ? 10 : 1), ArrowRight: from + (event.shiftKey ? 10 : 1), Home: 0, End: history.length - 1, Escape: null}[event.key];
    if (to === undefined) return;
    event.preventDefault();
    point(to, true);
  });

  watchLook(element, draw, invalidation);
  follow({frames, invalidation}, update, (error) => live.say(String(error)));
  draw();
  return extend(element, {
    get value() {
      return read();
    },
    update
  });
}

interface CurveState {
  width: number;
  em: number;
  history: ArrayLike<number>;
  smoothed: Float64Array;
  steps: number;
  guess: number | undefined;
  half: {step: number; image: number; text: number}[];
  pointed: number | null;
}

/** The step under a place on the screen, from 1. */
function stepAt(picture: SVGSVGElement, clientX: number): number {
  const {x0, x1, last} = picture.dataset;
  const share = (clientX - picture.getBoundingClientRect().left - Number(x0)) / (Number(x1) - Number(x0));
  return 1 + share * (Number(last) - 1);
}

function drawCurve(picture: SVGSVGElement, stage: HTMLElement, {width, em, history, smoothed, steps, guess, half, pointed}: CurveState): void {
  const height = Math.round(Math.max(15 * em, Math.min(25 * em, width * 0.42)));
  const last = Math.max(2, history.length, Number.isFinite(steps) ? steps : 0);
  let top = guess ?? 0;
  for (let i = 0; i < history.length; i++) if (Number.isFinite(history[i])) top = Math.max(top, history[i]);
  const x = scaleLinear([1, last], [2.6 * em, width - (half.length > 1 ? 7 : 5.2) * em]);
  const y = scaleLinear([0, (top || 1) * 1.06], [height - 2.9 * em, 1.2 * em]);
  set(picture, {width, height, "aria-label": "Loss of every step. Arrow keys walk the steps."});
  Object.assign(picture.dataset, {x0: String(x(1)), x1: String(x(last)), last: String(last)});
  stage.style.height = `${height}px`;

  const parts: SVGElement[] = [];
  const text = (label: string, at: {x: number; y: number; anchor?: string; class?: string}) =>
    parts.push(svg("text", {x: at.x, y: at.y, "text-anchor": at.anchor ?? "start", class: at.class ?? "d-soft"}, label));
  const line = (x1: number, y1: number, x2: number, y2: number, name: string) => parts.push(svg("line", {x1, y1, x2, y2, class: name}));

  for (const tick of y.ticks(5)) {
    if (tick > 0) line(x(1), y(tick), x(last), y(tick), "d-grid");
    text(number(tick), {x: x(1) - 0.6 * em, y: y(tick) + 0.33 * em, anchor: "end"});
  }
  line(x(1), y(0), x(last), y(0), "d-axis");
  const ticks = x.ticks(Math.max(2, Math.floor(width / (9 * em)))).filter((tick) => Number.isInteger(tick) && tick >= 1 && x(last) - x(tick) > 2 * em);
  for (const tick of ticks) text(number(tick), {x: x(tick), y: y(0) + 1.35 * em, anchor: "middle"});
  text(number(last), {x: x(last), y: y(0) + 1.35 * em, anchor: "middle"});
  text("step", {x: (x(1) + x(last)) / 2, y: height - 0.35 * em, anchor: "middle"});
  const labels: {text: string; y: number; class: string}[] = [];
  if (guess != null) {
    line(x(1), y(guess), x(last), y(guess), "d-chance-line");
    labels.push({text: `chance ${fixed(guess)}`, y: y(guess), class: "d-t-chance"});
  }
  const curve = (values: ArrayLike<number>, name: string) => parts.push(svg("path", {class: name, d: pathOf(values, (i) => x(i + 1), y)}));
  curve(history, "d-raw");
  if (half.length > 1) {
    for (const [key, name] of [["image", "d-half-image"], ["text", "d-half-text"]] as const)
      parts.push(svg("path", {class: name, d: pathOf(half.map((point) => point[key]), (i) => x(half[i].step), y)}));
    labels.push({text: `by image ${fixed(half.at(-1)!.image)}`, y: y(half.at(-1)!.image), class: "d-t-image"}, {text: `by caption ${fixed(half.at(-1)!.text)}`, y: y(half.at(-1)!.text), class: "d-t-caption"});
  }
  curve(smoothed, "d-smooth");
  const end = history.length - 1;
  if (end >= 0 && Number.isFinite(smoothed[end])) {
    parts.push(svg("circle", {cx: x(end + 1), cy: y(smoothed[end]), r: 0.28 * em, class: "d-end"}));
    labels.push({text: `loss ${fixed(smoothed[end])}`, y: y(smoothed[end]), class: "d-strong"});
  } else if (end >= 0) text("The loss is not a number.", {x: x(1) + em, y: y(top / 2), class: "d-strong"});
  for (const label of spread(labels, 1.25 * em, 1.2 * em, height - 3.2 * em)) text(label.text, {x: x(last) + 0.5 * em, y: label.y + 0.33 * em, class: label.class});
  if (pointed !== null && Number.isFinite(history[pointed])) {
    const at = x(pointed + 1);
    const right = at > width * 0.6;
    line(at, y.range()[1], at, y(0), "d-cross");
    parts.push(svg("circle", {cx: at, cy: y(history[pointed]), r: 0.3 * em, class: "d-ring"}));
    text(`step ${number(pointed + 1)}: ${fixed(history[pointed])}, smoothed ${fixed(smoothed[pointed])}`, {x: at + (right ? -0.7 : 0.7) * em, y: y.range()[1] + 0.2 * em, anchor: right ? "end" : "start", class: "d-strong d-halo"});
  }
  redraw(picture, parts);
}

/** A path through the finite values; where there are more than two a pixel, through the least and greatest of each pixel. */
export function pathOf(values: ArrayLike<number>, x: (i: number) => number, y: (value: number) => number): string {
  const dense = values.length > 2 && Math.abs(x(values.length - 1) - x(0)) < values.length / 2;
  let path = "";
  let pen = "M";
  const go = (i: number, value: number) => {
    path += `${pen}${x(i).toFixed(1)},${y(value).toFixed(1)}`;
    pen = "L";
  };
  for (let i = 0; i < values.length; ) {
    if (!Number.isFinite(values[i])) {
      pen = "M";
      i++;
      continue;
    }
    if (!dense) {
      go(i, values[i++]);
      continue;
    }
    const column = Math.floor(x(i));
    let min = i;
    let max = i;
    for (; i < values.length && Math.floor(x(i)) === column && Number.isFinite(values[i]); i++) {
      if (values[i] < values[min]) min = i;
      if (values[i] > values[max]) max = i;
    }
    for (const k of min < max ? [min, max] : min > max ? [max, min] : [min]) go(k, values[k]);
  }
  return path;
}

/** Moves labels apart so that none overlaps: at least `gap` between them, inside [top, bottom]. */
export function spread<L extends {y: number}>(labels: L[], gap: number, top: number, bottom: number): L[] {
  const sorted = labels.map((label) => ({...label, y: Math.max(top, Math.min(bottom, label.y))})).sort((a, b) => a.y - b.y);
  for (let i = 1; i < sorted.length; i++) sorted[i].y = Math.max(sorted[i].y, sorted[i - 1].y + gap);
  for (let i = sorted.length - 1; i >= 0; i--) sorted[i].y = Math.min(sorted[i].y, i === sorted.length - 1 ? bottom : sorted[i + 1].y - gap);
  return sorted;
}
