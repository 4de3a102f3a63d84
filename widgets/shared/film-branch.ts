/** A branch of a film: the form that begins one, its frames, and how its losses compare with the film's. Draws no chart. */
import type {FilmFrame} from "./film-data.ts";
import {temperatureWords} from "../temperature-slider.ts";
import {extend, html} from "./dom.ts";
import {follow} from "./live.ts";
import {logSlider} from "./log-slider.ts";
import type {LogSlider} from "./log-slider.ts";
import {number} from "./text.ts";

/** Where a branch begins, and what is changed there; what is left out stays as it was. */
export interface BranchStart {
  step: number;
  temperature?: number;
  learningRate?: number;
}

export type Branch = (from: BranchStart) => AsyncIterable<FilmFrame> | Promise<AsyncIterable<FilmFrame>>;

/** A branch against its film. */
export interface BranchValue {
  from: number;
  /** Of its newest frame. */
  step: number;
  /** Steps after the fork that both have taken, and the largest difference of their losses there. */
  compared: number;
  difference: number;
}

export interface FilmBranchOptions {
  branch: Branch;
  /** The frame that is shown, and the film's newest. */
  shown(): FilmFrame | undefined;
  newest(): FilmFrame | undefined;
  /** A branch has begun: there are no frames of it yet. */
  begun(): void;
  receive(frame: FilmFrame): void;
  invalidation?: Promise<unknown>;
}

export type FilmBranch = HTMLElement & {readonly branch: BranchValue | null};

/** The form: two sliders that say "as it was" until they are moved, and the button. A new branch ends the one before. */
export function filmBranch({branch, shown, newest, begun, receive, invalidation}: FilmBranchOptions): FilmBranch {
  const moved = new Set<LogSlider>();
  const slider = (label: string, value: number, min: number, max: number, words: (value: number) => string): LogSlider => {
    const state = {isMoved: () => false};
    const made = logSlider({label, value, min, max, words: (now) => (state.isMoved() ? words(now) : "as it was")});
    state.isMoved = () => moved.has(made);
    made.addEventListener("input", () => touch(made, true));
    return made;
  };
  const touch = (one: LogSlider, isMoved: boolean) => {
    if (isMoved) moved.add(one);
    else moved.delete(one);
    one.value = one.value; // repaints its words
    reset.hidden = moved.size === 0;
  };
  const reset = html("button", {type: "button", class: "d-button", hidden: true, onclick: () => [temperature, speed].forEach((one) => touch(one, false))}, "As it was");
  const temperature: LogSlider = slider("temperature", 0.07, 0.01, 1, temperatureWords);
  const speed: LogSlider = slider("speed of learning", 1e-3, 1e-5, 1e-2, (rate) => number(rate, 2));
  const go = html("button", {type: "button", class: "d-button", onclick: () => void begin()}, "Branch from this frame");
  const said = html("span", {class: "d-soft", role: "status"});
  const element = html("div", {class: "d-branch", style: "margin-top: 0.8em"}, temperature, speed, reset, go, said);

  let value: BranchValue | null = null;
  let end = () => {};
  const begin = async () => {
    const start = shown();
    if (!start) return;
    end();
    const ended = new Promise<void>((resolve) => (end = resolve));
    void invalidation?.then(end);
    value = {from: start.step, step: start.step, compared: 0, difference: 0};
    begun();
    said.textContent = `Going back to step ${number(start.step)} …`;
    const fail = (error: unknown) => (said.textContent = error instanceof Error ? error.message : String(error));
    try {
      const from: BranchStart = {step: start.step};
      if (moved.has(temperature)) from.temperature = temperature.value;
      if (moved.has(speed)) from.learningRate = speed.value;
      const frames = await branch(from);
      follow({frames, invalidation: ended}, (frame) => {
        value = compare(start.step, frame, newest());
        said.textContent = words(value);
        receive(frame);
      }, fail);
    } catch (error) {
      fail(error);
    }
  };
  return extend(element, {
    get branch() {
      return value;
    }
  });
}

function compare(from: number, frame: FilmFrame, film: FilmFrame | undefined): BranchValue {
  const steps = Math.min(frame.lossHistory.length, film?.lossHistory.length ?? 0);
  let difference = 0;
  for (let k = from; k < steps; k++) difference = Math.max(difference, Math.abs(frame.lossHistory[k] - film!.lossHistory[k]));
  return {from, step: frame.step, compared: Math.max(0, steps - from), difference};
}

function words({from, step, compared, difference}: BranchValue): string {
  const place = `The branch from step ${number(from)}, drawn dashed, is at step ${number(step)}.`;
  if (compared === 0) return place;
  return `${place} ${difference === 0 ? "Its losses are the film’s, to the last digit." : `Its loss was at most ${number(difference, 2)} off the film’s.`}`;
}
