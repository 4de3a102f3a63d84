/** The definitions against float64 loops and central differences, on the backends that Node has. */
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import {describe, expect, test, beforeAll} from "vitest";
import * as tf from "../../src/tensor/tf.ts";
import * as kernels from "../../src/kernels/index.ts";
import {cases, compute, disagreement, expected} from "./cases.ts";

describe.each(["cpu", "wasm"])("definitions on %s", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test.each(cases)("$name", (of) => {
    const got = compute(of);
    const wanted = expected(of);
    expect(got.shape).toEqual(wanted.shape);
    expect(disagreement(got.value, wanted.value, {relative: 1e-4, absolute: 1e-5})).toBeLessThan(1);
    got.gradients.forEach((gradient, i) => {
      expect(disagreement(gradient, wanted.gradients[i], {relative: 2e-4, absolute: 2e-5}), `gradient of input ${i}`).toBeLessThan(1);
    });
  });
});

test("shapes that do not meet are named", () => {
  const [x, weight] = [tf.zeros([2, 3]), tf.zeros([4, 5])];
  expect(() => kernels.linear(x, weight)).toThrow("weight [4,5] expects x [..., 5], got [2,3]");
  expect(() => kernels.layerNorm(x, tf.zeros([2]), tf.zeros([3]))).toThrow("expects gain [3], got [2]");
  expect(() => kernels.batchNorm(x, tf.zeros([3]), tf.zeros([2]))).toThrow("expects bias [3], got [2]");
  expect(() => kernels.attention(tf.zeros([1, 2, 9]), {heads: 2})).toThrow("2 heads divide, got [1,2,9]");
  expect(() => kernels.embedding(weight, x)).toThrow("ids must be int32, got float32");
  expect(() => kernels.contrastiveLoss(x, weight, tf.scalar(0))).toThrow("got [2,3] and [4,5]");
});
