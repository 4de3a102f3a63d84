import {expect, test} from "vitest";
import {constantRate, warmupCosine} from "../../src/train/schedule.ts";

test("the rate climbs evenly, peaks when warm, and falls as half a cosine to zero", () => {
  const rate = warmupCosine({learningRate: 8, warmupSteps: 4, steps: 24});
  expect([0, 1, 2, 3, 4].map(rate)).toEqual([2, 4, 6, 8, 8]);
  expect(rate(14)).toBeCloseTo(4, 12);
  expect(rate(19)).toBeCloseTo(4 * (1 + Math.cos(Math.PI * 0.75)), 12);
  expect(rate(24)).toBe(0);
  expect(rate(1000)).toBe(0);
});

test("a run without end keeps its rate", () => {
  const rate = constantRate(0.5, 2);
  expect([0, 1, 2, 1e6].map(rate)).toEqual([0.25, 0.5, 0.5, 0.5]);
});

test("no steps are refused", () => {
  expect(() => warmupCosine({learningRate: 1, steps: 0})).toThrow(/steps > 0/);
});
