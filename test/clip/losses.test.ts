import "@tensorflow/tfjs-backend-cpu";
import {beforeAll, describe, expect, test} from "vitest";
import {contrastiveLoss} from "../../src/kernels/index.ts";
import {crossEntropy, multiPositiveLoss, shardedContrastiveLoss, sigmoidLoss, similarityLogits, similarityWeightedLoss, softCrossEntropy, stopGradient} from "../../src/clip/losses.ts";
import * as tf from "../../src/tensor/tf.ts";
import {expectGradient, unitRows} from "./finite-differences.ts";

beforeAll(() => tf.setBackend("cpu"));

type Loss = (I_e: tf.Tensor2D, T_e: tf.Tensor2D, t: tf.Tensor) => tf.Scalar;
const number = (scalar: tf.Tensor) => scalar.dataSync()[0];

test("both halves and SigLIP's loss are the published numbers", () => {
  const I = tf.tensor2d([[1, 0, 0], [0.6, 0.8, 0], [0, 0.6, 0.8]]);
  const T = tf.tensor2d([[0.8, 0.6, 0], [0, 1, 0], [0, 0, 1]]);
  const logits = similarityLogits(I, T, tf.scalar(Math.log(1 / 0.07)));
  const labels = tf.tensor1d([0, 1, 2], "int32");
  expect(number(crossEntropy(logits, labels, {over: "captions"}))).toBeCloseTo(0.813398891, 5);
  expect(number(crossEntropy(logits, labels, {over: "images"}))).toBeCloseTo(0.812872631, 5);
  expect(number(contrastiveLoss(I, T, tf.scalar(Math.log(1 / 0.07))))).toBeCloseTo((0.813398891 + 0.812872631) / 2, 5);
  expect(number(sigmoidLoss(I, T, tf.scalar(Math.log(10)), tf.scalar(-10)))).toBeCloseTo(2.304581863, 5);
});

const ids = tf.tidy(() => [0, 1, 0, 2]);
const losses: [string, Loss][] = [
  ["contrastiveLoss", (I, T, t) => contrastiveLoss(I, T, t)],
  ["multiPositiveLoss", (I, T, t) => multiPositiveLoss(I, T, t, tf.tensor1d(ids, "int32"))],
  ["shardedContrastiveLoss", (I, T, t) => shardedContrastiveLoss(I, T, t, {shards: 2})],
  ["sigmoidLoss", (I, T, t) => sigmoidLoss(I, T, t, tf.scalar(-1))]
];

test.each(losses)("%s: its gradients are the differences of its values", async (_, loss) => {
  await expectGradient((I, T, t) => loss(I as tf.Tensor2D, T as tf.Tensor2D, t), [unitRows(4, 3, 1), unitRows(4, 3, 2), tf.scalar(0.7)]);
});

test("softCrossEntropy: gradients of logits and targets", async () => {
  const targets = tf.softmax(tf.randomNormal([3, 3], 0, 1, "float32", 1), 1) as tf.Tensor2D;
  for (const over of ["captions", "images"] as const) await expectGradient((logits, y) => softCrossEntropy(logits as tf.Tensor2D, y as tf.Tensor2D, {over}), [tf.randomNormal([3, 3], 0, 1, "float32", 2), targets]);
});

describe("similarity-weighted targets", () => {
  test("are held still: the gradient is that of fixed targets", () => {
    const [I, T, t] = [unitRows(5, 4, 3), unitRows(5, 4, 4), tf.scalar(1)];
    const [held] = tf.grads((I, T, t) => similarityWeightedLoss(I as tf.Tensor2D, T as tf.Tensor2D, t))([I, T, t]);
    const alike = tf.tidy(() => similarityLogits(I, I, t).add(similarityLogits(T, T, t)).div(2));
    const targets = tf.tidy(() => tf.softmax(alike, 1).mul(0.3).add<tf.Tensor2D>(tf.eye(5).mul(0.7)));
    const fixed = tf.grad((x) => {
      const logits = similarityLogits(x as tf.Tensor2D, T, t);
      return softCrossEntropy(logits, targets, {over: "captions"}).add(softCrossEntropy(logits, targets.transpose(), {over: "images"})).div(2);
    })(I);
    expect(number(held.sub(fixed).abs().max())).toBeLessThan(1e-6);
  });

  test("do not reward collapse", () => {
    const n = 32;
    const perfect = tf.eye(n) as tf.Tensor2D;
    const collapsed = tf.tile(tf.tensor2d([[1, ...Array(n - 1).fill(0)]]), [n, 1]) as tf.Tensor2D;
    const t = tf.scalar(Math.log(1 / 0.07));
    const at = (x: tf.Tensor2D) => number(similarityWeightedLoss(x, x, t));
    expect(at(collapsed)).toBeCloseTo(Math.log(n), 4);
    expect(at(perfect)).toBeLessThan(at(collapsed) - 3);
    // The same targets alone, not held still and with no hard labels, at the scale that such notebooks use: matching earns nothing.
    const own = (x: tf.Tensor2D) => number(softCrossEntropy(similarityLogits(x, x, tf.scalar(0)), tf.softmax(similarityLogits(x, x, tf.scalar(0)), 1) as tf.Tensor2D, {over: "captions"}));
    expect(own(collapsed) - own(perfect)).toBeLessThan(0.03);
    expect(() => similarityWeightedLoss(perfect, perfect, t, {mix: 1})).toThrow(/below 1/);
  });

  test("move embeddings apart that had nearly collapsed", () => {
    const base = unitRows(1, 6, 5);
    let I = tf.tidy(() => base.add<tf.Tensor2D>(unitRows(8, 6, 6).mul(0.05)));
    let T = tf.tidy(() => base.add<tf.Tensor2D>(unitRows(8, 6, 7).mul(0.05)));
    const unit = (x: tf.Tensor2D) => x.div<tf.Tensor2D>(x.norm("euclidean", 1, true));
    const spread = (x: tf.Tensor2D) => number(unit(x).sub(unit(x).mean(0)).norm());
    const before = spread(I);
    const gradient = tf.grads((I, T) => similarityWeightedLoss(unit(I as tf.Tensor2D), unit(T as tf.Tensor2D), tf.scalar(2)));
    for (let step = 0; step < 60; step++) {
      const [ofI, ofT] = gradient([I, T]);
      [I, T] = [I.sub(ofI.mul(0.5)), T.sub(ofT.mul(0.5))];
    }
    expect(spread(I)).toBeGreaterThan(4 * before);
  });
});

test("several captions of an image share its row: with all images different it is CLIP's loss", () => {
  const [I, T, t] = [unitRows(4, 3, 1), unitRows(4, 3, 2), tf.scalar(1)];
  expect(number(multiPositiveLoss(I, T, t, tf.tensor1d([5, 6, 7, 8], "int32")))).toBeCloseTo(number(contrastiveLoss(I, T, t)), 5);
  // Two captions of one image, both matched perfectly: no embedding can serve both better than sharing.
  const same = tf.tensor2d([[1, 0], [1, 0]]);
  expect(number(multiPositiveLoss(same, same, t, tf.tensor1d([1, 1], "int32")))).toBeCloseTo(Math.log(2), 5);
});

test.each([1, 2, 3, 6])("%i virtual shards are one device, gradients too", (shards) => {
  const inputs = [unitRows(6, 4, 1), unitRows(6, 4, 2), tf.scalar(2)] as tf.Tensor[];
  const sharded = tf.valueAndGrads((I, T, t) => shardedContrastiveLoss(I as tf.Tensor2D, T as tf.Tensor2D, t, {shards}))(inputs);
  const direct = tf.valueAndGrads((I, T, t) => contrastiveLoss(I, T, t))(inputs);
  expect(Math.abs(number(sharded.value) - number(direct.value))).toBeLessThan(1e-5);
  sharded.grads.forEach((gradient, i) => expect(number(gradient.sub(direct.grads[i]).abs().max())).toBeLessThan(1e-5));
});

test("shards must be equal", () => {
  expect(() => shardedContrastiveLoss(unitRows(6, 2, 1), unitRows(6, 2, 2), tf.scalar(0), {shards: 4})).toThrow(/6 pairs.*4 equal shards/);
});

test("stopGradient passes the value and nothing back", () => {
  const x = tf.tensor1d([1, 2]);
  expect([...stopGradient(x).dataSync()]).toEqual([1, 2]);
  expect([...tf.grad((y) => stopGradient(y).mul(y).sum())(x).dataSync()]).toEqual([1, 2]);
});
