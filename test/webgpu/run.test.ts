/** Runs on software WebGPU: recorded and replayed, exact over a checkpoint, and gone without a trace when they end. */
import {afterAll, beforeAll, expect, test} from "vitest";
import {dropout} from "../../src/kernels/index.ts";
import {dropoutMask} from "../../src/kernels/dropout/reference.ts";
import * as tf from "../../src/tensor/tf.ts";
import {webgpuBackend} from "../../src/tensor/webgpu-backend.ts";
import {losses, tinyRun, withFeatures} from "../train/tiny-run.ts";
import {startWebgpu} from "./device.ts";

let device: GPUDevice;
beforeAll(async () => {
  device = await startWebgpu();
});
afterAll(() => tf.removeBackend("webgpu"));

const options = {steps: 9, keep: 0};

test("played, a run has the losses of one taken step by step, and of one that went on from a checkpoint", async () => {
  const {run} = await tinyRun(options);
  const first = await losses(run, 3);
  const bytes = await run.checkpoint();
  const rest = await losses(run, 6);
  await run.dispose();
  expect([...first, ...rest].every(Number.isFinite)).toBe(true);

  const {run: again} = await tinyRun({...options, from: bytes});
  await again.play();
  for await (const {state} of again.snapshots()) if (state !== "running") break;
  const {state, lossHistory} = await again.snapshot();
  expect(state).toBe("finished");
  expect(Array.from(lossHistory)).toEqual([...first, ...rest]);
  await again.dispose();
});

test("ten runs after one another leave as many GPU buffers and tensors as the first", async () => {
  const counts = {made: 0, destroyed: 0};
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    counts.made++;
    const buffer = create(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      counts.destroyed++;
      destroy();
    };
    return buffer;
  };
  const once = async () => {
    const {run} = await tinyRun(options);
    await run.step(3);
    await run.dispose();
  };
  await once();
  const tensors = tf.memory().numTensors;
  Object.assign(counts, {made: 0, destroyed: 0});
  for (let i = 0; i < 10; i++) await once();
  expect(counts.made).toBeGreaterThan(100);
  expect(counts.made - counts.destroyed).toBe(0);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(webgpuBackend()!.bufferManager.getNumFreeBuffers()).toBe(0);
});

test("dropout draws its counter's numbers, forward and backward, and others when the key is written anew", async () => {
  const x = tf.ones([7, 31]);
  for (const step of [1, 2]) {
    const key = tf.tensor1d([5, step], "int32");
    const dropped = dropout(x, 0.3, {key, site: 4});
    const slope = tf.grad((x) => tf.sum(dropout(x, 0.3, {key, site: 4})))(x);
    const mask = dropoutMask(217, 0.3, 4, 5, step);
    for (const tensor of [dropped, slope]) (await tensor.data<"float32">()).forEach((value, i) => expect(value).toBeCloseTo(mask[i], 5));
    tf.dispose([key, dropped, slope]);
  }
  expect(dropoutMask(217, 0.3, 4, 5, 1)).not.toEqual(dropoutMask(217, 0.3, 4, 5, 2));
  const kept = dropoutMask(20000, 0.3, 4, 5, 1).filter((value) => value > 0).length / 20000;
  expect(Math.abs(kept - 0.7)).toBeLessThan(0.02);
  x.dispose();
});

test("a run whose graphics device is lost goes on from its last kept state on another, and says so", async () => {
  const {run: undisturbed} = await tinyRun({...options, keep: 2});
  const wanted = await losses(undisturbed, 5);
  await undisturbed.dispose();

  let restarts = 0;
  const {run} = await tinyRun({...options, keep: 2}, withFeatures, async () => {
    restarts++;
    await startWebgpu();
    return {backend: "webgpu", reason: "WebGPU once more"};
  });
  await run.step(3);
  device.destroy();
  await device.lost;
  const {step, state, notice, lossHistory} = await run.step(2);
  expect(restarts).toBe(1);
  expect(notice).toMatch(/^The graphics device was lost.*: WebGPU once more It is back at step 0\.$/);
  expect([step, state]).toEqual([5, "paused"]);
  expect(Array.from(lossHistory)).toEqual(wanted);
  await run.dispose();
});
