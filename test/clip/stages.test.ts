import "@tensorflow/tfjs-backend-cpu";
import {beforeAll, expect, test} from "vitest";
import {createClip} from "../../src/clip/clip.ts";
import {checkConfig} from "../../src/clip/config.ts";
import {disposeStages, stages} from "../../src/clip/stages.ts";
import {similarityLogits} from "../../src/clip/losses.ts";
import {contrastiveLoss} from "../../src/kernels/index.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import * as tf from "../../src/tensor/tf.ts";
import {cachedValueAndGradients} from "../../src/train/cached-gradients.ts";
import {disposeGradients, valueAndGradients} from "../../src/tensor/gradients.ts";

beforeAll(() => tf.setBackend("cpu"));

const config = checkConfig({
  embedDim: 8, activation: "quickGelu", imageHead: "linear", textHead: "residual", headDropout: 0.1,
  image: {kind: "vit", sizePx: 8, patchPx: 4, width: 16, heads: 2, layers: 1},
  text: {kind: "transformer", contextLength: 6, vocabularySize: 20, width: 12, heads: 2, layers: 1}
});

function batch(n: number) {
  const random = seededRandom(9);
  const images = tf.tensor4d(Float32Array.from({length: n * 8 * 8 * 3}, () => random.normal()), [n, 8, 8, 3]);
  const tokens = tf.tensor2d(Int32Array.from({length: n * 6}, (_, i) => (i % 6 === 0 ? 18 : i % 6 === 5 ? 19 : 1 + random.integer(16))), [n, 6], "int32");
  return {images, tokens};
}

test("every stage by its name, consistent with the rest, and nothing left behind", async () => {
  const before = tf.memory().numTensors;
  const clip = createClip(config, {random: seededRandom(1)});
  const {images, tokens} = batch(5);
  const all = stages(clip, images, tokens);
  const {I_f, T_f, I_e, T_e, logits, rowLogSoftmax, columnLogSoftmax, loss_i, loss_t, loss, gradients} = all;
  const shapes = {I_f: [5, 16], T_f: [5, 12], I_e: [5, 8], T_e: [5, 8], logits: [5, 5]};
  for (const [name, shape] of Object.entries(shapes)) expect((all as unknown as Record<string, tf.Tensor>)[name].shape, name).toEqual(shape);
  tf.tidy(() => {
    const close = (a: tf.Tensor, b: tf.Tensor) => expect(a.sub(b).abs().max().dataSync()[0]).toBeLessThan(1e-5);
    close(rowLogSoftmax.exp().sum(1), tf.ones([5]));
    close(columnLogSoftmax.exp().sum(0), tf.ones([5]));
    close(loss_i, rowLogSoftmax.mul(tf.eye(5)).sum().div(-5));
    close(loss_t, columnLogSoftmax.mul(tf.eye(5)).sum().div(-5));
    close(loss, clip.loss(images, tokens));
    close(logits, similarityLogits(I_e, T_e, clip.parameters.get("logit_scale")));
    close(I_f, clip.figure3().image_encoder(images));
    close(T_f, clip.figure3().text_encoder(tokens));
    // What the softmax gives too much or too little, in both directions.
    close(gradients.logits, rowLogSoftmax.exp().add(columnLogSoftmax.exp()).sub(tf.eye(5).mul(2)).div(10));
    const fused = tf.grads((I, T, t) => contrastiveLoss(I, T, t))([I_e, T_e, clip.parameters.get("logit_scale")]);
    [gradients.I_e, gradients.T_e, gradients.t].forEach((gradient, i) => close(gradient, fused[i]));
  });
  disposeStages(all);
  tf.dispose([images, tokens]);
  clip.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("a cached batch has the loss and gradients of the whole, in chunks of any size", async () => {
  const clip = createClip(config, {random: seededRandom(2)});
  const {images, tokens} = batch(6);
  const before = tf.memory().numTensors;
  const direct = valueAndGradients(() => clip.loss(images, tokens), clip.parameters);
  for (const sizes of [[6], [2, 4], [1, 2, 3], [3, 3]]) {
    let begin = 0;
    const chunks = sizes.map((size) => {
      const chunk = {images: images.slice(begin, size), tokens: tokens.slice(begin, size)};
      begin += size;
      return chunk;
    });
    const cached = cachedValueAndGradients(clip, chunks);
    expect(Math.abs(cached.value.dataSync()[0] - direct.value.dataSync()[0])).toBeLessThan(1e-5);
    expect([...cached.gradients.keys()].sort()).toEqual([...direct.gradients.keys()].sort());
    for (const [path, gradient] of direct.gradients) {
      const difference = tf.tidy(() => gradient.reshape([-1]).sub(cached.gradients.get(path)!.reshape([-1])).abs().max().dataSync()[0]);
      expect(difference, path).toBeLessThan(1e-5);
    }
    disposeGradients(cached.gradients);
    cached.value.dispose();
    chunks.forEach((chunk) => tf.dispose([chunk.images, chunk.tokens]));
  }
  disposeGradients(direct.gradients);
  direct.value.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
