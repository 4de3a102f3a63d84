/** Gradients of the parts that no reference file holds, by finite differences: bag of words, residual head, batch norm, pooling. */
import "@tensorflow/tfjs-backend-cpu";
import {beforeAll, expect, test} from "vitest";
import {batchNorm, batchNormSpecs} from "../../src/clip/batch-norm.ts";
import {createClip} from "../../src/clip/clip.ts";
import {checkConfig} from "../../src/clip/config.ts";
import {residualHead} from "../../src/clip/heads.ts";
import {averagePool} from "../../src/clip/modified-resnet.ts";
import {cbow} from "../../src/clip/text-towers.ts";
import {createParameters} from "../../src/tensor/parameters.ts";
import type {ParameterSpecs} from "../../src/tensor/parameters.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import * as tf from "../../src/tensor/tf.ts";
import {expectGradient} from "./finite-differences.ts";

beforeAll(() => tf.setBackend("cpu"));

const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);
/** A scalar that weighs every element differently, so that no gradient hides. */
const weighed = (x: tf.Tensor) => x.mul(normal(x.shape, 99)).sum() as tf.Scalar;

test("the residual head is LayerNorm(p + Linear(GELU(p))), with gradients for all of it", async () => {
  const names = ["projection.weight", "projection.bias", "fc.weight", "fc.bias", "layer_norm.weight", "layer_norm.bias"];
  const inputs = [normal([3, 5], 1), normal([4, 5], 2), normal([4], 3), normal([4, 4], 4), normal([4], 5), normal([4], 6), normal([4], 7)];
  await expectGradient((x, ...weights) => weighed(residualHead(x as tf.Tensor2D, (path) => weights[names.indexOf(path)])), inputs, {tolerance: 5e-3});
});

test("dropout in the residual head needs training and randomness, and is seeded", () => {
  const config = checkConfig({
    embedDim: 16, activation: "gelu", imageHead: "residual", textHead: "none", headDropout: 0.5,
    image: {kind: "features", width: 6}, text: {kind: "cbow", contextLength: 4, vocabularySize: 9, width: 16}
  });
  const clip = createClip(config, {random: seededRandom(1)});
  const features = normal([2, 6], 1);
  const values = (mode?: Parameters<typeof clip.encodeImage>[1]) => [...clip.encodeImage(features, mode).dataSync()];
  expect(values({training: true})).toEqual(values());
  expect(values({training: true, random: seededRandom(1)})).not.toEqual(values());
  expect(values({training: true, random: seededRandom(1)})).toEqual(values({training: true, random: seededRandom(1)}));
  clip.dispose();
});

test("the bag of words is the mean of what is not padding", async () => {
  const specs: ParameterSpecs = new Map([["token_embedding.weight", {shape: [6, 3], start: {normal: 1}}]]);
  const parameters = createParameters(specs, {random: seededRandom(1)});
  const table = await parameters.get("token_embedding.weight").array() as number[][];
  const bag = await cbow(tf.tensor2d([[4, 1, 5, 0], [4, 2, 3, 5], [0, 0, 0, 0]], [3, 4], "int32"), parameters).array();
  const mean = (ids: number[]) => table[0].map((_, k) => ids.reduce((sum, id) => sum + table[id][k], 0) / ids.length);
  mean([4, 1, 5]).forEach((value, k) => expect(bag[0][k]).toBeCloseTo(value, 5));
  mean([4, 2, 3, 5]).forEach((value, k) => expect(bag[1][k]).toBeCloseTo(value, 5));
  expect(bag[2]).toEqual([0, 0, 0]);
  parameters.dispose();
});

test("batch norm: PyTorch's statistics in training, the running ones in evaluation", async () => {
  const before = tf.memory().numTensors;
  const specs: ParameterSpecs = new Map();
  batchNormSpecs(specs, "bn", 2);
  const parameters = createParameters(specs, {random: seededRandom(1)});
  const x = tf.tensor2d([[1, 10], [2, 20], [3, 60]]);
  const trained = tf.tidy(() => batchNorm(x, parameters, "bn", {training: true}).arraySync());
  // Column 1: mean 2, biased variance 2/3, unbiased 1. Column 2: mean 30, biased 1400/3, unbiased 700.
  expect(trained[0][0]).toBeCloseTo(-1 / Math.sqrt(2 / 3 + 1e-5), 4);
  expect(trained[2][1]).toBeCloseTo(30 / Math.sqrt(1400 / 3 + 1e-5), 4);
  const running = async (name: string) => [...(await parameters.get(`bn.${name}`).data())];
  (await running("running_mean")).forEach((value, i) => expect(value).toBeCloseTo([0.2, 3][i], 5));
  (await running("running_var")).forEach((value, i) => expect(value).toBeCloseTo([0.9 + 0.1, 0.9 + 70][i], 4));
  const evaluated = tf.tidy(() => batchNorm(x, parameters, "bn").arraySync());
  expect(evaluated[1][1]).toBeCloseTo((20 - 3) / Math.sqrt(70.9 + 1e-5), 4);
  const still = await running("running_var");
  tf.tidy(() => void batchNorm(x, parameters, "bn", {training: true, frozen: () => true}));
  expect(await running("running_var")).toEqual(still);
  x.dispose();
  parameters.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("batch norm: the gradient goes through mean and variance", async () => {
  const specs: ParameterSpecs = new Map();
  batchNormSpecs(specs, "bn", 2);
  const parameters = createParameters(specs, {random: seededRandom(1)});
  await expectGradient((x) => weighed(batchNorm(x, parameters, "bn", {training: true})), [normal([6, 2], 1)], {tolerance: 5e-3});
  parameters.dispose();
});

test("averagePool is the mean of blocks, and leaves out what fills none", async () => {
  const x = tf.range(0, 25).reshape<tf.Tensor4D>([1, 5, 5, 1]);
  const pooled = await averagePool(x, 2).data();
  expect([...pooled]).toEqual([3, 5, 13, 15]);
  await expectGradient((x) => weighed(averagePool(x as tf.Tensor4D, 2)), [normal([2, 4, 4, 2], 1)]);
});

test("images of the wrong shape are refused with both shapes", () => {
  const config = checkConfig({
    embedDim: 4, activation: "gelu", imageHead: "linear", textHead: "linear", headDropout: 0,
    image: {kind: "vit", sizePx: 8, patchPx: 4, width: 8, heads: 2, layers: 1}, text: {kind: "transformer", contextLength: 4, vocabularySize: 9, width: 8, heads: 2, layers: 1}
  });
  const clip = createClip(config, {random: seededRandom(1)});
  expect(() => clip.encodeImage(tf.zeros([2, 3, 8, 8]))).toThrow(/expected \[n, 8, 8, 3\], \[2, 3, 8, 8\] came/);
  expect(() => clip.encodeText(tf.zeros([2, 5], "int32"))).toThrow(/5 tokens.*positions for 4/);
  expect(() => clip.parameters.get("visual.projection")).toThrow(/no parameter "visual.projection"/);
  clip.dispose();
});
