import {beforeAll, expect, test} from "vitest";
import {installNodeKernels} from "../../src/cli/node-kernels.ts";
import {postcards} from "../../src/data/postcards/index.ts";
import {compileKernels} from "../../src/kernels/compile.mjs";
import {chooseNodeBackend} from "../../src/tensor/node.ts";
import * as tf from "../../src/tensor/tf.ts";
import {createRun} from "../../src/train/create-run.ts";
import type {RunSpec} from "../../src/train/protocol.ts";

beforeAll(async () => {
  await compileKernels();
  await chooseNodeBackend("wasm");
  await installNodeKernels();
});

const opened = {pairs: postcards({count: 40, sizePx: 32})};
const open = (spec: Partial<RunSpec> = {}) =>
  createRun({pairs: "", model: "coca-tiny", batchSize: 8, steps: 8, watch: 4, map: 0, learningRate: 3e-3, keep: 0, ...spec}, {id: "run-1", opened, choice: {backend: "wasm", reason: "a test"}, library: {}, read: async () => Promise.reject(new Error("nothing there"))});

test("a CoCa learns captions in a run, writes them with probabilities, and comes back from a checkpoint", async () => {
  const before = tf.memory().numTensors;
  const {run, info} = await open();
  expect(info.parameterCount).toBeGreaterThan(1e6);
  const {lossHistory, watched} = await run.step(8);
  // Contrastive ln 8 and twice a caption's ln of some 200 tokens; captions soon grow likelier.
  expect(lossHistory[0]).toBeGreaterThan(8);
  expect(lossHistory[7]).toBeLessThan(lossHistory[0] - 1);
  expect(watched.imageEmbeddings.length).toBe(4 * 128);

  const [first, second] = await run.write({rows: [0, 1]});
  expect(first.tokens.length).toBeGreaterThan(0);
  for (const {probability} of [...first.tokens, ...second.tokens]) expect(probability).toBeGreaterThan(0);
  expect(first.logProbability).toBeCloseTo(first.tokens.reduce((sum, {probability}) => sum + Math.log(probability), 0), 4);
  const [beam] = await run.write({rows: [0], strategy: "beam", beams: 3});
  expect(beam.logProbability).toBeGreaterThanOrEqual(first.logProbability - 1e-5);
  expect(await run.write({rows: [0, 1], strategy: "top-k", seed: 3})).toEqual(await run.write({rows: [0, 1], strategy: "top-k", seed: 3}));
  expect((await run.write({pixels: opened.pairs.pixels.slice(0, 3072)}))[0].text).toBe(first.text);

  const {run: again} = await open({from: await run.checkpoint({})});
  expect((await again.write({rows: [0]}))[0]).toEqual(first);
  await run.dispose();
  await again.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("a CoCa has no more padding than the set's longest caption needs", async () => {
  const {run, info} = await createRun({pairs: "", model: "coca-tiny", batchSize: 8, map: 0}, {id: "run-1", opened: {pairs: postcards({count: 500, sizePx: 32})}, choice: {backend: "wasm", reason: "a test"}, library: {}, read: async () => Promise.reject(new Error("nothing there"))});
  expect(info.config.text.contextLength).toBeLessThan(22); // of 24
  expect(info.truncatedCaptions).toBe(0);
  await run.dispose();
});

test("what a CoCa, or another model, cannot do is said", async () => {
  await expect(open({textTower: "cbow"})).rejects.toThrow('coca-tiny writes while it looks at an image\'s patches and reads with a transformer');
  await expect(open({chunkSize: 4})).rejects.toThrow('take accumulation "separate"');
  const {run} = await open({model: "vit-tiny"});
  await expect(run.write({rows: [0]})).rejects.toThrow('take a model with a decoder, such as "coca-tiny"');
  await run.dispose();
});
