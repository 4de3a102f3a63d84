/**
 * A linear probe: multinomial logistic regression on frozen features, as CLIP's paper probes them. Fits and scores;
 * how few examples suffice is few-shot.ts.
 */
import {countRows} from "../tensor/rows.ts";
import {classify} from "./classification.ts";
import {lbfgs} from "./lbfgs.ts";

export interface ProbeData {
  /** [count, width] */
  features: Float32Array;
  width: number;
  /** The class of each row, from 0. */
  truth: Int32Array;
}

export interface ProbeOptions extends ProbeData {
  classes: number;
  /** The classes' names, for messages. */
  labels?: readonly string[];
  /** Weight of the data against the penalty: C * sum(loss) + |W|^2 / 2. The bias goes free. */
  C?: number;
  /** Where the search starts, and with `pullToStart` what the penalty holds the weights to: |W - start|^2 / 2. */
  start?: Float32Array;
  pullToStart?: boolean;
  tolerance?: number;
  rounds?: number;
}

export interface LinearProbe {
  /** [classes, width] */
  weights: Float64Array;
  /** [classes] */
  bias: Float64Array;
  classes: number;
  width: number;
  converged: boolean;
  rounds: number;
}

/** Fits the probe by L-BFGS. Throws where there is nothing to tell apart: one class only, or features that never differ. */
export function fitLinearProbe(options: ProbeOptions): LinearProbe {
  const {features, width, truth, classes, C = 1, start, pullToStart = false, tolerance = 1e-5, rounds = 1000} = options;
  checkProbe(options);
  const count = truth.length;
  const centre = new Float64Array(classes * (width + 1));
  if (start) centre.set(start);
  const logits = new Float64Array(classes);
  const evaluate = (x: Float64Array, gradient: Float64Array) => {
    let value = 0;
    for (let k = 0; k < classes * width; k++) {
      const away = pullToStart ? x[k] - centre[k] : x[k];
      value += (away * away) / 2;
      gradient[k] = away;
    }
    gradient.fill(0, classes * width);
    for (let i = 0; i < count; i++) value += C * addRow(features, i * width, width, truth[i], x, gradient, logits, C);
    return value;
  };
  const {x, converged, rounds: used} = lbfgs({evaluate, start: centre, tolerance, rounds});
  return {weights: x.slice(0, classes * width), bias: x.slice(classes * width), classes, width, converged, rounds: used};
}

/** Adds one row's gradient, times C, and returns its loss. The bias stands behind the weights in `x`. */
function addRow(features: Float32Array, from: number, width: number, truth: number, x: Float64Array, gradient: Float64Array, logits: Float64Array, C: number): number {
  const classes = logits.length;
  let highest = -Infinity;
  for (let c = 0; c < classes; c++) {
    let sum = x[classes * width + c];
    for (let k = 0, at = c * width; k < width; k++, at++) sum += features[from + k] * x[at];
    logits[c] = sum;
    if (sum > highest) highest = sum;
  }
  let total = 0;
  for (let c = 0; c < classes; c++) total += Math.exp(logits[c] - highest);
  for (let c = 0; c < classes; c++) {
    const error = C * (Math.exp(logits[c] - highest) / total - (c === truth ? 1 : 0));
    for (let k = 0, at = c * width; k < width; k++, at++) gradient[at] += error * features[from + k];
    gradient[classes * width + c] += error;
  }
  return Math.log(total) + highest - logits[truth];
}

/** The probe's logits for [count, width] features: [count, classes]. */
export function probeScores({weights, bias, classes, width}: LinearProbe, features: Float32Array): Float64Array {
  const count = countRows(features, width, "features");
  const scores = new Float64Array(count * classes);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < classes; c++) {
      let sum = bias[c];
      for (let k = 0; k < width; k++) sum += features[i * width + k] * weights[c * width + k];
      scores[i * classes + c] = sum;
    }
  }
  return scores;
}

export interface SweepPoint {
  C: number;
  /** Share right on the rows the probe has not seen. */
  accuracy: number;
  converged: boolean;
}

/** Fits one probe a value of C and scores each on `validation`; `best` is the smallest C of the highest accuracy. */
export function sweepC({validation, values = logGrid(1e-3, 1e3, 13), ...options}: ProbeOptions & {validation: ProbeData; values?: readonly number[]}): {points: SweepPoint[]; best: SweepPoint} {
  if (values.length === 0) throw new RangeError("values: expected at least one C to try, got none");
  const points = values.map((C) => {
    const probe = fitLinearProbe({...options, C});
    const {top1} = classify({scores: probeScores(probe, validation.features), classes: options.classes, truth: validation.truth});
    return {C, accuracy: top1, converged: probe.converged};
  });
  return {points, best: points.reduce((best, point) => (point.accuracy > best.accuracy ? point : best))};
}

/** `count` values from `from` to `to`, each the same multiple of the one before. */
export function logGrid(from: number, to: number, count: number): number[] {
  return Array.from({length: count}, (_, i) => from * (to / from) ** (i / (count - 1)));
}

function checkProbe({features, width, truth, classes, labels, C = 1, start}: ProbeOptions): void {
  const count = countRows(features, width, "features");
  if (truth.length !== count) throw new RangeError(`truth: expected a class for each of ${count} rows, got ${truth.length}`);
  if (!(C > 0)) throw new RangeError(`C: expected a number above 0, got ${C}`);
  const present = new Set(truth);
  for (const c of present) if (!(c >= 0 && c < classes)) throw new RangeError(`truth: class ${c} is named, but there are ${classes} classes, from 0`);
  if (present.size < 2) {
    const [only] = present;
    throw new RangeError(`truth: a probe tells classes apart, and ${count === 0 ? "there are no rows" : `all ${count} rows are of class ${nameOf(only, labels)}`}`);
  }
  const odd = features.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) throw new RangeError(`features: row ${Math.floor(odd / width)} holds ${features[odd]}`);
  if (features.every((value, n) => value === features[n % width])) throw new RangeError(`features: all ${count} rows are equal, so nothing can be learned from them`);
  if (start && start.length !== classes * width) throw new RangeError(`start: expected ${classes} rows of ${width} numbers, got ${start.length} numbers`);
}

/** A class as messages call it: its label where there is one. */
export function nameOf(c: number, labels?: readonly string[]): string {
  return labels?.[c] === undefined ? String(c) : `"${labels[c]}"`;
}
