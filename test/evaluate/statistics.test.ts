import {describe, expect, it} from "vitest";
import {bootstrap, chiSquared, countByGroup, meanInterval, quantile, upperGamma} from "../../src/evaluate/statistics.ts";
import {effectiveRobustness, logit, logitFit} from "../../src/evaluate/robustness.ts";
import {seededRandom} from "../../src/tensor/random.ts";

describe("chi-squared", () => {
  it("agrees with scipy 1.10", () => {
    const square = chiSquared([[10, 20], [30, 40]]);
    expect(square.statistic).toBeCloseTo(0.7936507936507936, 12);
    expect(square.degreesOfFreedom).toBe(1);
    expect(square.p).toBeCloseTo(0.3729984836134411, 10);
    expect(square.expected).toEqual([[12, 18], [28, 42]]);
    expect(square.cramersV).toBeCloseTo(Math.sqrt(square.statistic / 100), 12);
  });

  it("has the tail of the distribution right, near and far", () => {
    expect(upperGamma(0.5, 3.841458820694124 / 2)).toBeCloseTo(0.05, 12);
    expect(upperGamma(1, 2)).toBeCloseTo(Math.exp(-2), 14); // two degrees of freedom: an exponential
    expect(upperGamma(2, 125) / (126 * Math.exp(-125))).toBeCloseTo(1, 10);
    expect(upperGamma(3, 0)).toBe(1);
  });

  it("leaves out what never occurs, notes thin cells, refuses tables without a question", () => {
    expect(chiSquared([[10, 20, 0], [30, 40, 0], [0, 0, 0]])).toMatchObject({degreesOfFreedom: 1});
    expect(chiSquared([[1, 2], [3, 4]]).notes).toEqual(["4 of 4 cells expect fewer than 5: take p as a rough figure."]);
    expect(() => chiSquared([[3, 4]])).toThrow("needs two rows and two columns with counts, got 1 and 2");
    expect(() => chiSquared([[1, 2], [3]])).toThrow("table: row 1 has 1 columns, the first has 2");
    expect(() => chiSquared([[1, 2], [3, -1]])).toThrow("row 1 holds -1");
  });

  it("finds an association that is there, and none that is not", () => {
    const random = seededRandom(1);
    const groups = Int32Array.from({length: 600}, () => random.integer(3));
    const tied = groups.map((group) => (random() < 0.3 ? group : random.integer(3)));
    const free = groups.map(() => random.integer(3));
    expect(chiSquared(countByGroup(tied, groups, 3, 3)).p).toBeLessThan(1e-4);
    expect(chiSquared(countByGroup(free, groups, 3, 3)).p).toBeGreaterThan(0.01);
    expect(() => countByGroup(Int32Array.of(3), Int32Array.of(0), 3, 3)).toThrow("row 0: label 3 of 3, group 0 of 3");
  });
});

describe("intervals", () => {
  it("of a mean are Student's", () => {
    const {mean, low, high} = meanInterval([1, 2, 3]);
    expect(mean).toBe(2);
    expect(high - mean).toBeCloseTo(4.303 / Math.sqrt(3), 6);
    expect(mean - low).toBeCloseTo(high - mean, 10);
    expect(meanInterval([5])).toEqual({mean: 5, low: -Infinity, high: Infinity});
  });

  it("by bootstrap have the width of the normal theory for a mean", () => {
    const random = seededRandom(2);
    const items = Array.from({length: 400}, () => 3 + 2 * random.normal());
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const {estimate, low, high} = bootstrap({items, statistic: mean, random: random.fork("draws")});
    expect(estimate).toBe(mean(items));
    const deviation = Math.sqrt(mean(items.map((x) => (x - estimate) ** 2)) / items.length);
    expect((high - low) / (2 * 1.96 * deviation)).toBeGreaterThan(0.93);
    expect((high - low) / (2 * 1.96 * deviation)).toBeLessThan(1.07);
    expect(quantile([1, 2, 4], 0.75)).toBe(3);
  });
});

describe("effective robustness", () => {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const rows = 1e7; // so many that the half row added to each side does not show
  const baselines = Array.from({length: 9}, (_, i) => ({name: `model ${i}`, familiar: sigmoid(-1 + i / 4), shifted: sigmoid(0.8 * (-1 + i / 4) - 0.5)}));

  it("is the height above the line through the logits", () => {
    const fit = logitFit(baselines, rows);
    expect(fit.slope).toBeCloseTo(0.8, 4);
    expect(fit.intercept).toBeCloseTo(-0.5, 4);
    const above = {name: "above", familiar: 0.6, shifted: fit.expect(0.6) + 0.1};
    const {models, notes} = effectiveRobustness({baselines, models: [above, baselines[3]], rows, random: seededRandom(1), resamples: 200});
    expect(models[0].value).toBeCloseTo(0.1, 6);
    expect(models[0].low).toBeGreaterThan(0.09);
    expect(models[1].value).toBeCloseTo(0, 6);
    expect(notes).toEqual([]);
  });

  it("has an interval that mostly holds the truth when the models scatter", () => {
    const random = seededRandom(5);
    let held = 0;
    for (let trial = 0; trial < 40; trial++) {
      const scattered = baselines.map((model) => ({...model, shifted: sigmoid(logit(model.shifted, rows) + 0.1 * random.normal())}));
      const onTheLine = {name: "on the line", familiar: 0.6, shifted: sigmoid(0.8 * logit(0.6, rows) - 0.5)};
      const [{low, high}] = effectiveRobustness({baselines: scattered, models: [onTheLine], rows, random: random.fork(`${trial}`), resamples: 200}).models;
      if (low <= 0 && high >= 0) held++;
      expect(high - low).toBeLessThan(0.1);
    }
    expect(held).toBeGreaterThan(28); // 95 % of 40, less what nine models and chance cost
    expect(held).toBeLessThan(40);
  });

  it("keeps none and all finite, and says what is wrong", () => {
    expect(logit(1, 100)).toBeCloseTo(Math.log(100.5 / 0.5), 10);
    expect(logit(0, 100)).toBe(-logit(1, 100));
    const input = {models: [], rows, random: seededRandom(1)};
    expect(effectiveRobustness({...input, baselines: baselines.slice(0, 3)}).notes).toEqual(["The line is drawn through 3 models; with fewer than 8 it says little."]);
    expect(() => effectiveRobustness({...input, baselines: [baselines[0], baselines[0]]})).toThrow("a line needs models of at least two different accuracies");
    expect(() => effectiveRobustness({...input, baselines: [{name: "odd", familiar: 1.2, shifted: 0}]})).toThrow('model "odd": expected accuracies from 0 to 1, got 1.2 and 0');
  });
});
