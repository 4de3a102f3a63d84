import {readFileSync} from "node:fs";
import {describe, expect, it} from "vitest";
import {classify, softmaxRows} from "../../src/evaluate/classification.ts";
import {fewShot} from "../../src/evaluate/few-shot.ts";
import {lbfgs} from "../../src/evaluate/lbfgs.ts";
import {fitLinearProbe, logGrid, probeScores, sweepC} from "../../src/evaluate/linear-probe.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import {bytesSource, openSafetensors} from "../../src/tensor/safetensors.ts";
import {needsShared, sharedFolder} from "../left-out.ts";

const reference = `${sharedFolder}/reference/linear-probe.safetensors`;

/** Points around one centre a class. */
function blobs({count, width = 6, classes = 4, noise = 1.5, seed = 1}: {count: number; width?: number; classes?: number; noise?: number; seed?: number}) {
  const centre = seededRandom(99);
  const centres = Float32Array.from({length: classes * width}, () => centre.normal());
  const random = seededRandom(seed);
  const truth = Int32Array.from({length: count}, (_, i) => i % classes);
  return {features: Float32Array.from({length: count * width}, (_, n) => centres[truth[Math.floor(n / width)] * width + (n % width)] + noise * random.normal()), width, truth, centres};
}

describe("L-BFGS", () => {
  it("finds the bottom of Rosenbrock's valley", () => {
    const evaluate = ([x, y]: Float64Array, gradient: Float64Array) => {
      gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x);
      gradient[1] = 200 * (y - x * x);
      return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
    };
    const {x, converged} = lbfgs({evaluate, start: Float64Array.of(-1.2, 1), tolerance: 1e-9});
    expect(converged).toBe(true);
    expect(x[0]).toBeCloseTo(1, 8);
    expect(x[1]).toBeCloseTo(1, 8);
  });

  it("says when it ran out of rounds", () => {
    const evaluate = (x: Float64Array, gradient: Float64Array) => ((gradient[0] = 4 * x[0] ** 3), x[0] ** 4);
    expect(lbfgs({evaluate, start: Float64Array.of(3), rounds: 2, tolerance: 1e-12})).toMatchObject({converged: false, rounds: 2});
  });
});

describe("linear probe", () => {
  it("has scikit-learn's coefficients, probabilities and accuracy", needsShared("reference/linear-probe.safetensors"), async () => {
    const file = await openSafetensors(bytesSource(readFileSync(reference)));
    const read = async (name: string) => (await file.values(name)) as Float32Array;
    const whole = async (name: string) => Int32Array.from((await file.values(name)) as ArrayLike<number>);
    const probe = fitLinearProbe({features: await read("X"), width: 24, truth: await whole("y"), classes: 5, C: 0.316});
    expect(probe.converged).toBe(true);
    const farthest = (ours: Float64Array, theirs: Float32Array) => ours.reduce((most, value, n) => Math.max(most, Math.abs(value - theirs[n])), 0);
    expect(farthest(probe.weights, await read("coef"))).toBeLessThan(1e-3);
    expect(farthest(probe.bias, await read("intercept"))).toBeLessThan(1e-3);
    const scores = probeScores(probe, await read("Xtest"));
    expect(farthest(softmaxRows(scores, 5), await read("proba_test"))).toBeLessThan(1e-3);
    expect(classify({scores, classes: 5, truth: await whole("ytest")}).top1).toBe(Number(file.metadata.accuracy));
  });

  it("stands where the gradient of its objective is zero", () => {
    const {features, width, truth} = blobs({count: 80});
    const C = 0.7;
    const probe = fitLinearProbe({features, width, truth, classes: 4, C, tolerance: 1e-8});
    const objective = () => {
      const p = softmaxRows(probeScores(probe, features), 4);
      return C * truth.reduce((sum, c, i) => sum - Math.log(p[i * 4 + c]), 0) + probe.weights.reduce((sum, w) => sum + w * w, 0) / 2;
    };
    for (const [values, n] of [[probe.weights, 5], [probe.weights, 20], [probe.bias, 2]] as const) {
      const step = 1e-4;
      values[n] += step;
      const above = objective();
      values[n] -= 2 * step;
      const below = objective();
      values[n] += step;
      expect(Math.abs(above - below) / (2 * step)).toBeLessThan(1e-5);
    }
  });

  it("is found again from another start, unless the penalty holds it there", () => {
    const {features, width, truth, centres} = blobs({count: 40});
    const options = {features, width, truth, classes: 4, C: 0.5, tolerance: 1e-8};
    const plain = fitLinearProbe(options);
    fitLinearProbe({...options, start: centres}).weights.forEach((w, n) => expect(w).toBeCloseTo(plain.weights[n], 4));
    const held = fitLinearProbe({...options, C: 1e-6, start: centres, pullToStart: true});
    held.weights.forEach((w, n) => expect(w).toBeCloseTo(centres[n], 3));
  });

  it("sweeps C and keeps the best", () => {
    const validation = blobs({count: 200, seed: 2});
    const {points, best} = sweepC({...blobs({count: 40}), classes: 4, validation, values: [1e-4, 0.1, 100]});
    expect(points.map(({C}) => C)).toEqual([1e-4, 0.1, 100]);
    expect(best.accuracy).toBe(Math.max(...points.map(({accuracy}) => accuracy)));
    expect(logGrid(0.01, 100, 5).map((C) => +C.toPrecision(6))).toEqual([0.01, 0.1, 1, 10, 100]);
  });

  it("says what is wrong", () => {
    const {features, width, truth} = blobs({count: 8});
    const options = {features, width, truth, classes: 4, labels: ["ant", "bee", "cat", "dog"]};
    expect(() => fitLinearProbe({...options, truth: new Int32Array(8).fill(1)})).toThrow('all 8 rows are of class "bee"');
    expect(() => fitLinearProbe({...options, features: new Float32Array(48).fill(0.5)})).toThrow("features: all 8 rows are equal");
    expect(() => fitLinearProbe({...options, features: features.map((x, n) => (n === 13 ? NaN : x))})).toThrow("features: row 2 holds NaN");
    expect(() => fitLinearProbe({...options, truth: truth.map((c) => c + 1)})).toThrow("truth: class 4 is named, but there are 4 classes");
    expect(() => fitLinearProbe({...options, C: 0})).toThrow("C: expected a number above 0, got 0");
  });
});

describe("few-shot", () => {
  const test = blobs({count: 400, seed: 3});
  const train = blobs({count: 100, seed: 4});

  it("gets better with more examples, and gives each seed's figure", () => {
    const points = fewShot({train, test, classes: 4, ks: [1, 16], seeds: [1, 2, 3, 4]});
    expect(points.map(({k}) => k)).toEqual([1, 16]);
    expect(points[1].accuracy.mean).toBeGreaterThan(points[0].accuracy.mean);
    expect(points[0].accuracies.length).toBe(4);
    expect(new Set(points[0].accuracies).size).toBeGreaterThan(1);
    expect(fewShot({train, test, classes: 4, ks: [1, 16], seeds: [1, 2, 3, 4]})).toEqual(points);
  });

  it("starts no worse than good zero-shot weights, which one example alone does not reach", () => {
    const start = train.centres.map((x) => 3 * x);
    const [held] = fewShot({train, test, classes: 4, ks: [1], seeds: [1, 2, 3], C: 0.01, start});
    const [plain] = fewShot({train, test, classes: 4, ks: [1], seeds: [1, 2, 3], C: 0.01});
    expect(held.accuracy.mean).toBeGreaterThan(plain.accuracy.mean + 0.05);
  });

  it("names the class that has too few examples", () => {
    const few = {...train, truth: train.truth.map((c, i) => (c === 2 && i > 20 ? 1 : c))};
    expect(() => fewShot({train: few, test, classes: 4, labels: ["ant", "bee", "cat", "dog"]})).toThrow('train: class "cat" has 5 examples, and 16 are asked for');
  });
});
