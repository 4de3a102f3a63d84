/** The WGSL kernels on software WebGPU against float64 loops, and against the definitions at larger and odd sizes. */
import {afterAll, beforeAll, describe, expect, test} from "vitest";
import {blockRows, limitBlocks} from "../../src/kernels/contrastive-loss/webgpu.ts";
import {contrastiveLossReference} from "../../src/kernels/contrastive-loss/reference.ts";
import * as kernels from "../../src/kernels/index.ts";
import {perturbShader, shaderRuns} from "../../src/kernels/wgsl/program.ts";
import * as tf from "../../src/tensor/tf.ts";
import {cases, disagreement, expected, inputsOf, larger, productOf, products, weights, type Case} from "../kernels/cases.ts";
import {startWebgpu} from "./device.ts";
import {shadersOf} from "./shaders.ts";

beforeAll(async () => {
  await startWebgpu();
});
afterAll(() => tf.removeBackend("webgpu"));

/** As `compute` of the cases, reading asynchronously, as this backend must. */
async function compute(of: Case): Promise<{value: number[]; shape: number[]; gradients: number[][]}> {
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => {
    const tensors = inputsOf(of).map((data, i) => tf.tensor(data, of.shapes[i]));
    const value = of.op(...tensors);
    const weighed = tf.tensor(weights(value.size), value.shape);
    return [value, ...tf.grads((...xs: tf.Tensor[]) => tf.sum(tf.mul(of.op(...xs), weighed)))(tensors)];
  });
  const [value, ...gradients] = await Promise.all(results.map(async (tensor) => Array.from(await tensor.data())));
  tf.dispose(results);
  expect(tf.memory().numTensors, "tensors left behind").toBe(before);
  return {value, shape: results[0].shape, gradients};
}

const covered = cases.filter(({jobs}) => jobs);
const rms = (values: number[]) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);

describe("kernels against float64 loops", () => {
  test.each(covered)("$name", async (of) => {
    shaderRuns.clear();
    const got = await compute(of);
    for (const shader of shadersOf(of)) expect(shaderRuns.get(shader), `runs of ${shader}`).toBeGreaterThan(0);
    const wanted = expected(of);
    expect(got.shape).toEqual(wanted.shape);
    expect(disagreement(got.value, wanted.value, {relative: 1e-5, absolute: 1e-5})).toBeLessThan(1);
    got.gradients.forEach((gradient, i) => expect(disagreement(gradient, wanted.gradients[i], {relative: 1e-4, absolute: 2e-5}), `gradient of input ${i}`).toBeLessThan(1));
  });
});

describe("kernels against definitions, larger and odd", () => {
  test.each(larger)("$name", async (of) => {
    shaderRuns.clear();
    const got = await compute(of);
    for (const shader of shadersOf(of)) expect(shaderRuns.get(shader), `runs of ${shader}`).toBeGreaterThan(0);
    const wanted = await compute({...of, op: of.definition!});
    const tolerance = (values: number[]) => ({relative: 1e-5, absolute: Math.max(1e-6, 1e-5 * rms(values))});
    expect(disagreement(got.value, wanted.value, tolerance(wanted.value))).toBeLessThan(1);
    got.gradients.forEach((gradient, i) => expect(disagreement(gradient, wanted.gradients[i], tolerance(wanted.gradients[i])), `gradient of input ${i}`).toBeLessThan(1));
  });
});

test("contrastiveLoss goes by blocks of rows where there are many pairs, and no n x n matrix is made", async () => {
  expect([blockRows(2048), blockRows(2113), blockRows(10_000)]).toEqual([2048, 1984, 384]);
  const n = 333;
  const of: Case = {
    name: "contrastiveLoss in blocks", shapes: [[n, 3], [n, 3], []], oracle: () => { throw new Error("compared with the definition"); }, spread: 0.5,
    op: (i, t, s) => kernels.contrastiveLoss(i, t, s), definition: (i, t, s) => contrastiveLossReference(i as tf.Tensor2D, t as tf.Tensor2D, s)
  };
  limitBlocks(150 * n);
  try {
    expect(blockRows(n)).toBe(128); // three blocks, the last shorter
    shaderRuns.clear();
    const got = await compute(of);
    // `compute` asks for the value twice: by itself, and on the way to the gradients.
    expect([shaderRuns.get("lossSums"), shaderRuns.get("lossGradient")]).toEqual([6, 3]);
    const wanted = await compute({...of, op: of.definition!});
    const tolerance = (values: number[]) => ({relative: 1e-5, absolute: Math.max(1e-6, 1e-5 * rms(values))});
    expect(disagreement(got.value, wanted.value, tolerance(wanted.value))).toBeLessThan(1);
    got.gradients.forEach((gradient, i) => expect(disagreement(gradient, wanted.gradients[i], tolerance(wanted.gradients[i])), `gradient of input ${i}`).toBeLessThan(1));
  } finally {
    limitBlocks();
  }
});

// The last is left to tfjs, whose WebGPU product does not know it either.
test.each(products.slice(0, -1))("matMul of %j and %j, transposed %j %j, runs on our product", async (shapeA, shapeB, transposeA, transposeB) => {
  const [a, b] = [shapeA, shapeB].map((shape, i) => tf.tensor(weights(shape.reduce((x: number, y) => x * y, 1) + i).slice(i), [...shape]));
  shaderRuns.clear();
  const ours = tf.matMul(a, b, transposeA, transposeB);
  expect(shaderRuns.get("gemm")).toBe(1);
  const theirs = productOf(a, b, transposeA, transposeB);
  expect(ours.shape).toEqual(theirs.shape);
  expect(disagreement(await ours.data(), await theirs.data(), {relative: 1e-5, absolute: 1e-5})).toBeLessThan(1);
  tf.dispose([a, b, ours, theirs]);
});

test.each([...new Set(covered.flatMap(shadersOf))])("a perturbed %s is noticed", async (shader) => {
  const of = covered.find((one) => shadersOf(one).includes(shader) && !one.name.includes(" one "))!;
  const wanted = expected(of);
  perturbShader(shader);
  try {
    const got = await compute(of);
    const worst = [disagreement(got.value, wanted.value, {relative: 1e-5, absolute: 1e-5}), ...got.gradients.map((gradient, i) => disagreement(gradient, wanted.gradients[i], {relative: 1e-4, absolute: 2e-5}))];
    expect(Math.max(...worst)).toBeGreaterThan(1);
  } finally {
    perturbShader(undefined);
  }
});
