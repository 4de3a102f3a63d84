/** The WebAssembly kernels (plain SIMD, one thread: what Node has) against float64 loops, and against the definitions at larger sizes. */
import "@tensorflow/tfjs-backend-wasm";
import {readFile} from "node:fs/promises";
import {describe, expect, test, beforeAll} from "vitest";
import {compileKernels} from "../../src/kernels/compile.mjs";
import {adamW, gradientNorm} from "../../src/kernels/adamw/index.ts";
import {adamWReference, gradientNormReference} from "../../src/kernels/adamw/reference.ts";
import {nativeKernels} from "../../src/kernels/assembly/native.ts";
import type {Job} from "../../src/kernels/assembly/jobs.ts";
import {installKernels} from "../../src/kernels/install.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import * as tf from "../../src/tensor/tf.ts";
import {cases, compute, disagreement, expected, larger, productOf, products, weights} from "./cases.ts";

beforeAll(async () => {
  await compileKernels();
  const report = await installKernels({bytes: (name) => readFile(new URL(`../../src/kernels/build/${name}`, import.meta.url))});
  expect(report.simd).toBe(true);
});

const tolerance = {relative: 1e-4, absolute: 1e-5};
const gradientTolerance = {relative: 2e-4, absolute: 2e-5};

const native = cases.filter(({jobs}) => jobs);

describe("kernels against float64 loops", () => {
  test.each(native)("$name", (of) => {
    nativeKernels()!.runs.clear();
    const got = compute(of);
    for (const job of of.jobs!) expect(nativeKernels()!.runs.get(job), `runs of ${job}`).toBeGreaterThan(0);
    const wanted = expected(of);
    expect(got.shape).toEqual(wanted.shape);
    expect(disagreement(got.value, wanted.value, tolerance)).toBeLessThan(1);
    got.gradients.forEach((gradient, i) => {
      expect(disagreement(gradient, wanted.gradients[i], gradientTolerance), `gradient of input ${i}`).toBeLessThan(1);
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

test.each(products)("matMul of %j and %j, transposed %j %j, runs on our product", (shapeA, shapeB, transposeA, transposeB) => {
  const [a, b] = [shapeA, shapeB].map((shape, i) => tf.tensor(weights(shape.reduce((x: number, y) => x * y, 1) + i).slice(i), [...shape]));
  nativeKernels()!.runs.clear();
  const ours = tf.matMul(a, b, transposeA, transposeB);
  expect(nativeKernels()!.runs.get("product")).toBeGreaterThan(0);
  const theirs = productOf(a, b, transposeA, transposeB);
  expect(ours.shape).toEqual(theirs.shape);
  expect(disagreement(ours.dataSync(), theirs.dataSync(), {relative: 1e-5, absolute: 1e-5})).toBeLessThan(1);
});

/** Which argument of a job is the address it writes to. */
const written: Partial<Record<Job, number>> = {
  product: 9, beforeActivation: 3, layerNorm: 5, layerNormGradient: 5, attention: 10, attentionGradient: 15, embedding: 5, embeddingGradient: 5,
  unroll: 11, rollUp: 10, l2Normalize: 3, l2NormalizeGradient: 4, lossRows: 6, lossGradient: 10,
  batchSums: 3, batchNorm: 6, batchNormSums: 8, batchNormGradient: 9
};
/** Jobs that write float64. */
const doubles: Job[] = ["batchSums", "batchNormSums"];

const perturbed = native.flatMap((of) => of.jobs!.map((job) => ({of, job, name: of.name})));

test("every job that writes numbers is perturbed somewhere", () => {
  expect(new Set(perturbed.map(({job}) => job))).toEqual(new Set(Object.keys(written)));
});

// The softmax over a single token, or a single pair, is 1 whatever the scores: what it is made from has no gradient to get wrong.
test.each(perturbed)("$name: a perturbed $job is noticed", ({of, job}) => {
  const kernels = nativeKernels()!;
  const word = written[job]!;
  const wanted = expected(of);
  const run = kernels.run.bind(kernels);
  kernels.run = (name, words, floats, parts) => {
    run(name, words, floats, parts);
    if (name === job) (doubles.includes(job) ? kernels.doublesAt(words[word] as number, 1) : kernels.floatsAt(words[word] as number, 1))[0] += 0.01;
  };
  try {
    const got = compute(of);
    const worst = [disagreement(got.value, wanted.value, tolerance), ...got.gradients.map((gradient, i) => disagreement(gradient, wanted.gradients[i], gradientTolerance))];
    expect(Math.max(...worst)).toBeGreaterThan(1);
  } finally {
    kernels.run = run;
  }
});

test("tensors come back to where they were", () => {
  const before = tf.memory().numTensors;
  compute(native[0]);
  expect(tf.memory().numTensors).toBe(before);
});

describe("the optimizer in place", () => {
  const sizes = [1, 7, 65, 197 * 4];
  const entries = () => {
    const random = seededRandom(3);
    const draw = (size: number, spread = 1) => tf.tensor1d(Array.from({length: size}, () => spread * random.normal()));
    return sizes.map((size, i) => ({
      parameter: tf.variable(draw(size)), gradient: draw(size), m: tf.variable(draw(size, 0.1)), v: tf.variable(tf.square(draw(size, 0.1)) as tf.Tensor1D),
      average: i % 2 ? tf.variable(draw(size)) : undefined, learningRate: 0.01 * (i + 1), weightDecay: i % 2 ? 0.2 : 0
    }));
  };
  const step = {betas: [0.9, 0.98] as [number, number], epsilon: 1e-6, step: 3, gradientScale: 0.7, averageDecay: 0.9};

  test("moves as the definition does", () => {
    const [ours, theirs] = [entries(), entries()];
    nativeKernels()!.runs.clear();
    adamW(ours, step);
    expect(nativeKernels()!.runs.get("adamW")).toBe(1);
    adamWReference(theirs, step);
    ours.forEach((entry, i) => {
      for (const name of ["parameter", "m", "v", "average"] as const) {
        if (!entry[name]) continue;
        expect(disagreement(entry[name].dataSync(), theirs[i][name]!.dataSync(), {relative: 1e-5, absolute: 1e-6}), `${name} of ${sizes[i]}`).toBeLessThan(1);
      }
    });
    tf.dispose([ours, theirs]);
  });

  test("leaves a clone of a parameter as it was", () => {
    const [entry] = entries().slice(2);
    const clone = entry.parameter.clone();
    const before = Array.from(clone.dataSync());
    adamW([entry], step);
    expect(Array.from(clone.dataSync())).toEqual(before);
    expect(Array.from(entry.parameter.dataSync())).not.toEqual(before);
  });

  test("is seen by tfjs's own product, which keeps a packed copy of what it multiplied by", () => {
    const start = tf.tensor2d([[1, 2], [3, 4]]);
    const matrix = tf.variable(start);
    start.dispose(); // or the variable would share its numbers, and be copied before it is changed
    const x = tf.tensor2d([[1, 0], [0, 1]]);
    x.matMul(matrix).dispose();
    const [m, v] = [tf.variable(tf.zeros([2, 2])), tf.variable(tf.zeros([2, 2]))];
    adamW([{parameter: matrix, gradient: tf.ones([2, 2]), m, v, learningRate: 0.5, weightDecay: 0}], step);
    expect(Array.from(x.matMul(matrix).dataSync())).toEqual(Array.from(matrix.dataSync()));
    tf.dispose([matrix, x, m, v]);
  });

  test("gives the norm of all gradients", () => {
    const gradients = entries().map(({gradient}) => gradient);
    nativeKernels()!.runs.clear();
    const norm = gradientNorm(gradients).dataSync()[0];
    expect(nativeKernels()!.runs.get("squaredNorm")).toBe(1);
    expect(norm).toBeCloseTo(gradientNormReference(gradients).dataSync()[0], 4);
  });
});
