/** What stands between gradients and parameters: the clamp of the temperature, and accumulation over chunks. */
import "@tensorflow/tfjs-backend-cpu";
import {beforeAll, expect, test} from "vitest";
import {createParameters} from "../../src/tensor/parameters.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import * as tf from "../../src/tensor/tf.ts";
import {accumulatedValueAndGradients} from "../../src/train/cached-gradients.ts";
import {clampLogitScale} from "../../src/train/logit-scale.ts";

beforeAll(() => tf.setBackend("cpu"));

test.each([[5, Math.log(100)], [-0.1, 0], [2.5, 2.5]])("a log scale of %f is kept at %f", async (start, kept) => {
  const before = tf.memory().numTensors;
  const parameters = createParameters(new Map([["logit_scale", {shape: [], start: {constant: start}}]]), {random: seededRandom(0)});
  clampLogitScale(parameters);
  expect((await parameters.get("logit_scale").data())[0]).toBeCloseTo(kept, 6);
  parameters.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("accumulation is the mean over chunks, of the temperature's gradient too", async () => {
  const before = tf.memory().numTensors;
  const chunks = [1, 2, 6].map((x) => ({images: tf.scalar(x), tokens: tf.zeros([1, 1], "int32") as tf.Tensor2D}));
  const {value, gradients} = accumulatedValueAndGradients(chunks, ({images}, index) => ({
    value: images.mul(10) as tf.Scalar,
    // The last chunk does not reach "rare": its share is zero.
    gradients: new Map<string, tf.Tensor>([["logit_scale", images.clone()], ...(index < 2 ? [["rare", images.mul(3)] as [string, tf.Tensor]] : [])])
  }));
  expect((await value.data())[0]).toBeCloseTo(30, 5);
  expect((await gradients.get("logit_scale")!.data())[0]).toBeCloseTo(3, 5);
  expect((await gradients.get("rare")!.data())[0]).toBeCloseTo(3, 5);
  tf.dispose([value, [...gradients.values()], ...chunks.map(({images, tokens}) => [images, tokens])]);
  expect(tf.memory().numTensors).toBe(before);
  expect(() => accumulatedValueAndGradients([], () => ({value, gradients}))).toThrow(/at least one chunk/);
});
