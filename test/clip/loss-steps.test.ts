import {describe, expect, it} from "vitest";
import type {Rows} from "../../src/clip/loss-steps.ts";
import {lossSteps} from "../../src/clip/loss-steps.ts";
import {seededRandom} from "../../src/tensor/random.ts";

const random = seededRandom(5);
const rows = (n: number, d: number): Rows => Array.from({length: n}, () => Array.from({length: d}, () => random.normal()));
const I = rows(6, 5);
const T = rows(6, 5);
const t = Math.log(1 / 0.3);

describe("lossSteps", () => {
  const steps = lossSteps(I, T, t);

  it("is the symmetric cross-entropy of Radford et al. (2021), figure 3", () => {
    const crossEntropy = (logits: Rows) => logits.reduce((total, row, i) => total - Math.log(Math.exp(row[i]) / row.reduce((sum, z) => sum + Math.exp(z), 0)), 0) / logits.length;
    const columns = steps.logits[0].map((_, j) => steps.logits.map((row) => row[j]));
    expect(steps.loss).toBeCloseTo((crossEntropy(steps.logits) + crossEntropy(columns)) / 2, 12);
  });

  it("has the gradient that finite differences find", () => {
    const h = 1e-6;
    expect(steps.d_t).toBeCloseTo((lossSteps(I, T, t + h).loss - lossSteps(I, T, t - h).loss) / (2 * h), 7);
    // On the normalised embeddings: moved there, without normalising again.
    const lossOf = (I_e: Rows, T_e: Rows) => {
      const logits = I_e.map((a) => T_e.map((b) => Math.exp(t) * a.reduce((sum, value, k) => sum + value * b[k], 0)));
      const nll = (line: number[], own: number) => Math.log(line.reduce((sum, z) => sum + Math.exp(z), 0)) - line[own];
      return logits.reduce((sum, row, i) => sum + nll(row, i) + nll(logits.map((other) => other[i]), i), 0) / (2 * logits.length);
    };
    const moved = (of: Rows, i: number, k: number, by: number) => of.map((row, a) => row.map((value, b) => value + (a === i && b === k ? by : 0)));
    for (const [i, k] of [[0, 0], [2, 3], [5, 4]]) {
      expect(steps.d_I[i][k]).toBeCloseTo((lossOf(moved(steps.I_e, i, k, h), steps.T_e) - lossOf(moved(steps.I_e, i, k, -h), steps.T_e)) / (2 * h), 7);
      expect(steps.d_T[i][k]).toBeCloseTo((lossOf(steps.I_e, moved(steps.T_e, i, k, h)) - lossOf(steps.I_e, moved(steps.T_e, i, k, -h))) / (2 * h), 7);
    }
  });

  it("stays finite where temperatures and embeddings are extreme", () => {
    for (const scale of [0, Math.log(100), Math.log(200)]) expect(Number.isFinite(lossSteps(I, T, scale).loss)).toBe(true);
    expect(Number.isFinite(lossSteps([[0, 0], [1, 0]], [[1, 0], [0, 0]], 2).loss)).toBe(true);
    expect(lossSteps([[1, 2]], [[2, 1]], 2).loss).toBe(0);
  });
});
