/** A run as a film: matrix and map at any moment that was kept, the figures on one time axis, and branches from a frame. Trains nothing itself. */
import type {JointMap} from "./joint-map.ts";
import {jointMap} from "./joint-map.ts";
import {emitInput, extend, html, liveRegion, root, set} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {filmBranch} from "./shared/film-branch.ts";
import type {Branch, BranchValue} from "./shared/film-branch.ts";
import {filmCharts} from "./shared/film-charts.ts";
import {keep, layoutOf, noteFirsts, trailsOf, windowOf} from "./shared/film-data.ts";
import type {FilmFrame, Kept, Window} from "./shared/film-data.ts";
import {follow, reducedMotion, scheduled, typeSize, watchLook} from "./shared/live.ts";
import type {Pairs} from "./shared/pairs.ts";
import type {Axes} from "./shared/projection.ts";
import {principalAxes} from "./shared/projection.ts";
import {chosen, pinAll, pinnedOf, sharedSelection} from "./shared/selection.ts";
import type {Selection} from "./shared/selection.ts";
import {fixed, number} from "./shared/text.ts";
import {similarityMatrix} from "./similarity-matrix.ts";

export type {FilmFrame} from "./shared/film-data.ts";

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
  const beside = html("div", {hidden: true}, html("p", {class: "d-soft d-in-picture"}, "The branch at the same step"), branchMatrix);
  const views = html("div", {class: "d-film-views"}, matrix, map, beside);
  const charts = filmCharts();
  const stage = html("div", {class: "d-film-stage"}, views, charts.element);
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
    row.hidden = views.hidden = charts.element.hidden = empty;
    if (empty || width === 0) return;
    const em = typeSize(element);
    views.style.gridTemplateColumns = width > 52 * em ? "minmax(0, 1fr) minmax(0, 1fr)" : "minmax(0, 1fr)";
    const shown = film[at].frame;
    set(scrub, {max: film.length - 1, "aria-valuetext": `step ${shown.step}`});
    scrub.value = String(at);
    words.textContent = `step ${number(shown.step)}${Number.isFinite(shown.steps) ? ` of ${number(shown.steps)}` : ""}`;
    charts.draw({film, other, at, firsts, pinned: new Set(selection.pinned), width, em});
  }, element);

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
    // Of a diverged frame there are none: those of the frames before it stay.
    const next = principalAxes(both, width, 20);
    if (!axes || next.mean.every(Number.isFinite)) axes = next;
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
