/** Training on the WebAssembly kernels leaves nothing behind: the same tensors and the same heap after every step. */
import "@tensorflow/tfjs-backend-wasm";
import {readFile} from "node:fs/promises";
import {expect, test} from "vitest";
import {trainerOf} from "../../src/cli/bench/step.ts";
import {compileKernels} from "../../src/kernels/compile.mjs";
import {installKernels} from "../../src/kernels/install.ts";
import {wasmBackend} from "../../src/tensor/wasm-memory.ts";
import * as tf from "../../src/tensor/tf.ts";

test("twelve steps of cbow-tiny keep tensors and heap where two steps left them, and the loss falls", async () => {
  await compileKernels();
  await installKernels({bytes: (name) => readFile(new URL(`../../src/kernels/build/${name}`, import.meta.url))});
  const start = tf.memory().numTensors;
  const trainer = trainerOf("cbow-tiny");
  const losses: number[] = [];
  const step = () => {
    const loss = trainer.step();
    losses.push(loss.dataSync()[0]);
    loss.dispose();
  };
  step();
  step();
  const tensors = tf.memory().numTensors;
  const heapBytes = wasmBackend()!.wasm.HEAPU8.byteLength;
  for (let i = 0; i < 10; i++) step();
  expect(tf.memory().numTensors).toBe(tensors);
  expect(wasmBackend()!.wasm.HEAPU8.byteLength).toBe(heapBytes);
  expect(losses.at(-1)!).toBeLessThan(losses[0] / 2);
  trainer.dispose();
  expect(tf.memory().numTensors).toBe(start);
});
