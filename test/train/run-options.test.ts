/** What a run's options do to it, seen in the run; and nonsense refused by name. */
import "@tensorflow/tfjs-backend-cpu";
import {beforeAll, expect, test} from "vitest";
import * as tf from "../../src/tensor/tf.ts";
import type {RunSpec} from "../../src/train/protocol.ts";
import {expectSameValues} from "../same-values.ts";
import {augment, losses, tinyRun, withPictures} from "./tiny-run.ts";

beforeAll(() => tf.setBackend("cpu"));

type Values = Record<string, Float32Array>;

/** Losses of some steps, and all parameters before and after them. */
async function trained(spec: Partial<RunSpec>, steps = 1, opened?: Parameters<typeof tinyRun>[1]) {
  const {run} = await tinyRun(spec, opened);
  const values = async (): Promise<Values> => Object.fromEntries(Object.entries(await run.parameters()).map(([path, {data}]) => [path, data]));
  const start = await values();
  const lossesOfRun = await losses(run, steps);
  const end = await values();
  const {watched, gradientNorm} = await run.snapshot();
  await run.dispose();
  return {start, end, losses: lossesOfRun, watched, gradientNorm};
}

/** How far a parameter moved at most. */
const moved = ({start, end}: {start: Values; end: Values}, path: string) => start[path].reduce((most, value, i) => Math.max(most, Math.abs(end[path][i] - value)), 0);
const plain = {weightDecay: 0, warmupSteps: 0};

test("a batch in chunks, with one loss over all its pairs, has the direct losses and parameters; chunks apart have losses of their own", async () => {
  const before = tf.memory().numTensors;
  const direct = await trained({...plain, functions: {augment}}, 3);
  const cached = await trained({...plain, functions: {augment}, chunkSize: 1}, 3);
  direct.losses.forEach((loss, i) => expect(cached.losses[i]).toBeCloseTo(loss, 4));
  for (const path of Object.keys(direct.end)) expectSameValues(cached.end[path], direct.end[path], {of: path, within: 1e-4});
  // The temperature acts on the whole matrix: counted once a chunk, its first step would be the same, but not its gradient's norm.
  expect(cached.gradientNorm).toBeCloseTo(direct.gradientNorm, 4);

  const separate = await trained({...plain, functions: {augment}, chunkSize: 2, accumulation: "separate"});
  expect(separate.losses[0]).toBeLessThan(direct.losses[0] - 0.3); // two pairs are easier to tell apart than four
  expect(tf.memory().numTensors).toBe(before);
});

test("a cell's loss is taken over the whole batch, chunks or not", async () => {
  const loss = {source: "(I, T, t) => tf.matMul(I, T, false, true).square().mean().mul(t)"};
  const direct = await trained({...plain, functions: {loss}});
  const cached = await trained({...plain, functions: {loss}, chunkSize: 2});
  expect(cached.losses[0]).toBeCloseTo(direct.losses[0], 5);
  expect(cached.gradientNorm).toBeCloseTo(direct.gradientNorm, 5);
});

test("groups scale the learning rate, and freeze; layers near the input learn more slowly", async () => {
  // Adam's first step is the learning rate itself, whatever the gradient.
  const run = await trained({...plain, groups: [{pattern: "visual", learningRate: 0.1}, {pattern: "token_embedding", frozen: true}]});
  expect(moved(run, "text_projection")).toBeCloseTo(0.01, 4);
  expect(moved(run, "visual.proj")).toBeCloseTo(0.001, 5);
  expect(moved(run, "token_embedding.weight")).toBe(0);
  const decayed = await trained({...plain, layerDecay: 0.5});
  expect(moved(decayed, "text_projection")).toBeCloseTo(0.01, 4);
  expect(moved(decayed, "token_embedding.weight")).toBeCloseTo(0.005, 4);
});

test("decay can be taken from a group", async () => {
  const pull = (group: RunSpec["groups"]) => trained({weightDecay: 10, warmupSteps: 0, groups: group});
  const [all, spared] = [await pull([]), await pull([{pattern: "visual", weightDecay: 0}])];
  expect(moved(all, "visual.proj")).toBeGreaterThan(1.5 * moved(spared, "visual.proj"));
  expect(moved(all, "text_projection")).toBe(moved(spared, "text_projection"));
});

test("a locked image tower keeps its parameters and its batch norms' statistics, while the rest learns", async () => {
  const locked = await trained({...plain, model: "resnet-tiny", batchSize: 2, watch: 1, map: 0, keep: 0, groups: [{pattern: "visual", frozen: true}], chunkSize: 1}, 1, withPictures);
  for (const path of Object.keys(locked.start)) if (path.startsWith("visual.")) expect(moved(locked, path), path).toBe(0);
  expect(moved(locked, "text_projection")).toBeGreaterThan(0);
});

test("gradients are clipped to their global norm before the step", async () => {
  // With a tiny norm the gradient drowns in Adam's epsilon, and next to nothing moves.
  const run = await trained({...plain, gradientClip: 1e-9});
  expect(run.gradientNorm).toBeGreaterThan(0.01); // the norm before it was clipped
  expect(moved(run, "text_projection")).toBeLessThan(1e-4);
  expect(moved(await trained({...plain, gradientClip: Infinity}), "text_projection")).toBeCloseTo(0.01, 4);
});

test("with a moving average, what is watched is of the averaged parameters, and what is trained is not", async () => {
  const [last, averaged] = [await trained(plain, 2), await trained({...plain, averageDecay: 0.999}, 2)];
  const first = await trained({...plain, learningRate: 1e-12}, 1);
  expect(averaged.end).toEqual(last.end);
  const distance = (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((value, i) => value - b[i]));
  const [toFirst, toLast] = [first, last].map(({watched}) => distance(watched.captionEmbeddings, averaged.watched.captionEmbeddings));
  expect(toFirst).toBeLessThan(0.02 * toLast);
});

test.each<[Partial<RunSpec>, RegExp]>([
  [{chunkSize: 3}, /batchSize 4 is no multiple of chunkSize 3/],
  [{chunkSize: 8}, /chunkSize 8 is more than the batchSize 4/],
  [{chunkSize: 0}, /chunkSize is a whole number from 1 to 65,536; it was given 0/],
  [{layerDecay: 0}, /layerDecay is a number above 0 and at most 1; it was given 0/],
  [{averageDecay: 1}, /averageDecay is a number of at least 0 and below 1; it was given 1/],
  [{keep: -1}, /keep is a whole number from 0 to 1,000; it was given -1/],
  [{weightDecay: NaN}, /weightDecay is a number of at least 0; it was given NaN/],
  [{accumulation: "both" as never}, /accumulation is "cached" or "separate"; it was given "both"/],
  [{precision: "float16"}, /precision "float16" is not to be had: .*float32 on all of its backends/],
  [{groups: [{pattern: "vision"}]}, /No parameter is matched by "vision"/],
  [{groups: {pattern: "visual"} as never}, /groups is a list of/],
  [{groups: [{pattern: "**", frozen: true}]}, /groups freeze every parameter/],
  [{seed: "1; touch X #" as never}, /seed is a whole number; it was given "1; touch X #"/],
  [{seed: 0.5}, /seed is a whole number; it was given 0\.5/],
  [{learningRate: "0.001" as never}, /learningRate is a number above 0; it was given "0\.001"/],
  [{learningRate: [1e-3] as never}, /learningRate is a number above 0; it was given \[0\.001\]/],
  [{warmupSteps: "$(touch X)" as never}, /warmupSteps is a number of at least 0; it was given "\$\(touch X\)"/],
  [{model: "vit-nano"}, /no preset "vit-nano"; there are vit-tiny/]
])("%o is refused", async (spec, message) => {
  await expect(tinyRun(spec)).rejects.toThrow(message);
});

test("a ResNet's batch norm cannot be trained in cached chunks, and that is said", async () => {
  const spec: Partial<RunSpec> = {model: "resnet-tiny", chunkSize: 2};
  await expect(tinyRun(spec, withPictures)).rejects.toThrow(/cannot train batch norm.*freeze the image tower.*"separate"/);
});
