import "@tensorflow/tfjs-backend-cpu";
import {beforeAll, expect, test} from "vitest";
import {createClip} from "../../src/clip/clip.ts";
import type {Clip} from "../../src/clip/clip.ts";
import {checkConfig} from "../../src/clip/config.ts";
import {createTokenizer} from "../../src/clip/tokenizer.ts";
import {trainTokenizer} from "../../src/clip/train-tokenizer.ts";
import {disposeGradients, valueAndGradients} from "../../src/tensor/gradients.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import type {Random} from "../../src/tensor/random.ts";
import {bytesSource, openSafetensors} from "../../src/tensor/safetensors.ts";
import * as tf from "../../src/tensor/tf.ts";
import {createAdamW} from "../../src/train/adamw.ts";
import type {AdamW} from "../../src/train/adamw.ts";
import {createAverage} from "../../src/train/average.ts";
import {readCheckpoint, writeCheckpoint} from "../../src/train/checkpoint.ts";
import {clampLogitScale} from "../../src/train/logit-scale.ts";

beforeAll(() => tf.setBackend("cpu"));

const captions = ["a red kite over the sea", "two dogs on green grass", "a boat at night", "the red boat and the dog", "green sea, red kite", "a dog at night"];
const tokenizer = trainTokenizer(captions, {vocabularySize: 60, contextLength: 14});

const config = checkConfig({
  embedDim: 8, activation: "gelu", imageHead: "residual", textHead: "linear", headDropout: 0.2,
  image: {kind: "vit", sizePx: 8, patchPx: 4, width: 8, layers: 1, heads: 2},
  text: {kind: "transformer", contextLength: 14, vocabularySize: 60, width: 8, heads: 2, layers: 1}
});

/** One step on four pairs chosen by `random`, which also draws the dropout; gives the loss. */
function learn(clip: Clip, optimizer: AdamW, random: Random): number {
  const chosen = random.shuffle(captions).slice(0, 4);
  const images = tf.tensor4d(Float32Array.from({length: 4 * 8 * 8 * 3}, () => random.normal()), [4, 8, 8, 3]);
  const tokens = tf.tensor2d(tokenizer.encodeBatch(chosen).ids, [4, 14], "int32");
  const {value, gradients} = valueAndGradients(() => clip.loss(images, tokens, {training: true, random}), clip.parameters);
  optimizer.update(gradients, 3e-3);
  clampLogitScale(clip.parameters);
  const loss = value.dataSync()[0];
  disposeGradients(gradients);
  tf.dispose([value, images, tokens]);
  return loss;
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

test("a resumed run has the losses of the one that never stopped, exactly", async () => {
  const before = tf.memory().numTensors;
  const random = seededRandom(7);
  const clip = createClip(config, {random: random.fork("weights")});
  const optimizer = createAdamW(clip.parameters);
  const average = createAverage(clip.parameters, {decay: 0.9});
  for (let i = 0; i < 2; i++) learn(clip, optimizer, random), average.update();

  const writing = writeCheckpoint({clip, optimizer, average, step: 2, seed: 7, tokenizer: tokenizer.spec, state: {random: random.state()}});
  const first = (await writing.next()).value as Uint8Array;
  // Training goes on while the file is written: it must hold the run as it was.
  const uninterrupted = Array.from({length: 3}, () => learn(clip, optimizer, random));
  const bytes = Buffer.concat([first, await bytesOf(writing)]);
  average.dispose();
  optimizer.dispose();
  clip.dispose();

  const saved = await readCheckpoint(await openSafetensors(bytesSource(bytes)));
  expect({step: saved.step, seed: saved.seed, config: saved.config}).toEqual({step: 2, seed: 7, config});
  expect(createTokenizer(saved.tokenizer!).encodeBatch(captions)).toEqual(tokenizer.encodeBatch(captions));
  const again = createClip(saved.config, {random: seededRandom(0), values: saved.parameters});
  const optimizerAgain = createAdamW(again.parameters);
  optimizerAgain.restore(saved.moments, saved.optimizerStep);
  const randomAgain = seededRandom((saved.state as {random: number[]}).random);
  expect(Array.from({length: 3}, () => learn(again, optimizerAgain, randomAgain))).toEqual(uninterrupted);
  expect([...saved.average.keys()]).toEqual(again.parameters.paths().filter((path) => !again.parameters.isBuffer(path)));
  optimizerAgain.dispose();
  again.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("weights alone, and versions from the future, are refused", async () => {
  const file = (metadata: Record<string, string>) => ({metadata, entries: new Map(), async *pieces() {}, bytes: async () => new Uint8Array(), values: async () => new Float32Array()});
  await expect(readCheckpoint(file({}), "w.safetensors")).rejects.toThrow(/w\.safetensors holds weights, not a run/);
  await expect(readCheckpoint(file({format: "diagonal", version: "9"}))).rejects.toThrow(/version "9".*reads version 1/);
});
