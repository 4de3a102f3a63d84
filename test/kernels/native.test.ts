/** The WebAssembly kernels (plain SIMD, one thread: what Node has) against float64 loops, and against the definitions at larger sizes. */
import "@tensorflow/tfjs-backend-wasm";
import {readFile} from "node:fs/promises";
import {describe, expect, test, beforeAll} from "vitest";
import {compileKernels} from "../../src/kernels/compile.mjs";
import {installKernels, nativeKernels} from "../../src/kernels/install.ts";
import * as tf from "../../src/tensor/tf.ts";
import {cases, compute, disagreement, expected, larger} from "./cases.ts";

beforeAll(async () => {
  await compileKernels();
  const report = await installKernels({bytes: (name) => readFile(new URL(`../../src/kernels/build/${name}`, import.meta.url))});
  expect(report.simd).toBe(true);
});

const native = cases.filter(({jobs}) => jobs);

describe("kernels against float64 loops", () => {
  test.each(native)("$name", (of) => {
    nativeKernels()!.runs.clear();
    const got = compute(of);
    for (const job of of.jobs!) expect(nativeKernels()!.runs.get(job), `runs of ${job}`).toBeGreaterThan(0);
    const wanted = expected(of);
    expect(got.shape).toEqual(wanted.shape);
    expect(disagreement(got.value, wanted.value, {relative: 1e-4, absolute: 1e-5})).toBeLessThan(1);
    got.gradients.forEach((gradient, i) => {
      expect(disagreement(gradient, wanted.gradients[i], {relative: 2e-4, absolute: 2e-5}), `gradient of input ${i}`).toBeLessThan(1);
    });
  });
});

describe("kernels against definitions, larger and odd", () => {
  test.each(larger)("$name", (of) => {
    nativeKernels()!.runs.clear();
    const got = compute(of);
    for (const job of of.jobs!) expect(nativeKernels()!.runs.get(job), `runs of ${job}`).toBeGreaterThan(0);
    const wanted = compute({...of, op: of.definition!});
    const scale = (values: number[]) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    expect(disagreement(got.value, wanted.value, {relative: 1e-5, absolute: 1e-5 * scale(wanted.value)})).toBeLessThan(1);
    got.gradients.forEach((gradient, i) => {
      expect(disagreement(gradient, wanted.gradients[i], {relative: 1e-5, absolute: 1e-5 * scale(wanted.gradients[i])}), `gradient of input ${i}`).toBeLessThan(1);
    });
  });
});

test("tensors come back to where they were", () => {
  const before = tf.memory().numTensors;
  compute(native[0]);
  expect(tf.memory().numTensors).toBe(before);
});
