/** What a recorded training step asks of the GPU, counted on Dawn's null adapter. */
import {beforeAll, expect, test} from "vitest";
import {createClip} from "../../src/clip/clip.ts";
import type {ClipConfig} from "../../src/clip/config.ts";
import {preset} from "../../src/clip/presets.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import * as tf from "../../src/tensor/tf.ts";
import {createAdamW} from "../../src/train/adamw.ts";
import {createRecordedStep} from "../../src/train/recorded-step.ts";
import {startNull, type Counts} from "./device.ts";

let counts: () => Counts;

beforeAll(async () => {
  counts = await startNull();
});

/** A model of this configuration and its recorded step; `take` takes it on a batch of eight. */
function trainingOf(config: ClipConfig) {
  const model = createClip(config, {random: seededRandom(1)});
  const optimizer = createAdamW(model.parameters);
  const step = createRecordedStep({parameters: model.parameters, optimizer, loss: ([images, tokens]) => model.loss(images, tokens as tf.Tensor2D, {training: true}), clip: 1});
  return {
    step,
    async take(n = 8) {
      const batch = [tf.tensor(new Float32Array(n * 32 * 32 * 3), [n, 32, 32, 3]), tf.tensor(new Int32Array(n * config.text.contextLength), [n, config.text.contextLength], "int32")];
      await step.take(batch, 1e-3);
      tf.dispose(batch);
    },
    dispose() {
      step.dispose();
      optimizer.dispose();
      model.dispose();
    }
  };
}

function sixAndSix(): ClipConfig {
  const config = preset("vit-tiny");
  Object.assign(config.image, {width: 192, layers: 6, heads: 3});
  Object.assign(config.text, {width: 192, layers: 6, heads: 3});
  return config;
}

const since = (before: Counts) => Object.fromEntries(Object.entries(counts()).map(([what, count]) => [what, count - before[what as keyof Counts]])) as Counts;

test("a replayed step of 6 + 6 layers of 192 is one submit of at most 350 dispatches, with no new bind group or buffer", async () => {
  const {take, step, dispose} = trainingOf(sixAndSix());
  await take();
  await take();
  await step.read();
  const before = counts();
  await take();
  const {dispatchWorkgroups, ...others} = since(before);
  expect(others).toEqual({submit: 1, createBindGroup: 0, createBuffer: 0, destroy: 0});
  expect(dispatchWorkgroups).toBe(step.dispatches());
  expect(dispatchWorkgroups).toBeGreaterThan(150);
  expect(dispatchWorkgroups).toBeLessThanOrEqual(350);
  dispose();
});

test("a batch of another size is recorded anew, and replayed then", async () => {
  const {take, dispose} = trainingOf(preset("cbow-tiny"));
  for (const n of [8, 8, 8, 4]) await take(n);
  let before = counts();
  await take(4);
  expect(since(before).createBindGroup).toBeGreaterThan(0);
  before = counts();
  await take(4);
  expect(since(before)).toMatchObject({submit: 1, createBindGroup: 0});
  dispose();
});

test("a thousand steps leave tensors and buffers where the fiftieth left them", async () => {
  const {take, step, dispose} = trainingOf(preset("cbow-tiny"));
  let before: {counts: Counts; tensors: number} | undefined;
  for (let i = 1; i <= 1000; i++) {
    await take();
    if (i % 4 === 0) await step.read();
    if (i === 50) before = {counts: counts(), tensors: tf.memory().numTensors};
  }
  expect(tf.memory().numTensors).toBe(before!.tensors);
  expect(since(before!.counts)).toMatchObject({createBindGroup: 0, destroy: 0});
  expect(since(before!.counts).createBuffer).toBeLessThanOrEqual(1); // a second buffer to read from, if one was still on its way
  dispose();
});
