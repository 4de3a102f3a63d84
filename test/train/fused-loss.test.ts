/** The kernels that train, against the source that the loss microscope shows: every stage and gradient. */
import "@tensorflow/tfjs-backend-wasm";
import {beforeAll, expect, it} from "vitest";
import {installNodeKernels} from "../../src/cli/node-kernels.ts";
import {lossSteps} from "../../src/clip/loss-steps.ts";
import type {LossSteps, Rows} from "../../src/clip/loss-steps.ts";
import {compileKernels} from "../../src/kernels/compile.mjs";
import {nativeKernels} from "../../src/kernels/assembly/native.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import * as tf from "../../src/tensor/tf.ts";
import {fusedLoss} from "../../src/train/fused-loss.ts";
import {largestDifference} from "../../widgets/shared/agreement.ts";

beforeAll(async () => {
  await compileKernels();
  await tf.setBackend("wasm");
  await installNodeKernels();
});

const random = seededRandom(3);
const rows = (n: number, d: number): Rows => Array.from({length: n}, () => Array.from({length: d}, () => random.normal()));

it.each([1, 2, 8, 33])("agrees with the plain source to 1e-5 for %i pairs, at every stage", async (n) => {
  const [images, captions] = [rows(n, 64), rows(n, 64)];
  const plain = lossSteps(images, captions, Math.log(1 / 0.07));
  const before = tf.memory().numTensors;
  nativeKernels()!.runs.clear();
  const fused = await fusedLoss({images, captions, t: Math.log(1 / 0.07)});
  for (const job of ["l2Normalize", "lossRows", "lossGradient"] as const) expect(nativeKernels()!.runs.get(job), job).toBeGreaterThan(0);
  expect(tf.memory().numTensors).toBe(before);
  for (const [name, value] of Object.entries(fused)) {
    const [a, b] = [[value].flat(3) as number[], [plain[name as keyof LossSteps]].flat(3) as number[]];
    expect(a.length, name).toBe(b.length);
    // Logits go up to 14 here: one unit in the last place of float32 is 1e-6 of that.
    a.forEach((number, k) => expect(Math.abs(number - b[k]), `${name}[${k}]`).toBeLessThan(1e-5));
  }
});

it("agrees as well, for its size, at the scale of a published CLIP, and a stage that is off is found", async () => {
  const [images, captions] = [rows(8, 200), rows(8, 200)];
  const t = Math.log(100);
  const plain = lossSteps(images, captions, t);
  const fused = await fusedLoss({images, captions, t});
  expect(Math.max(...plain.logits.flat())).toBeGreaterThan(10);
  expect(largestDifference(fused, plain)).toBeLessThan(1e-5);
  for (const [key, value] of Object.entries(fused)) {
    const off = typeof value === "number" ? value + 0.01 : (value as (number | number[])[]).map((row) => (Array.isArray(row) ? row.map((number) => number + 0.01) : row + 0.01));
    expect(largestDifference({...fused, [key]: off}, plain), key).toBeGreaterThan(1e-4);
  }
  expect(largestDifference({...fused, loss_i: fused.loss_i.slice(1)}, plain)).toBe(Infinity);
});

it("names what does not fit", async () => {
  await expect(fusedLoss({images: rows(2, 4), captions: rows(1, 4), t: 0})).rejects.toThrow("one caption an image, got 2 images and 1 captions");
});
