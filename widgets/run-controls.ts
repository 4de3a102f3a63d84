/** The buttons of a training run, its progress in words and its speed of learning. Not the run: see src/train. */
import type {Snapshot} from "../src/train/protocol.ts";
import {emitInput, extend, html, liveRegion, root, set} from "./shared/dom.ts";
import {follow} from "./shared/live.ts";
import {logSlider} from "./shared/log-slider.ts";
import {count, duration, number} from "./shared/text.ts";

/** What the controls ask of a run. */
export interface ControlledRun {
  play(): unknown;
  pause(): unknown;
  step(n: number): unknown;
  restart(): unknown;
  set(settings: {learningRate: number}): unknown;
  snapshots?(): AsyncIterable<Progress>;
  /** What the run tells of itself once it is made. */
  info?: {model?: string; steps?: number; learningRate?: number; backend?: string; reason?: string; missing?: string[]};
}
export type Progress = Pick<Snapshot, "step" | "steps" | "state" | "seconds"> & Partial<Pick<Snapshot, "error" | "notice">>;

/** Where the run computes, and why there. */
export interface Backend {
  name: string;
  reason?: string;
  /** What the browser or page lacks for full speed and how to get it: "Threads: ...", a sentence or two each. */
  missing?: string[];
}

export interface RunControlsOptions {
  /** Steps the run will take; the run's own number, once it tells it. */
  steps?: number;
  /** Where the speed of learning begins; the run's own rate, once it tells it. */
  learningRate?: number;
  /** Range of the speed of learning. */
  learningRates?: [number, number];
  /** Where the run computes; may come later. */
  backend?: string | Backend | Promise<string | Backend>;
  frames?: AsyncIterable<Progress>;
  invalidation?: Promise<unknown>;
}

export type RunControls = HTMLElement & {
  readonly value: {state: Snapshot["state"]; step: number; learningRate: number};
  update(progress: Progress): void;
};

/** One large button that says what it will do; beside it step, restart and the speed of learning; under them the time passed and left. */
export function runControls(run: ControlledRun, options: RunControlsOptions = {}): RunControls {
  const {steps = run.info?.steps ?? Infinity, learningRate = run.info?.learningRate || 1e-3, learningRates = [1e-5, 1e-2], invalidation} = options;
  const backend = options.backend ?? (run.info?.backend ? {name: run.info.reason?.replace(/\.$/, "") ?? run.info.backend, missing: run.info.missing} : undefined);
  let now: Progress = {step: 0, steps, state: "idle", seconds: 0};

  const guard = (action: () => unknown) => () => {
    emitInput(element);
    Promise.resolve().then(action).catch((error: unknown) => words.replaceChildren(html("span", {class: "d-t-hard"}, sentenceOf(error))));
  };
  const main = html("button", {type: "button", class: "d-button d-primary", onclick: () => guard(mainAction(run, now))()});
  const step = html("button", {type: "button", class: "d-button", onclick: guard(() => run.step(1)), title: "Take one step and stop"}, "One step");
  const restart = html("button", {type: "button", class: "d-button", onclick: guard(() => run.restart()), title: "Forget what was learned and begin again"}, "Restart");
  const speed = logSlider({
    label: "speed of learning",
    value: learningRate,
    min: learningRates[0],
    max: learningRates[1],
    words: (rate) => number(rate, 2)
  });
  speed.addEventListener("input", () => run.set({learningRate: speed.value}));

  const filled = html("div");
  const bar = html("div", {class: "d-progress", role: "progressbar", "aria-label": "training", "aria-valuemin": 0}, filled);
  const words = html("span");
  const where = html("span", {class: "d-soft"});
  const lacks = html("details", {class: "d-tools", hidden: true});
  const live = liveRegion();
  // A pretrained model, which takes no steps.
  const isFixed = run.info?.steps === 0;
  const element = root("run", html("div", {class: "d-row", hidden: isFixed}, main, step, restart, speed), isFixed ? null : bar, html("div", {class: "d-progress-words"}, words, where), lacks, live.element);

  const show = () => {
    say(main, mainLabel(now));
    set(step, {disabled: now.state === "running" || now.state === "finished"});
    set(restart, {disabled: now.step === 0 && now.state === "idle"});
    // A scale is moved without laying the page out anew.
    filled.style.transform = `scaleX(${Number.isFinite(now.steps) && now.steps > 0 ? now.step / now.steps : 0})`;
    set(bar, {"aria-valuenow": now.step, "aria-valuemax": Number.isFinite(now.steps) ? now.steps : null, "aria-valuetext": progressWords(now)});
    say(words, isFixed && now.state !== "failed" ? `${run.info!.model ?? "This model"} is looked at here, not trained.` : progressWords(now));
  };
  show();
  void Promise.resolve(backend).then((found) => {
    if (!found || isFixed) return;
    const {missing = [], ...backend} = typeof found === "string" ? {name: found} : found;
    where.textContent = backendWords(backend);
    lacks.hidden = missing.length === 0;
    const names = missing.map((sentence) => sentence.split(":", 1)[0]);
    lacks.replaceChildren(html("summary", {}, `Missing for full speed: ${names.join(", ")}`), ...missing.map((sentence) => html("p", {class: "d-note"}, sentence)));
  });

  const update = (progress: Progress) => {
    if (progress.state !== now.state) live.say(`${progress.state}: ${progressWords(progress)}`);
    now = progress;
    show();
  };
  follow({frames: options.frames ?? run.snapshots?.(), invalidation}, update, (error) => update({...now, state: "failed", error: sentenceOf(error)}));

  return extend(element, {
    get value() {
      return {state: now.state, step: now.step, learningRate: speed.value};
    },
    update
  });
}

function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function mainAction(run: ControlledRun, {state}: Progress): () => unknown {
  if (state === "running") return () => run.pause();
  if (state === "finished" || state === "failed")
    return async () => {
      await run.restart();
      await run.play();
    };
  return () => run.play();
}

function mainLabel({state, step, steps}: Progress): string {
  const left = steps - step;
  if (state === "running") return "Pause";
  if (state === "finished" || state === "failed") return "Train again from the start";
  if (!Number.isFinite(left)) return step > 0 ? "Go on training" : "Train";
  return step > 0 ? `Train ${count(left, "more step", "more steps")}` : `Train ${count(left, "step")}`;
}

function progressWords({state, step, steps, seconds, error, notice}: Progress): string {
  if (state === "failed") return `Stopped by an error at step ${number(step)}${error ? `: ${error}` : "."}`;
  const place = Number.isFinite(steps) ? `step ${number(step)} of ${number(steps)}` : `step ${number(step)}`;
  if (state === "idle" && step === 0) return "Not started yet.";
  // A run that came with the site took its time elsewhere.
  if (state === "finished") return `Done: ${count(step, "step")}${seconds > 0 ? ` in ${duration(seconds)}` : ""}.`;
  const left = step > 0 && Number.isFinite(steps) ? (seconds / step) * (steps - step) : NaN;
  return [place, `${duration(seconds)} passed`, state === "running" && left >= 0 ? `about ${duration(left)} left` : state === "paused" ? "paused" : "", notice].filter(Boolean).join(" · ");
}

function backendWords({name, reason}: Backend): string {
  return `Trains on ${name}${reason ? `: ${reason.replace(/\.$/, "")}` : ""}.`;
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
