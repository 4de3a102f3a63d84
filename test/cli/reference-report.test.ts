import {expect, test} from "vitest";
import {keyBias, optimizerOf} from "../../src/cli/reference-clip.ts";
import {compare, Report} from "../../src/cli/reference-report.ts";

test("an element passes by either tolerance, and the worst is named", () => {
  expect(compare([1.00009, 5e-6], [1, 0]).worst).toBeLessThan(1);
  expect(compare([1.0002, 0], [1, 0])).toMatchObject({worst: expect.closeTo(2, 1), worstIndex: 0});
  expect(compare([1, 2e-5], [1, 0])).toMatchObject({worst: expect.closeTo(2, 5), worstIndex: 1});
});

test("what is not a number fails, even where much is allowed", () => {
  for (const bad of [NaN, Infinity, -Infinity]) expect(compare([1, bad], [1, 1], {uncertainty: {at: () => 1e9, because: "test"}}).worst).toBe(Infinity);
  const lines: string[] = [];
  const report = new Report((line) => lines.push(line));
  report.quantity("x", [NaN], [0]);
  report.quantity("y", [1, 2], [1]);
  expect(report.failures).toBe(2);
  expect(lines.every((line) => line.startsWith("FAIL"))).toBe(true);
});

test("what passes by the reference's uncertainty alone is counted and said", () => {
  const lines: string[] = [];
  const report = new Report((line) => lines.push(line));
  report.quantity("x", [1, 1.001], [1, 1], {uncertainty: {at: () => 2e-3, because: "noise"}});
  expect(report.failures).toBe(0);
  expect(lines[0]).toMatch(/1 of 2 past it: noise/);
});

test("key biases are the middle third of packed biases, and all of a key's own", () => {
  const isKey = keyBias("visual.transformer.resblocks.0.attn.in_proj_bias", 9);
  expect(Array.from({length: 9}, (_, i) => isKey(i))).toEqual([false, false, false, true, true, true, false, false, false]);
  expect(keyBias("visual.attnpool.k_proj.bias", 4)(0)).toBe(true);
  expect(keyBias("ln_final.bias", 4)(2)).toBe(false);
});

test("the optimizer is read from the file's own words", () => {
  expect(optimizerOf("AdamW lr 5e-4, betas 0.9 0.999, eps 1e-8, weight decay 0.05 on parameters of 2 or more dimensions")).toEqual({learningRate: 5e-4, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.05});
  expect(optimizerOf("")).toEqual({learningRate: 1e-3, betas: [0.9, 0.98], epsilon: 1e-6, weightDecay: 0.2});
});
