/** What the temperature does to one matrix of cosines: probabilities, pushes, the negatives that count, the loss. Nothing is trained. */
import {emitInput, extend, html, liveRegion, root, set, svg} from "./shared/dom.ts";
import type {ChartScales} from "./shared/chart.ts";
import {drawChart} from "./shared/chart.ts";
import {tools} from "./shared/files.ts";
import type {LiveOptions} from "./shared/live.ts";
import {follow, scheduled, typeSize, watchLook} from "./shared/live.ts";
import {logSlider} from "./shared/log-slider.ts";
import type {MatrixData, MatrixFrame} from "./shared/matrix-data.ts";
import {matrixData, valuesOf} from "./shared/matrix-data.ts";
import {paintCells} from "./shared/matrix-picture.ts";
import type {Pairs} from "./shared/pairs.ts";
import {pushes, symmetricLoss} from "./shared/temperature-data.ts";
import {newest} from "./shared/newest.ts";
import {inSlices, whole} from "./shared/slices.ts";
import type {Work} from "./shared/slices.ts";
import {fixed, number} from "./shared/text.ts";
import {temperatureWords} from "./temperature-slider.ts";

export type TemperatureFrame = MatrixFrame & {scaleHistory?: ArrayLike<number>};

export interface TemperatureMicroscopeOptions extends LiveOptions<TemperatureFrame> {
  pairs?: Pairs;
  /** The temperature chosen first; the learned one where absent. */
  value?: number;
  min?: number;
  max?: number;
}

export type TemperatureMicroscope = HTMLElement & {
  /** The temperature chosen, the one held beside it, and what both do. */
  readonly value: {temperature: number; held: number; loss: number; effectiveNegatives: number; heldLoss: number; best: number} | null;
  temperature: number;
  /** What a link carries: the temperature chosen by hand. */
  linkState: number | undefined;
  /** The curve drawn: [temperature, loss] pairs. */
  readonly curve: [number, number][];
  /** Resolves once the frame is shown, or a newer one came before its turn. */
  update(frame: TemperatureFrame): Promise<void>;
};

/** The temperature microscope: a slider, two matrices side by side, and three curves. */
export function temperatureMicroscope(options: TemperatureMicroscopeOptions = {}): TemperatureMicroscope {
  const {pairs, min = 0.005, max = 10, invalidation} = options;
  let data: MatrixData | null = null;
  /** The learned temperatures so far, each with the loss that the present pairs would have at it. */
  let path: [number, number][] = [];
  let chosen = options.value ?? null;
  let holding: number | null = null;
  let curve: [number, number][] = [];
  let effective: [number, number][] = [];
  let scales: ChartScales | null = null;

  const slider = logSlider({label: "temperature", value: chosen ?? 0.07, min, max, words: temperatureWords});
  slider.classList.add("d-thermometer");
  const hold = html("button", {type: "button", class: "d-button", onclick: () => (holding = holding === null ? slider.value : null, hold.textContent = holding === null ? "Hold this one to compare" : "Compare with the learned one", draw())}, "Hold this one to compare");
  const says = html("p", {class: "d-says"});
  const waiting = html("p", {class: "d-waiting"}, "The temperature’s work is shown as soon as there is a matrix of cosines.");
  const panel = (title: string) => {
    const canvas = html("canvas", {"aria-hidden": true, class: "d-heat"});
    const caption = html("div", {class: "d-in-picture"}, title);
    return {canvas, caption, box: html("div", {class: "d-heat-box"}, caption, canvas)};
  };
  const [held, now] = [panel("held"), panel("now")];
  const [lossPicture, countPicture, pushPicture] = ["Loss", "Negatives that count", "Share of the push"].map((label) => svg("svg", {role: "img", "aria-label": label}));
  const charts = [lossPicture, countPicture, pushPicture].map((picture) => html("div", {class: "d-chart"}, picture));
  const scaleBar = html("div", {class: "d-soft d-scale-bar"}, "probability 0 ", html("span"), " 1");
  const more = html("p", {class: "d-note", hidden: true});
  const words = html("div", {class: "d-temperature-words"}, says, more, scaleBar);
  const grid = html("div", {class: "d-temperature-grid"}, held.box, now.box, words, ...charts);
  const live = liveRegion();
  const table = () => ({columns: ["temperature", "loss", "negatives that count"], rows: curve.map(([tau, loss], k) => [tau, loss, effective[k][1]])});
  const element = root("temperatures", html("div", {class: "d-row d-temperature-row"}, slider, hold), waiting, grid, tools("temperature", table, grid), live.element);

  const learned = () => (data?.scale ? 1 / data.scale : 0.07);
  const beside = () => holding ?? learned();
  const draw = scheduled(() => {
    const width = element.clientWidth;
    const isFinite = curve.some(([, loss]) => Number.isFinite(loss));
    const ready = data !== null && data.n > 1 && data.n === data.m && isFinite;
    waiting.hidden = ready;
    grid.hidden = !ready;
    if (data && !ready) waiting.textContent = curve.length > 0 && !isFinite ? "The similarities are not numbers: training has diverged." : "The temperature needs at least two pairs to choose between.";
    if (ready && width > 0) render(data!, width);
  }, element);

  const render = (data: MatrixData, width: number) => {
    const em = typeSize(element);
    const wide = width > 46 * em;
    const tau = slider.value;
    const side = wide ? (width - 2 * 2.4 * em) / 3 : Math.min(width, 26 * em);
    grid.style.gridTemplateColumns = wide ? "repeat(3, minmax(0, 1fr))" : "minmax(0, 1fr)";
    paintHeat(held.canvas, data, beside(), side);
    paintHeat(now.canvas, data, tau, side);
    held.caption.textContent = `${holding === null ? "learned" : "held"}: τ = ${number(beside())}`;
    now.caption.textContent = `chosen: τ = ${number(tau)}`;
    const chartWidth = wide ? side : width;
    const height = wide ? side + 1.6 * em : 17 * em;
    const loss = symmetricLoss(data.cosines, data.n, 1 / tau);
    const chance = Math.log(data.n);
    const top = Math.max(chance * 1.25, symmetricLoss(data.cosines, data.n, 1 / learned()) * 1.3);
    const x = {domain: [min, max] as [number, number], name: "temperature τ", log: true, ticks: [0.01, 0.1, 1, 10], words: (value: number) => number(value)};
    const inSight = curve.filter(([, value]) => value <= top);
    scales = drawChart(lossPicture, {
      width: chartWidth,
      height,
      em,
      x,
      y: {domain: [0, top], name: "loss of these pairs"},
      series: [{points: inSight, class: "d-smooth"}, ...(path.length > 1 ? [{points: path, class: "d-path"}] : [])],
      marks: [
        {y: chance, class: "d-chance-line", label: `chance ${fixed(chance)}`, labelClass: "d-t-chance"},
        {x: learned(), y: Math.min(top, symmetricLoss(data.cosines, data.n, 1 / learned())), class: "d-learned-dot", label: chartWidth < 20 * em ? "learned" : `learned ${number(learned(), 2)}`, labelClass: "d-t-pair"},
        {x: tau, class: "d-cross"},
        {x: tau, y: Math.min(top, loss), class: "d-end", label: `loss ${fixed(loss)}`, labelClass: "d-strong"}
      ]
    });
    const share = pushes(data.cosines, data.n, 1 / tau);
    const other = pushes(data.cosines, data.n, 1 / beside());
    drawChart(countPicture, {
      width: chartWidth,
      height,
      em,
      x,
      y: {domain: [0, data.n - 1], name: `wrong captions that count, of ${data.n - 1}`},
      series: [{points: effective, class: "d-smooth"}],
      marks: [{x: tau, class: "d-cross"}, {x: tau, y: share.effective, class: "d-end", label: number(share.effective, 2), labelClass: "d-strong"}]
    });
    const shown = Math.min(data.n - 1, 20);
    drawChart(pushPicture, {
      width: chartWidth,
      height,
      em,
      x: {domain: [1, Math.max(2, shown)], name: "wrong captions, hardest first", ticks: [1, 5, 10, 15, 20].filter((tick) => tick <= shown)},
      y: {domain: [0, Math.max(0.1, share.sorted[0], other.sorted[0]) * 1.1], name: "share of the push"},
      series: [
        {points: other.sorted.slice(0, shown).map((value, k) => [k + 1, value]), class: "d-held-line", label: `τ = ${number(beside())}`, at: other.sorted[0] > share.sorted[0] ? 0.06 : 0.9},
        {points: share.sorted.slice(0, shown).map((value, k) => [k + 1, value]), class: "d-smooth", label: `τ = ${number(tau)}`, labelClass: "d-strong", at: other.sorted[0] > share.sorted[0] ? 0.9 : 0.06}
      ]
    });
    says.textContent = sentence(tau, share.effective, data.n);
  };

  /** All that a frame is read for, a temperature at a time. */
  function* reading(frame: TemperatureFrame): Work<() => void> {
    const all = "watched" in frame ? frame.watched.indices.length : Math.min(frame.rows, frame.columns);
    const next = matrixData(all > most ? firstOf(frame, most) : frame, pairs);
    const [losses, counts, way]: [number, number][][] = [[], [], []];
    const isSquare = next.n > 1 && next.n === next.m;
    for (let k = 0; isSquare && k < 97; k++, yield) {
      const tau = min * (max / min) ** (k / 96);
      losses.push([tau, symmetricLoss(next.cosines, next.n, 1 / tau)]);
      counts.push([tau, pushes(next.cosines, next.n, 1 / tau).effective]);
    }
    for (const scale of isSquare && frame.scaleHistory ? thin(Array.from(frame.scaleHistory), 80) : []) {
      way.push([1 / scale, symmetricLoss(next.cosines, next.n, scale)]);
      yield;
    }
    return () => {
      data = next;
      if (isSquare) [curve, effective] = [losses, counts];
      path = way;
      more.hidden = all <= most;
      more.textContent = `Of ${number(all)} pairs the first ${most} are read here: the same temperature does the same to all.`;
      if (chosen === null) slider.value = learned();
      draw();
    };
  }

  slider.addEventListener("input", (event) => {
    if (event.target !== slider) return;
    chosen = slider.value;
    draw();
    if (data) live.say(`temperature ${number(slider.value)}, loss ${fixed(symmetricLoss(data.cosines, data.n, 1 / slider.value))}`);
  });
  charts[0].addEventListener("pointerdown", (event) => {
    if (!scales) return;
    chosen = slider.value = scales.invert(event.clientX - lossPicture.getBoundingClientRect().left);
    draw();
    emitInput(element);
  });

  const fail = (error: unknown) => (waiting.textContent = String(error));
  // The first frame is read at once; later ones in slices, while the page answers.
  const update = newest((frame: TemperatureFrame) => (curve.length === 0 ? whole(reading(frame)) : inSlices(reading(frame), () => true)), (show) => show(), fail);
  watchLook(element, draw, invalidation);
  follow(options, update, fail);
  draw();
  return extend(element, {
    get value() {
      if (!data || curve.length === 0) return null;
      const lossAt = (tau: number) => symmetricLoss(data!.cosines, data!.n, 1 / tau);
      const best = curve.reduce((a, b) => (b[1] < a[1] ? b : a))[0];
      return {temperature: slider.value, held: beside(), loss: lossAt(slider.value), heldLoss: lossAt(beside()), effectiveNegatives: pushes(data.cosines, data.n, 1 / slider.value).effective, best};
    },
    get temperature() {
      return slider.value;
    },
    set temperature(tau: number) {
      slider.value = chosen = tau;
      draw();
    },
    get linkState() {
      return chosen === (options.value ?? null) ? undefined : slider.value;
    },
    set linkState(tau: number | undefined) {
      if (!(typeof tau === "number" && tau > 0)) return;
      slider.value = chosen = tau;
      draw();
    },
    get curve() {
      return curve;
    },
    update
  });
}

/** Pairs up to which a hundred temperatures are read at once. */
const most = 128;

/** The first pairs of a frame alone. */
function firstOf(frame: TemperatureFrame, count: number): TemperatureFrame {
  if ("watched" in frame) {
    const {indices, captionIndices, imageEmbeddings, captionEmbeddings, width, step} = frame.watched;
    return {...frame, watched: {step, width, indices: indices.slice(0, count), captionIndices: captionIndices.slice(0, count), imageEmbeddings: imageEmbeddings.subarray(0, count * width), captionEmbeddings: captionEmbeddings.subarray(0, count * width)}};
  }
  const cosines = Float32Array.from({length: count * count}, (_, k) => frame.cosines[Math.floor(k / count) * frame.columns + (k % count)]);
  return {...frame, cosines, rows: count, columns: count};
}

function paintHeat(canvas: HTMLCanvasElement, data: MatrixData, tau: number, side: number): void {
  const cells = paintCells(valuesOf(data, "captions", 1 / tau), data.n, data.m, [0, 1]);
  set(canvas, {width: cells.width, height: cells.height, style: `width: ${side}px; height: ${side}px`});
  canvas.getContext("2d")!.drawImage(cells, 0, 0);
}

function sentence(tau: number, effective: number, n: number): string {
  if (tau < 0.012) return `Very cold: each image pushes almost only its hardest wrong caption (${number(effective, 2)} count), and every small lead looks certain. CLIP is never let below 0.01.`;
  if (effective > 0.9 * (n - 1)) return `Warm: all ${n - 1} wrong captions are pushed alike, and no cell stands out. Nothing tells a hard one from an easy one.`;
  return `At this temperature about ${number(effective, 2)} of the ${n - 1} wrong captions take part in the push.`;
}

function thin(values: number[], most: number): number[] {
  const step = Math.max(1, values.length / most);
  return Array.from({length: Math.min(values.length, most)}, (_, k) => values[Math.floor(k * step)]);
}
