/** How far a run has come: what of its state is no tensor and no order of batches. */
import type {RunSettings} from "./protocol.ts";

export interface Course {
  /** Optimizer steps taken, and asked for. */
  step: number;
  steps: number;
  /** Peak of the schedule. */
  peak: number;
  trainedMs: number;
  /** Loss and exp(t) of every step so far. */
  losses: number[];
  scales: number[];
}

/** Settings that a person changed after so many steps: taken again when those steps are. */
export interface Change {
  step: number;
  settings: RunSettings;
}

export function newCourse(steps: number, peak: number): Course {
  return {step: 0, steps, peak, trainedMs: 0, losses: [], scales: []};
}

/** @throws RangeError for a value that makes no sense, or a setting that a run has not. */
export function checkSettings(settings: RunSettings): void {
  for (const [name, value] of Object.entries(settings)) {
    if (!["learningRate", "temperature", "steps"].includes(name)) throw new RangeError(`a run's settings are learningRate, temperature and steps; it was given "${name}"`);
    if (value !== undefined && !(typeof value === "number" && value > 0 && Number.isFinite(value))) throw new RangeError(`${name} is a number above 0; it was given ${value}`);
  }
}
