/** A replayed training step gives the numbers of the step taken as it is, bit for bit; its optimizer moves as the definition does. */
import {afterAll, beforeAll, expect, test} from "vitest";
import {createClip} from "../../src/clip/clip.ts";
import {preset} from "../../src/clip/presets.ts";
import {adamWReference} from "../../src/kernels/adamw/reference.ts";
import {AdamWArena} from "../../src/kernels/index.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import * as tf from "../../src/tensor/tf.ts";
import {webgpuBackend} from "../../src/tensor/webgpu-backend.ts";
import {createAdamW} from "../../src/train/adamw.ts";
import {createRecordedStep} from "../../src/train/recorded-step.ts";
import {disagreement} from "../kernels/cases.ts";
import {startWebgpu} from "./device.ts";

beforeAll(async () => {
  await startWebgpu();
});
afterAll(() => tf.removeBackend("webgpu"));

/** Losses and norms of some steps of a very small model, recorded or taken as they are. */
async function train(steps: number, recorded: boolean): Promise<{values: number[][]; dispatches: number}> {
  const config = preset("vit-tiny");
  Object.assign(config, {embedDim: 8});
  Object.assign(config.image, {sizePx: 16, width: 16, layers: 1, heads: 2});
  Object.assign(config.text, {contextLength: 5, vocabularySize: 11, width: 16, layers: 1, heads: 2});
  const model = createClip(config, {random: seededRandom(1)});
  const optimizer = createAdamW(model.parameters);
  let step = 0;
  const training = createRecordedStep({
    parameters: model.parameters, optimizer, clip: 1, readEvery: 4,
    loss: ([images, tokens]) => model.loss(images, tokens as tf.Tensor2D, {training: true}),
    graph: () => (recorded ? "the same" : String(step))
  });
  const random = seededRandom("batches");
  const values: number[][] = [];
  for (; step < steps; step++) {
    const images = tf.tensor(Float32Array.from({length: 4 * 16 * 16 * 3}, () => random.normal()), [4, 16, 16, 3]);
    const tokens = tf.tensor(Int32Array.from({length: 20}, () => random.integer(11)), [4, 5], "int32");
    await training.take([images, tokens], 1e-2 * (1 - step / 40));
    tf.dispose([images, tokens]);
    if (step % 4 === 3) values.push(...(await training.read()).map(({loss, gradientNorm, logitScaleLog}) => [loss, gradientNorm, logitScaleLog]));
  }
  const dispatches = training.dispatches();
  training.dispose();
  optimizer.dispose();
  model.dispose();
  return {values, dispatches};
}

test("twenty replayed steps have the losses, norms and scales of twenty steps taken as they are, bit for bit", async () => {
  const tensors = tf.memory().numTensors;
  const asTheyAre = await train(20, false);
  const buffers = webgpuBackend()!.bufferManager;
  buffers.trim();
  const alive = buffers.alive;
  const replayed = await train(20, true);
  expect(asTheyAre.dispatches).toBe(0);
  expect(replayed.dispatches).toBeGreaterThan(40);
  expect(replayed.values).toEqual(asTheyAre.values);
  expect(new Set(replayed.values.map(([loss]) => loss)).size).toBe(20);
  expect(replayed.values.flat().every(Number.isFinite)).toBe(true);
  expect(tf.memory().numTensors).toBe(tensors);
  buffers.trim();
  expect(buffers.alive, "buffers made less buffers destroyed").toBe(alive);
});

const sizes = [1, 7, 65, 788];

/** Members of odd sizes with their gradients. */
function members() {
  const random = seededRandom(3);
  const draw = (size: number, spread = 1) => tf.tensor1d(Array.from({length: size}, () => spread * random.normal()));
  return sizes.map((size) => ({
    parameter: tf.variable(draw(size)), gradient: draw(size), m: tf.variable(draw(size, 0.1)), v: tf.variable(tf.square(draw(size, 0.1)) as tf.Tensor1D), average: tf.variable(draw(size)),
    learningRate: size === 7 ? 0.02 : 0.01, weightDecay: size > 7 ? 0.2 : 0
  }));
}

const scalesOf = (entries: ReturnType<typeof members>) => entries.map(({learningRate, weightDecay}) => ({learningRate: learningRate / 0.01, weightDecay}));
const step = {learningRate: 0.01, betas: [0.9, 0.98] as [number, number], epsilon: 1e-6, step: 3, averageDecay: 0.9};

test("AdamW over an arena moves as the definition does, clipped by the norm; a clone stays as it was", async () => {
  const [ours, theirs] = [members(), members()];
  const norm = (await tf.sqrt(tf.addN(ours.map(({gradient}) => tf.sum(tf.square(gradient))))).data())[0];
  const before = await ours[2].parameter.data();
  const arena = new AdamWArena(webgpuBackend()!, ours);
  const clone = ours[2].parameter.clone();
  arena.settle();
  arena.configure(scalesOf(ours));
  arena.prepare({...step, clip: 5});
  arena.update(ours.map(({gradient}) => gradient));
  adamWReference(theirs, {...step, gradientScale: 5 / norm});
  for (const [i, entry] of ours.entries()) {
    for (const name of ["parameter", "m", "v", "average"] as const) {
      expect(disagreement(await entry[name].data(), await theirs[i][name].data(), {relative: 1e-5, absolute: 1e-6}), `${name} of ${sizes[i]}`).toBeLessThan(1);
    }
  }
  expect(await clone.data()).toEqual(before);
  expect(await ours[2].parameter.data()).not.toEqual(before);
  // An assignment moves a variable out of the arena, and `settle` puts it back.
  ours[0].parameter.assign(tf.tensor1d([42]));
  arena.settle();
  arena.dispose();
  expect(Array.from(await ours[0].parameter.data())).toEqual([42]);
  tf.dispose([ours, theirs, clone]);
});

test("a gradient that is not finite moves nothing, until steps are resumed", async () => {
  const [entry] = members().slice(2);
  const arena = new AdamWArena(webgpuBackend()!, [entry]);
  const before = await entry.parameter.data();
  arena.configure(scalesOf([entry]));
  const take = (gradient: tf.Tensor) => {
    arena.prepare({...step, clip: 1});
    arena.update([gradient]);
  };
  take(tf.mul(entry.gradient, NaN));
  take(entry.gradient);
  expect(await entry.parameter.data()).toEqual(before);
  arena.resume();
  take(entry.gradient);
  expect(await entry.parameter.data()).not.toEqual(before);
  arena.dispose();
});
