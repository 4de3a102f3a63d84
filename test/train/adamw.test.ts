import "@tensorflow/tfjs-backend-cpu";
import {beforeAll, expect, test} from "vitest";
import {createParameters} from "../../src/tensor/parameters.ts";
import type {ParameterSpecs} from "../../src/tensor/parameters.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import * as tf from "../../src/tensor/tf.ts";
import {createAdamW} from "../../src/train/adamw.ts";

beforeAll(() => tf.setBackend("cpu"));

const specs: ParameterSpecs = new Map([
  ["matrix", {shape: [2, 3], start: {normal: 1}}],
  ["gain", {shape: [3], start: {normal: 1}}]
]);

/** PyTorch's AdamW on one number, in doubles. */
function adamW(start: number, gradients: number[], {rate, decay, beta1 = 0.9, beta2 = 0.98, epsilon = 1e-6}: {rate: number; decay: number; beta1?: number; beta2?: number; epsilon?: number}): number {
  let [p, m, v] = [start, 0, 0];
  gradients.forEach((g, i) => {
    p -= rate * decay * p;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    p -= (rate * (m / (1 - beta1 ** (i + 1)))) / (Math.sqrt(v / (1 - beta2 ** (i + 1))) + epsilon);
  });
  return p;
}

test("each number moves as in PyTorch; matrices decay, gains do not; nothing is left behind", async () => {
  const before = tf.memory().numTensors;
  const parameters = createParameters(specs, {random: seededRandom(3)});
  const start = {matrix: await parameters.get("matrix").data(), gain: await parameters.get("gain").data()};
  const optimizer = createAdamW(parameters, {weightDecay: 0.5});
  const random = seededRandom(4);
  const history = Array.from({length: 4}, () => ({matrix: Float32Array.from({length: 6}, () => random.normal()), gain: Float32Array.from({length: 3}, () => random.normal())}));
  for (const {matrix, gain} of history) {
    const gradients = new Map<string, tf.Tensor>([["matrix", tf.tensor2d(matrix, [2, 3])], ["gain", tf.tensor1d(gain)]]);
    optimizer.update(gradients, 0.1);
    gradients.forEach((gradient) => gradient.dispose());
  }
  const [matrix, gain] = [await parameters.get("matrix").data(), await parameters.get("gain").data()];
  for (let i = 0; i < 6; i++) expect(matrix[i]).toBeCloseTo(adamW(start.matrix[i], history.map((g) => g.matrix[i]), {rate: 0.1, decay: 0.5}), 5);
  for (let i = 0; i < 3; i++) expect(gain[i]).toBeCloseTo(adamW(start.gain[i], history.map((g) => g.gain[i]), {rate: 0.1, decay: 0}), 5);
  optimizer.dispose();
  parameters.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("a parameter without a gradient, or with a rate of zero, stays", async () => {
  const parameters = createParameters(specs, {random: seededRandom(3)});
  const optimizer = createAdamW(parameters);
  const [matrix, gain] = [await parameters.get("matrix").data(), await parameters.get("gain").data()];
  const gradients = new Map<string, tf.Tensor>([["gain", tf.ones([3])]]);
  optimizer.update(gradients, 0.1, () => ({learningRate: 0, weightDecay: 1}));
  expect(await parameters.get("matrix").data()).toEqual(matrix);
  expect(await parameters.get("gain").data()).toEqual(gain);
  tf.dispose([...gradients.values()]);
  optimizer.dispose();
  parameters.dispose();
});
