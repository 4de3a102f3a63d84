/**
 * Effective robustness (Taori et al. 2020): how far a model stands above the line that other models' accuracies draw
 * between a familiar test and a shifted one. The shifts themselves are corruptions.ts, or another data set.
 */
import type {Random} from "../tensor/random.ts";
import {bootstrap, type BootstrapInterval} from "./statistics.ts";

export interface ModelAccuracy {
  name: string;
  /** Share right on the familiar test, 0 to 1. */
  familiar: number;
  /** Share right on the shifted test. */
  shifted: number;
}

export interface LogitFit {
  slope: number;
  intercept: number;
  /** What the fit expects on the shifted test of a model with this accuracy on the familiar one. */
  expect(familiar: number): number;
}

export interface EffectiveRobustness {
  name: string;
  /** Shifted accuracy less what the fit expects, in shares. */
  value: number;
  /** Its 95 % interval over the models the fit is drawn through. */
  low: number;
  high: number;
}

/** Fewer models than this draw a line that says little; a note says so. */
const enoughModels = 8;

/** Least squares through the logits of both accuracies; `rows` is the number of test rows behind an accuracy. */
export function logitFit(models: readonly ModelAccuracy[], rows: number): LogitFit {
  const x = models.map(({familiar}) => logit(familiar, rows));
  const y = models.map(({shifted}) => logit(shifted, rows));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const spread = x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  const slope = spread > 0 ? x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0) / spread : NaN;
  const intercept = my - slope * mx;
  return {slope, intercept, expect: (familiar) => 1 / (1 + Math.exp(-(slope * logit(familiar, rows) + intercept)))};
}

export interface RobustnessInput {
  /** The models that draw the line. */
  baselines: readonly ModelAccuracy[];
  /** The models held against it. */
  models: readonly ModelAccuracy[];
  /** Test rows behind each accuracy. */
  rows: number;
  random: Random;
  resamples?: number;
}

/** Each model's effective robustness, with a bootstrap over the baselines. */
export function effectiveRobustness({baselines, models, rows, random, resamples = 2000}: RobustnessInput): {fit: LogitFit; models: EffectiveRobustness[]; notes: string[]} {
  for (const {name, familiar, shifted} of [...baselines, ...models]) {
    if (!(familiar >= 0 && familiar <= 1 && shifted >= 0 && shifted <= 1)) throw new RangeError(`model "${name}": expected accuracies from 0 to 1, got ${familiar} and ${shifted}`);
  }
  const fit = logitFit(baselines, rows);
  if (Number.isNaN(fit.slope)) throw new RangeError(`baselines: a line needs models of at least two different accuracies, got ${baselines.length} models that all score ${baselines[0]?.familiar ?? "nothing"}`);
  const found = models.map(({name, familiar, shifted}) => {
    const above = (drawn: readonly ModelAccuracy[]) => shifted - logitFit(drawn, rows).expect(familiar);
    const {estimate, low, high}: BootstrapInterval = bootstrap({items: baselines, statistic: above, random: random.fork(name), resamples});
    return {name, value: estimate, low, high};
  });
  const notes = baselines.length < enoughModels ? [`The line is drawn through ${baselines.length} models; with fewer than ${enoughModels} it says little.`] : [];
  return {fit, models: found, notes};
}

/** Log odds; half a row is added to right and wrong, so that none and all stay finite. */
export function logit(share: number, rows: number): number {
  return Math.log((share * rows + 0.5) / ((1 - share) * rows + 0.5));
}
