/** What a run says of its attention: of both towers where they have some, of one where the other has none; rows sum to 1, tokens have their words. */
import "@tensorflow/tfjs-backend-cpu";
import {beforeAll, expect, test} from "vitest";
import * as tf from "../../src/tensor/tf.ts";
import {tinyRun, withPictures} from "./tiny-run.ts";

beforeAll(() => tf.setBackend("cpu"));

const rowSums = ({values, tokens}: {values: Float32Array; tokens: number}) => Array.from({length: values.length / tokens}, (_, row) => values.subarray(row * tokens, (row + 1) * tokens).reduce((a, b) => a + b, 0));

test("both towers, the sentence's tokens by name", async () => {
  const {run} = await tinyRun({textTower: "transformer"}, withPictures);
  const {image, text, words} = await run.attention({row: 0, text: "a f"});
  expect(image).toMatchObject({layers: 4, tokens: 17});
  for (const sum of rowSums(image!)) expect(sum).toBeCloseTo(1, 4);
  expect(words).toEqual(["<|startoftext|>", "a</w>", "f</w>", "<|endoftext|>"]);
  expect(text!.tokens).toBe(4);
  await run.dispose();
});

test("a bag of words has none, and the picture's is given all the same", async () => {
  const {run} = await tinyRun({}, withPictures);
  const {image, text, words} = await run.attention({row: 0, text: "a f"});
  expect(image!.tokens).toBe(17);
  expect([text, words]).toEqual([undefined, undefined]);
  await run.dispose();
});
