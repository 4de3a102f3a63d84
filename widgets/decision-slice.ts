/** The exact decision slice: the sphere's patch between two or three prompts, painted with the classifier's own softmax. Never UMAP. */
import {coloursAt} from "./shared/colour.ts";
import {emitInput, extend, html, liveRegion, svg} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {scheduled, typeSize, watchLook} from "./shared/live.ts";
import {measureRoot} from "./shared/measure.ts";
import type {Slice, SliceClasses} from "./shared/slice.ts";
import {createSlice, project, softmaxAt} from "./shared/slice.ts";
import {cells, drawMarks, fillOf, paint} from "./shared/slice-picture.ts";
import {number, percent} from "./shared/text.ts";

export interface SliceData extends SliceClasses {
  /** exp(t): what cosines are multiplied with. */
  scale: number;
  /** The single prompts that each class's vector is the barycentre of: [prompts, width] and the class of each. */
  prompts?: {embeddings: Float32Array; classes: ArrayLike<number>};
  /** Images to show where they fall: [images, width] and, where known, the true class of each (-1: unknown). */
  images?: {embeddings: Float32Array; truth?: ArrayLike<number>; names?: string[]};
}

export interface DecisionSliceOptions {
  data?: SliceData;
  title?: string;
  /** The classes that span the patch at first; a person changes them. */
  through?: number[];
  /** Paints at this temperature: a number or a control. The model's own where absent. */
  temperature?: number | (EventTarget & {value: number});
  invalidation?: Promise<unknown>;
}

export type DecisionSlice = HTMLElement & {
  /** The probabilities at the place pointed at, by label, or null. */
  readonly value: Record<string, number> | null;
  update(data: SliceData): void;
};

/** The slice. Arrows move the place that is read; the menus choose the prompts that span it. */
export function decisionSlice({data, title = "Where one class ends and the next begins", through = [0, 1, 2], temperature, invalidation}: DecisionSliceOptions = {}): DecisionSlice {
  let current: SliceData | undefined;
  let slice: Slice | null = null;
  let problem = "";
  let pointed: {u: number; v: number} | null = null;
  let chosen = through;
  const canvas = html("canvas", {width: cells, height: cells, "aria-hidden": true});
  const picture = svg("svg", {tabindex: 0, role: "application", "aria-roledescription": "decision slice"});
  const stage = html("div", {class: "d-stage d-slice-stage"}, canvas, picture);
  const panel = html("div", {});
  const menus = html("div", {class: "d-row"});
  const failed = html("p", {class: "d-failed", hidden: true});
  const live = liveRegion();
  const table = () => {
    if (!current || !slice) return {columns: ["class"], rows: []};
    const {labels, scale} = current;
    return {columns: ["right", "up", ...labels], rows: grid(slice.reach, 11).map(([u, v]) => [u, v, ...softmaxAt(slice!, u, v, scale)])};
  };
  const body = html("div", {class: "d-slice-body"}, stage, panel);
  const element = measureRoot("slice", html("p", {class: "d-title"}, title), menus, failed, body, tools("decision-slice", table, stage), live.element);
  const scale = () => (typeof temperature === "number" ? 1 / temperature : temperature ? 1 / temperature.value : current!.scale);
  const read = () => (current && slice && pointed ? Object.fromEntries(Array.from(softmaxAt(slice, pointed.u, pointed.v, scale()), (p, c) => [current!.labels[c], p])) : null);
  const rebuild = () => {
    if (!current) return;
    chosen = chosen.filter((c) => c < current!.labels.length);
    for (let c = 0; chosen.length < Math.min(2, current.labels.length); c++) if (!chosen.includes(c)) chosen.push(c);
    try {
      slice = createSlice(current, chosen, current.images && meanOf(current.images.embeddings, current.width));
      problem = "";
    } catch (error) {
      slice = null;
      problem = error instanceof Error ? error.message : String(error);
    }
    menus.replaceChildren(...menusOf(current.labels, chosen, (next) => {
      chosen = next;
      rebuild();
      emitInput(element);
    }));
    draw();
  };
  const draw = scheduled(() => {
    failed.hidden = problem === "";
    failed.textContent = problem;
    body.hidden = !slice;
    const width = element.clientWidth;
    if (!current || !slice || width === 0) return;
    const em = typeSize(element);
    const wide = width > 46 * em;
    const side = Math.min(wide ? width - 19 * em : width, 36 * em);
    body.style.gridTemplateColumns = wide ? `${side}px minmax(0, 1fr)` : "minmax(0, 1fr)";
    stage.style.width = stage.style.height = `${side}px`;
    canvas.style.width = canvas.style.height = `${side}px`;
    paint(canvas, slice, scale(), coloursAt(element).paper);
    drawMarks(picture, {data: current, slice, chosen, pointed, side, em});
    panel.replaceChildren(...reading(current, slice, pointed, scale()));
  }, element);
  const point = (place: typeof pointed, say = false) => {
    pointed = place;
    draw();
    const here = read();
    if (say && here) live.say(Object.entries(here).sort(([, p], [, q]) => q - p).slice(0, 3).map(([label, p]) => `${label} ${percent(p)}`).join(", "));
    emitInput(element);
  };
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    if (slice) point({u: ((event.clientX - box.left) / box.width - 0.5) * 2 * slice.reach, v: (0.5 - (event.clientY - box.top) / box.height) * 2 * slice.reach});
  });
  picture.addEventListener("pointerleave", () => point(null));
  picture.addEventListener("keydown", (event) => {
    const step = slice ? slice.reach / 15 : 0;
    const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
    if (event.key === "Escape") point(null);
    else if (move && slice) {
      const clamp = (x: number) => Math.max(-slice!.reach, Math.min(slice!.reach, x));
      point({u: clamp((pointed?.u ?? 0) + step * move[0]), v: clamp((pointed?.v ?? 0) + step * move[1])}, true);
    } else return;
    event.preventDefault();
  });
  if (typeof temperature === "object") {
    temperature.addEventListener("input", draw);
    void invalidation?.then(() => temperature.removeEventListener("input", draw));
  }
  watchLook(element, draw, invalidation);
  const update = (next: SliceData) => {
    if (next.labels.length < 2) throw new RangeError(`decisionSlice: expected at least two classes, got ${next.labels.length}`);
    current = next;
    rebuild();
  };
  if (data) update(data);
  return extend(element, {
    get value() {
      return read();
    },
    update
  });
}

function menusOf(labels: string[], chosen: number[], choose: (next: number[]) => void): HTMLElement[] {
  return [0, 1, 2].slice(0, Math.min(3, labels.length)).map((n) => {
    const options = labels.map((label, c) => html("option", {value: c, selected: chosen[n] === c, disabled: chosen.includes(c) && chosen[n] !== c}, label));
    if (n === 2) options.unshift(html("option", {value: -1, selected: chosen[2] === undefined}, "(no third)"));
    const select = html("select", {class: "d-button", "aria-label": `prompt ${n + 1} of the slice`}, ...options);
    select.addEventListener("change", (event) => {
      event.stopPropagation();
      const next = chosen.slice();
      if (Number(select.value) < 0) next.length = 2;
      else next[n] = Number(select.value);
      choose(next);
    });
    select.addEventListener("input", (event) => event.stopPropagation());
    return select;
  });
}

function reading({labels, images, width}: SliceData, slice: Slice, pointed: {u: number; v: number} | null, scale: number): Node[] {
  const classes = labels.length;
  const p = softmaxAt(slice, pointed?.u ?? 0, pointed?.v ?? 0, scale);
  const order = Array.from(p.keys()).sort((a, b) => p[b] - p[a]).slice(0, 6);
  const rows = order.map((c) => html("li", {}, html("span", {}, labels[c]), html("span", {class: "d-number"}, percent(p[c])), html("div", {class: "d-bar"}, html("div", {style: `width: ${100 * p[c]}%; --fill: ${fillOf(c, classes)}`}))));
  const inside = images ? Array.from({length: images.embeddings.length / width}, (_, i) => project(slice, images.embeddings.subarray(i * width, (i + 1) * width))?.inside ?? 0) : [];
  const typical = inside.length > 0 ? inside.sort((a, b) => a - b)[inside.length >> 1] : NaN;
  const note = Number.isNaN(typical) ? "" : ` Images (circles, filled with their true class) are drawn where the slice sees them; half of them have ${percent(typical)} or more of their length in it. Which of the chosen prompts is nearest is exact; how sure the model is also depends on the rest.`;
  return [html("p", {class: "d-soft"}, pointed ? "Here the classifier says:" : "In the middle the classifier says:"), html("ol", {class: "d-probabilities"}, ...rows), html("p", {class: "d-note"}, `Squares are the classes’ vectors. Cosines times ${number(scale)}.${note}`)];
}

function meanOf(rows: Float32Array, width: number): Float64Array {
  const mean = new Float64Array(width);
  rows.forEach((value, n) => (mean[n % width] += value));
  return mean;
}

function grid(reach: number, side: number): [number, number][] {
  const at = (n: number) => (n / (side - 1) - 0.5) * 2 * reach;
  return Array.from({length: side * side}, (_, n) => [at(n % side), at(Math.floor(n / side))]);
}
