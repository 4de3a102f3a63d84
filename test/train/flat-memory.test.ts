/** A thousand steps of a run, watched as a page watches it, on the WebAssembly kernels: memory stays where fifty steps left it. */
import "@tensorflow/tfjs-backend-wasm";
import {readFile} from "node:fs/promises";
import {expect, test} from "vitest";
import {nativeKernels} from "../../src/kernels/assembly/native.ts";
import {compileKernels} from "../../src/kernels/compile.mjs";
import {installKernels} from "../../src/kernels/install.ts";
import {wasmBackend} from "../../src/tensor/wasm-memory.ts";
import * as tf from "../../src/tensor/tf.ts";
import {tinyRun} from "./tiny-run.ts";

test("tensors, heap and what the heap holds are flat from step 50 to step 1,000", async () => {
  await compileKernels();
  await installKernels({bytes: (name) => readFile(new URL(`../../src/kernels/build/${name}`, import.meta.url))});
  const {wasm} = wasmBackend()!;
  /** The first address at which a large block finds room: it climbs when blocks are not given back. */
  const room = () => {
    const address = wasm._malloc(2 ** 20);
    wasm._free(address);
    return address;
  };
  const held = () => ({...tf.memory(), heapBytes: wasm.HEAPU8.byteLength, room: room()});

  const {run} = await tinyRun({steps: 1000});
  await run.step(50);
  const before = held();
  nativeKernels()!.runs.clear();
  for (let done = 50; done < 1000; done += 190) await run.step(190);
  expect(nativeKernels()!.runs.get("adamW")).toBe(950);
  const {step, lossHistory} = await run.snapshot();
  expect([step, lossHistory.length]).toEqual([1000, 1000]);
  expect(held()).toEqual(before);
  await run.dispose();
});
