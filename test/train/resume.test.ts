/** Runs that stop and go on: from a checkpoint, from an earlier step, after a loss that is no number. All of it exact, in plain JavaScript. */
import "@tensorflow/tfjs-backend-cpu";
import {beforeAll, expect, test} from "vitest";
import {bytesSource, openSafetensors, safetensorsBytes} from "../../src/tensor/safetensors.ts";
import type {TensorToWrite} from "../../src/tensor/safetensors.ts";
import {openCheckpoint} from "../../src/train/checkpoint.ts";
import * as tf from "../../src/tensor/tf.ts";
import {augment, losses, tinyRun, withFeatures, withPictures} from "./tiny-run.ts";
import {expectSameValues} from "../same-values.ts";

beforeAll(() => tf.setBackend("cpu"));

const functions = {augment};

test("a run that goes on from a checkpoint has the losses of the one that never stopped, exactly", async () => {
  const before = tf.memory().numTensors;
  const options = {functions, averageDecay: 0.9, layerDecay: 0.8, groups: [{pattern: "visual.proj", learningRate: 2}]};
  const {run} = await tinyRun(options);
  const first = await losses(run, 2);
  const bytes = await run.checkpoint();
  const rest = await losses(run, 4);
  const end = await run.snapshot();
  await run.dispose();

  // Nothing but the pairs and the cell's function is given again.
  const {run: again, info} = await tinyRun({textTower: undefined, batchSize: undefined, steps: undefined, learningRate: undefined, watch: undefined, map: undefined, from: bytes, functions});
  expect([info.step, again.state, info.steps, info.learningRate]).toEqual([2, "paused", 6, 0.01]);
  expect(Array.from((await again.snapshot()).lossHistory)).toEqual(first);
  expect(await losses(again, 4)).toEqual(rest);
  const last = await again.snapshot();
  expect(last.watched).toEqual(end.watched);
  expect([last.state, last.scaleHistory]).toEqual(["finished", end.scaleHistory]);
  await again.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("a checkpoint that cannot be gone on with leaves nothing behind", async () => {
  const {run} = await tinyRun();
  await run.step(2);
  const bytes = await run.checkpoint();
  await run.dispose();
  // Its first moment is of another size than the parameter that it belongs to: seen only when the run is made already.
  const file = await openSafetensors(bytesSource(bytes));
  const odd = [...file.entries.keys()].find((name) => name.startsWith("optimizer/") && file.entries.get(name)!.shape.some((size) => size > 1))!;
  const tensors = [...file.entries].map(([name, {dtype, shape}]): TensorToWrite => (name === odd ? {name, dtype, shape: [1], values: () => [0]} : {name, dtype, shape, values: () => file.values(name)}));
  const broken = await safetensorsBytes(tensors, file.metadata);
  const before = tf.memory().numTensors;
  for (let i = 0; i < 3; i++) await expect(tinyRun({from: broken})).rejects.toThrow();
  expect(tf.memory().numTensors).toBe(before);
});

test("branched from an earlier step with nothing changed, a run repeats the original's losses; with another temperature it does not", async () => {
  const {run} = await tinyRun({functions, steps: 40});
  await run.step(22);
  await run.set({learningRate: 0.02});
  const original = [...(await run.step(3)).lossHistory];
  const from = await run.checkpoint({step: 21});
  expect([...(await run.step(1)).lossHistory].slice(0, 25)).toEqual(original); // the run itself went on undisturbed

  const {run: branch} = await tinyRun({functions, steps: 40, from});
  expect((await branch.snapshot()).step).toBe(21);
  expect(await losses(branch, 1)).toEqual(original.slice(21, 22));
  await branch.set({learningRate: 0.02});
  expect(await losses(branch, 3)).toEqual(original.slice(22));
  const {run: colder} = await tinyRun({functions, steps: 40, from});
  await colder.set({temperature: 0.02});
  expect((await losses(colder, 1))[0]).not.toBe(original[21]);
  for (const each of [run, branch, colder]) await each.dispose();
});

test("after a loss that is no number the checkpoint is the last good one, from which a calmer run goes on", async () => {
  // Not finite as soon as the scale has moved far: the parameters are at fault, not the batch.
  const loss = {source: "(I, T, t) => tf.matMul(I, T, false, true).mean().sub(t).add(tf.sqrt(tf.sub(2.69, t)).mul(0))"};
  const before = tf.memory().numTensors;
  const {run} = await tinyRun({functions: {loss}, steps: 300, warmupSteps: 0});
  await expect(run.step(30)).rejects.toThrow(/the loss became NaN at step (\d+); the first gradient that is not finite belongs to \w.*last good state/);
  const {state, step, logitScaleLog, lossHistory, watched} = await run.snapshot();
  expect(state).toBe("failed");
  expect(logitScaleLog).toBeLessThan(2.69);
  expect(lossHistory.length).toBe(step);
  expect(watched.imageEmbeddings.every(Number.isFinite)).toBe(true);
  const saved = await openCheckpoint(await run.checkpoint());
  expect(saved.step).toBe(step);
  for (const [path, values] of saved.parameters) expect(values.every(Number.isFinite), path).toBe(true);
  // The same step works once the learning rate is lower.
  await run.set({learningRate: 1e-5});
  expect((await run.step(1)).state).toBe("paused");
  await run.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("with other pairs, seed or batch size a run begins anew from the checkpoint's parameters, and restarts there", async () => {
  const {run} = await tinyRun();
  await run.step(3);
  const bytes = await run.checkpoint({optimizer: false, dtype: "F16"});
  expect(bytes.byteLength).toBeLessThan((await run.checkpoint()).byteLength / 4);
  const {run: tuned, info} = await tinyRun({from: bytes, seed: 2});
  const start = await tuned.parameters();
  const own = await run.parameters();
  expectSameValues(start["visual.proj"].data, own["visual.proj"].data, {within: 5e-4});
  expect([info.step, (await tuned.snapshot()).lossHistory.length]).toEqual([0, 0]);
  await tuned.step(2);
  await tuned.restart();
  expect(await tuned.parameters()).toEqual(start);
  await tuned.dispose();
  await run.dispose();
});

test("restarted, a run that went on from a checkpoint trains again from its seed's first weights", async () => {
  const {run} = await tinyRun();
  const original = await losses(run, 4);
  const {run: again} = await tinyRun({from: await run.checkpoint()});
  await again.restart();
  expect(await losses(again, 4)).toEqual(original);
  await again.dispose();
  await run.dispose();
});

test("what does not fit a checkpoint is refused by name", async () => {
  const {run} = await tinyRun({functions});
  await run.step(1);
  const from = await run.checkpoint();
  await run.dispose();
  await expect(tinyRun({from})).rejects.toThrow("give createRun augment as well");
  await expect(tinyRun({from, functions, model: "vit-small"})).rejects.toThrow('model is "vit-tiny" in the checkpoint; it was given "vit-small"');
  await expect(tinyRun({from, functions, imageTower: undefined}, withPictures)).rejects.toThrow('imageTower is "locked", but the pairs were opened without');
  await expect(tinyRun({from, functions}, {...withFeatures, features: {width: 2, data: new Float32Array(48)}})).rejects.toThrow("opened with 2");
  await expect(tinyRun({from: from.slice(0, 4000), functions})).rejects.toThrow(/the checkpoint: ".*" claims bytes/);
  await expect(tinyRun({from: "no/such.safetensors"})).rejects.toThrow("nothing at no/such.safetensors");
});

test("the options that a checkpoint's file says are checked as a person's are", async () => {
  const {run} = await tinyRun();
  const bytes = await run.checkpoint();
  await run.dispose();
  const text = Buffer.from(bytes).toString("latin1");
  // The header is JSON within JSON; each change keeps its length.
  const changed = (from: string, to: string) => Uint8Array.from(Buffer.from(text.replace(from, to.padEnd(from.length)), "latin1"));
  for (const [from, to, said] of [
    ['\\"learningRate\\":0.01', '\\"learningRate\\":[1]', /learningRate is a number above 0; it was given \[1\]/],
    ['\\"weightDecay\\":0.2,', '\\"weightDecay\\":[2],', /weightDecay is a number of at least 0; it was given \[2\]/]
  ] as const) {
    expect(text).toContain(from);
    await expect(tinyRun({from: changed(from, to)})).rejects.toThrow(said);
  }
});

test("parts of a checkpoint that are to begin anew do, and the rest is kept", async () => {
  const {run} = await tinyRun();
  await run.step(3);
  const from = await run.checkpoint();
  const trained = await run.parameters();
  const {run: tuned, info} = await tinyRun({from, fresh: ["token_embedding", "text_projection"]});
  const begun = await tuned.parameters();
  expect(info.step).toBe(0);
  expect(begun["visual.proj"].data).toEqual(trained["visual.proj"].data);
  expect(begun["token_embedding.weight"].data).not.toEqual(trained["token_embedding.weight"].data);
  await expect(tinyRun({from, fresh: ["tokens"]})).rejects.toThrow('fresh: no parameter of the checkpoint is matched by "tokens"');
  for (const each of [run, tuned]) await each.dispose();
});
