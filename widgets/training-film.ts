/** A run as a film: matrix and map at any moment that was kept, the figures on one time axis, and branches from a frame. Trains nothing itself. */
import type {Snapshot} from "../src/train/protocol.ts";
import type {JointMap, MapTrail} from "./joint-map.ts";
import {jointMap} from "./joint-map.ts";
import {drawChart} from "./shared/chart.ts";
import type {Mark, Series} from "./shared/chart.ts";
import {emitInput, extend, html, liveRegion, root, set, svg} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {filmBranch} from "./shared/film-branch.ts";
import type {Branch, BranchValue} from "./shared/film-branch.ts";
import {follow, reducedMotion, scheduled, typeSize, watchLook} from "./shared/live.ts";
import type {MapLayout} from "./shared/map-data.ts";
import {pointsOf} from "./shared/map-data.ts";
import {cosineMatrix, finiteExtent, rankOf} from "./shared/matrix.ts";
import type {Pairs} from "./shared/pairs.ts";
import type {Axes} from "./shared/projection.ts";
import {principalAxes, projectOn} from "./shared/projection.ts";
import {chosen, pinAll, pinnedOf, sharedSelection} from "./shared/selection.ts";
import type {Selection} from "./shared/selection.ts";
import {fixed, number, percent} from "./shared/text.ts";
import {similarityMatrix} from "./similarity-matrix.ts";

export type FilmFrame = Pick<Snapshot, "step" | "steps" | "loss" | "lossHistory" | "logitScaleLog" | "watched" | "heldOut">;

export interface TrainingFilmOptions {
  frames?: AsyncIterable<FilmFrame>;
  pairs?: Pairs;
  /** Further figures of a frame, by name: modality gap, alignment, uniformity. */
  measures?: (frame: FilmFrame) => Record<string, number>;
  /** Trains on from a frame with other settings, and tells the frames. Without it there is no branching. */
  branch?: Branch;
  /** Frames kept; when there are more, every second of the older ones goes. */
  capacity?: number;
  selection?: Selection;
  invalidation?: Promise<unknown>;
}

export type TrainingFilm = HTMLElement & {
  /** `step` is the one shown, `newest` the last that came: -1 before any. */
  readonly value: {step: number; newest: number; frames: number; playing: boolean; firsts: Record<string, number>; branch: BranchValue | null};
  /** The step of the frame shown; setting it shows the nearest one kept. */
  step: number;
  /** What a link carries: the step shown, where it is not the newest, and the pairs that are pinned. */
  linkState: {step?: number; pinned?: readonly string[]} | undefined;
  update(frame: FilmFrame): void;
};

interface Kept {
  frame: FilmFrame;
  measures: Record<string, number>;
}

/** The training film. While the run goes on it shows the newest frame; scrub back, and it stays where you are. */
export function trainingFilm(options: TrainingFilmOptions = {}): TrainingFilm {
  const {pairs, measures, branch, capacity = 120, selection = sharedSelection, invalidation} = options;
  let film: Kept[] = [];
  let other: Kept[] = [];
  let at = 0;
  let playing = false;
  // The step that a link asked for: frames come one by one, and the nearest is shown until somebody moves.
  let wanted: number | undefined;
  let axes: Axes | null = null;
  let window: Window = [-1, 1, -1, 1];
  const firsts = new Map<string, number>();

  const matrix = similarityMatrix({pairs, panel: false, selection, invalidation});
  const map: JointMap = jointMap({pairs, selection, invalidation, aspect: 0.95, durationMs: 120, title: "Images and captions, on the newest frame’s two main axes"});
  const play = html("button", {type: "button", class: "d-button", onclick: () => (playing ? stop() : start())}, "Play the film");
  const scrub = html("input", {type: "range", min: 0, max: 0, step: 1, value: 0, "aria-label": "frame of the film"});
  const move = (by: number, label: string) => html("button", {type: "button", class: "d-button", "aria-label": label, onclick: () => show(at + by, true)}, by < 0 ? "‹" : "›");
  const words = html("strong");
  const waiting = html("p", {class: "d-waiting"}, "The film begins with the first frame of a run.");
  const branchMatrix = similarityMatrix({pairs, panel: false, selection, invalidation});
  const beside = html("div", {hidden: true}, html("p", {class: "d-soft"}, "The branch at the same step"), branchMatrix);
  const views = html("div", {class: "d-film-views"}, matrix, map, beside);
  const pictures = [svg("svg", {role: "img", "aria-label": "loss through training"}), svg("svg", {role: "img", "aria-label": "recall through training"}), svg("svg", {role: "img", "aria-label": "figures through training"})];
  const charts = html("div", {class: "d-film-charts"}, ...pictures.map((picture) => html("div", {class: "d-chart"}, picture)));
  const stage = html("div", {class: "d-film-stage"}, views, charts);
  const live = liveRegion();
  const row = html("div", {class: "d-row d-film-row"}, play, move(-1, "one frame back"), scrub, move(1, "one frame on"), words);
  const names = () => Object.keys(film[0]?.measures ?? {});
  const table = () => ({columns: ["step", "loss", "right caption first", "right picture first", ...names()], rows: film.map(({frame, measures}) => [frame.step, frame.loss, frame.heldOut?.imageToText[1] ?? NaN, frame.heldOut?.textToImage[1] ?? NaN, ...names().map((name) => measures[name])])});
  const form = branch && filmBranch({
    branch,
    shown: () => film[at]?.frame,
    newest: () => film.at(-1)?.frame,
    begun: () => ((other = []), draw()),
    receive: (frame) => (other.push(keep(frame, measures)), showBranch(), draw()),
    invalidation
  });
  const element = root("film", waiting, row, stage, form ?? null, tools("training-film", table, stage), live.element);

  const draw = scheduled(() => {
    const width = element.clientWidth;
    const empty = film.length === 0;
    waiting.hidden = !empty;
    row.hidden = views.hidden = charts.hidden = empty;
    if (empty || width === 0) return;
    const em = typeSize(element);
    views.style.gridTemplateColumns = width > 52 * em ? "minmax(0, 1fr) minmax(0, 1fr)" : "minmax(0, 1fr)";
    const shown = film[at].frame;
    set(scrub, {max: film.length - 1, "aria-valuetext": `step ${shown.step}`});
    scrub.value = String(at);
    words.textContent = `step ${number(shown.step)}${Number.isFinite(shown.steps) ? ` of ${number(shown.steps)}` : ""}`;
    drawCharts(width, em);
  }, element);

  const drawCharts = (width: number, em: number) => {
    const columns = width > 60 * em ? 3 : 1;
    charts.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    const size = {width: columns === 3 ? (width - 4 * em) / 3 : width, height: 14 * em, em};
    const last = Math.max(2, film.at(-1)!.frame.step, other.at(-1)?.frame.step ?? 0);
    const x = {domain: [0, last] as [number, number], name: "step"};
    const now: Mark = {x: film[at].frame.step, class: "d-cross"};
    const line = (kept: Kept[], pick: (kept: Kept) => number | undefined, name: string, label?: string, labelClass?: string): Series => ({points: kept.map((one): [number, number] => [one.frame.step, pick(one) ?? NaN]).filter(([, value]) => Number.isFinite(value)), class: name, label, labelClass, at: 0.6});
    const losses = [...film, ...other].map(({frame}) => frame.loss).filter(Number.isFinite);
    const pinned = new Set(selection.pinned);
    drawChart(pictures[0], {
      ...size,
      x,
      y: {domain: [0, Math.max(...losses, 0.1) * 1.08], name: "loss; a tick where a pair first came first"},
      series: [line(film, ({frame}) => frame.loss, "d-smooth"), line(other, ({frame}) => frame.loss, "d-branch-line", other.length ? "branch" : undefined)],
      marks: [now]
    });
    const scale = drawnX(size.width, em, last);
    for (const [id, step] of firsts) pictures[0].append(svg("line", {x1: scale(step), x2: scale(step), y1: size.height - 3 * em, y2: size.height - (pinned.has(id) ? 5.2 : 3.7) * em, class: "d-tick"}));
    drawChart(pictures[1], {
      ...size,
      x,
      y: {domain: [0, 1], name: "right one first, held out", words: percent},
      series: [line(film, ({frame}) => frame.heldOut?.imageToText[1], "d-image-line", "captions for images", "d-t-image"), line(film, ({frame}) => frame.heldOut?.textToImage[1], "d-caption-line", "images for captions", "d-t-caption"), line(other, ({frame}) => frame.heldOut?.imageToText[1], "d-branch-line")],
      marks: [now]
    });
    const values = [...film, ...other].flatMap(({measures}) => Object.values(measures)).filter(Number.isFinite);
    pictures[2].parentElement!.hidden = values.length === 0;
    if (values.length > 0)
      drawChart(pictures[2], {
        ...size,
        x,
        y: {domain: [Math.min(0, ...values) * 1.1, Math.max(...values, 0.1) * 1.15], name: names().join(", ")},
        series: names().map((name, k) => line(film, ({measures}) => measures[name], ["d-smooth", "d-held-line", "d-branch-line"][k % 3], name, "d-soft")),
        marks: [now]
      });
  };

  /** The branch's frame nearest to the step shown. */
  const showBranch = () => {
    const step = film[at]?.frame.step ?? 0;
    const nearest = other.reduce<Kept | undefined>((best, one) => (best && Math.abs(best.frame.step - step) <= Math.abs(one.frame.step - step) ? best : one), undefined);
    beside.hidden = !nearest;
    if (nearest) branchMatrix.update(nearest.frame);
  };
  const show = (k: number, byHand = false) => {
    at = Math.max(0, Math.min(film.length - 1, k));
    const kept = film[at];
    if (!kept) return;
    matrix.update(kept.frame);
    showBranch();
    map.update(layoutOf(kept.frame, axes!, window));
    map.trails = trailsOf(film.slice(0, at + 1), (frame) => layoutOf(frame, axes!, window), selection.pinned, pairs);
    draw();
    if (byHand) {
      wanted = undefined;
      live.say(`step ${kept.frame.step}, loss ${fixed(kept.frame.loss)}`);
      emitInput(element);
    }
  };
  const showStep = (step: number) => {
    let best = 0;
    film.forEach(({frame}, k) => Math.abs(frame.step - step) < Math.abs(film[best].frame.step - step) && (best = k));
    show(best);
  };
  const stop = () => {
    playing = false;
    play.textContent = "Play the film";
  };
  const start = () => {
    playing = true;
    wanted = undefined;
    play.textContent = "Pause the film";
    if (at >= film.length - 1) at = -1;
    const step = () => {
      if (!playing) return;
      show(at + 1);
      if (at >= film.length - 1) stop();
      else setTimeout(step, reducedMotion() ? 600 : 140);
    };
    step();
  };
  scrub.addEventListener("input", (event) => {
    event.stopPropagation();
    stop();
    show(scrub.valueAsNumber, true);
  });

  const update = (frame: FilmFrame) => {
    const newest = at >= film.length - 1 && !playing;
    if (frame.step < (film.at(-1)?.frame.step ?? -1)) {
      film = [];
      firsts.clear();
    }
    const kept = keep(frame, measures);
    if (film.at(-1)?.frame.step === frame.step) film[film.length - 1] = kept;
    else film.push(kept);
    noteFirsts(frame, firsts, pairs);
    if (film.length > capacity) {
      film = film.filter((_, k) => k % 2 === 0 || k >= film.length - 2);
      at = Math.min(at, film.length - 1);
    }
    const {imageEmbeddings, captionEmbeddings, width} = frame.watched;
    const both = new Float32Array(imageEmbeddings.length + captionEmbeddings.length);
    both.set(imageEmbeddings);
    both.set(captionEmbeddings, imageEmbeddings.length);
    axes = principalAxes(both, width, 20);
    window = windowOf(film, axes);
    if (wanted !== undefined) showStep(wanted);
    else if (newest) show(film.length - 1);
    else draw();
  };

  selection.subscribe(() => film.length > 0 && (map.trails = trailsOf(film.slice(0, at + 1), (frame) => layoutOf(frame, axes!, window), selection.pinned, pairs)), invalidation);
  watchLook(element, draw, invalidation);
  follow({frames: options.frames, invalidation}, update, (error) => (waiting.textContent = String(error)));
  void invalidation?.then(stop);
  draw();
  return extend(element, {
    get value() {
      return {step: film[at]?.frame.step ?? 0, newest: film.at(-1)?.frame.step ?? -1, frames: film.length, playing, firsts: Object.fromEntries(firsts), branch: form?.branch ?? null};
    },
    get step() {
      return film[at]?.frame.step ?? 0;
    },
    set step(step: number) {
      showStep(step);
    },
    get linkState() {
      return chosen({step: at < film.length - 1 ? film[at]?.frame.step : undefined, pinned: pinnedOf(selection)});
    },
    set linkState(state: TrainingFilm["linkState"]) {
      wanted = state?.step;
      pinAll(selection, state?.pinned);
      if (wanted !== undefined) showStep(wanted);
    },
    update
  });
}

function keep(frame: FilmFrame, measures: TrainingFilmOptions["measures"]): Kept {
  return {frame, measures: measures?.(frame) ?? {}};
}

/** The x of a step as drawChart places it. */
function drawnX(width: number, em: number, last: number): (step: number) => number {
  return (step) => 2.8 * em + (step / last) * (width - 1.5 * em - 2.8 * em);
}

/** Remembers the first step at which each image had its own caption first. */
function noteFirsts({watched, step}: FilmFrame, firsts: Map<string, number>, pairs?: Pairs): void {
  const n = watched.indices.length;
  const cosines = cosineMatrix(watched.imageEmbeddings, watched.captionEmbeddings, watched.width);
  for (let i = 0; i < n; i++) {
    const id = pairs?.ids[watched.indices[i]] ?? String(watched.indices[i]);
    if (!firsts.has(id) && n > 1 && Number.isFinite(cosines[i * n + i]) && rankOf(cosines, n, n, i, i) === 1) firsts.set(id, step);
  }
}

type Window = NonNullable<MapLayout["window"]>;

function layoutOf({watched}: FilmFrame, axes: Axes, window: Window): MapLayout {
  const {width, imageEmbeddings, captionEmbeddings} = watched;
  return {pairs: watched, images: projectOn(axes, imageEmbeddings, width), captions: projectOn(axes, captionEmbeddings, width), window};
}

/** The part of the plane that holds the first, the middle and the newest frame: the same for the whole film, so that motion is motion. */
function windowOf(film: Kept[], axes: Axes): Window {
  const picked = [film[0], film[film.length >> 1], film[film.length - 1]];
  const all = picked.flatMap(({frame: {watched}}) => [projectOn(axes, watched.imageEmbeddings, watched.width), projectOn(axes, watched.captionEmbeddings, watched.width)]);
  const [x0, x1] = finiteExtent(all.flatMap(({x}) => Array.from(x))) ?? [-1, 1];
  const [y0, y1] = finiteExtent(all.flatMap(({y}) => Array.from(y))) ?? [-1, 1];
  return [x0, x1, y0, y1];
}

/** The ways of the pinned pairs' images and captions up to now. */
function trailsOf(film: Kept[], place: (frame: FilmFrame) => MapLayout, pinned: readonly string[], pairs?: Pairs): MapTrail[] {
  if (pinned.length === 0 || !pairs) return [];
  const points = film.map(({frame}) => pointsOf(place(frame), pairs));
  return pinned.flatMap((id) => {
    const row = points.at(-1)?.ids.indexOf(id) ?? -1;
    if (row < 0) return [];
    const way = (p: number) => Float32Array.from(points.flatMap(({places}) => [places[2 * p], places[2 * p + 1]]));
    return [
      {kind: "image" as const, places: way(row)},
      {kind: "caption" as const, places: way(points.at(-1)!.images + row)}
    ];
  });
}
