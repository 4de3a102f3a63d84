/** A folded tower gives what the layers model gives, whatever could be folded. */
import "@tensorflow/tfjs-backend-cpu";
import {input, layers as make, model} from "@tensorflow/tfjs-layers";
import type {SymbolicTensor} from "@tensorflow/tfjs-layers";
import {expect, test} from "vitest";
import {seededRandom} from "../../src/tensor/random.ts";
import * as tf from "../../src/tensor/tf.ts";
import {foldTower} from "../../src/train/folded-tower.ts";

/** A strided convolution, a depthwise one, pointwise ones, a convolution that two layers read, and one without a norm. */
function tower() {
  const x = input({shape: [12, 12, 3]});
  const stem = make.reLU({maxValue: 6}).apply(make.batchNormalization({epsilon: 1e-3}).apply(make.conv2d({filters: 6, kernelSize: 3, strides: 2, padding: "same", useBias: false}).apply(x)));
  const deep = make.activation({activation: "relu6"}).apply(make.batchNormalization({}).apply(make.depthwiseConv2d({kernelSize: 3, padding: "same"}).apply(stem)));
  const wide = make.reLU({}).apply(make.batchNormalization({scale: false}).apply(make.conv2d({filters: 8, kernelSize: 1}).apply(deep)));
  const shared = make.conv2d({filters: 8, kernelSize: 1, useBias: false}).apply(wide);
  const normed = make.batchNormalization({center: false}).apply(shared);
  const sum = make.add().apply([shared as SymbolicTensor, normed as SymbolicTensor]);
  const last = make.batchNormalization({}).apply(make.conv2d({filters: 5, kernelSize: 1}).apply(sum));
  const plain = make.conv2d({filters: 4, kernelSize: 3, activation: "relu"}).apply(last);
  return model({inputs: x, outputs: make.globalAveragePooling2d({}).apply(plain) as SymbolicTensor});
}

test("features are the model's to 1e-4, with every weight and statistic away from its start", async () => {
  await tf.setBackend("cpu");
  const random = seededRandom(1);
  const full = tower();
  full.setWeights(full.getWeights().map((weight) => tf.tensor(Float32Array.from({length: weight.size}, () => 0.2 + 0.3 * Math.abs(random.normal())), weight.shape)));
  const images = tf.tensor4d(Float32Array.from({length: 2 * 12 * 12 * 3}, () => random.normal()), [2, 12, 12, 3]);
  const wanted = (full.predict(images) as tf.Tensor).dataSync();
  const before = tf.memory().numTensors;
  const folded = foldTower(full);
  const output = folded.predict(images);
  expect(output.shape).toEqual([2, 4]);
  const got = output.dataSync();
  for (let i = 0; i < wanted.length; i++) expect(Math.abs(got[i] - wanted[i])).toBeLessThan(1e-4 * Math.max(1, Math.abs(wanted[i])));
  expect(Math.max(...wanted)).toBeGreaterThan(0.1);
  output.dispose();
  folded.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
