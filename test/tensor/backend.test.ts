import {afterEach, expect, test} from "vitest";
import {chooseBackend} from "../../src/tensor/backend.ts";
import {wasmFolder} from "../../src/tensor/node.ts";
import * as tf from "../../src/tensor/tf.ts";
import {isSoftware} from "../../src/tensor/webgpu-device.ts";

const navigatorBefore = Object.getOwnPropertyDescriptor(globalThis, "navigator");

/** Makes `navigator.gpu` offer an adapter of this description whose device cannot be had. */
function offerAdapter(info: Partial<GPUAdapterInfo>): void {
  const adapter = {info, features: new Set(), limits: {}, requestDevice: () => Promise.reject(new Error("no device in a test"))};
  Object.defineProperty(globalThis, "navigator", {value: {gpu: {requestAdapter: async () => adapter}}, configurable: true});
}

afterEach(() => {
  if (navigatorBefore) Object.defineProperty(globalThis, "navigator", navigatorBefore);
  else delete (globalThis as {navigator?: unknown}).navigator;
});

test("without WebGPU it is WebAssembly, and it says so", async () => {
  const chosen = await chooseBackend({wasmPath: wasmFolder()});
  expect(chosen).toMatchObject({backend: "wasm", adapter: null});
  expect(chosen.reason).toMatch(/SIMD.*no WebGPU adapter/);
  expect(tf.getBackend()).toBe("wasm");
  expect(await tf.tensor1d([1, 2]).mul(2).sum().data()).toEqual(Float32Array.of(6));
});

test("a software adapter is seen and passed over", async () => {
  offerAdapter({vendor: "google", architecture: "swiftshader"});
  const chosen = await chooseBackend({wasmPath: wasmFolder()});
  expect(chosen.backend).toBe("wasm");
  expect(chosen.reason).toMatch(/google swiftshader.*software/);
});

test("real hardware is tried, and a device that will not start is named", async () => {
  offerAdapter({vendor: "nvidia", architecture: "hopper"});
  const chosen = await chooseBackend({wasmPath: wasmFolder()});
  expect(chosen.backend).toBe("wasm");
  expect(chosen.reason).toMatch(/nvidia hopper did not start \(no device in a test\)/);
  await expect(chooseBackend({prefer: "webgpu"})).rejects.toThrow(/no device in a test/);
});

test("insisting on WebGPU where there is none throws", async () => {
  await expect(chooseBackend({prefer: "webgpu"})).rejects.toThrow(/no WebGPU adapter/);
});

test.each([
  [{vendor: "google", architecture: "swiftshader"}, true],
  [{vendor: "mesa", description: "llvmpipe (LLVM 15)"}, true],
  [{vendor: "microsoft", description: "Microsoft Basic Render Driver"}, true],
  [{vendor: "nvidia", architecture: "hopper", description: "NVIDIA H100"}, false],
  [{vendor: "apple", architecture: "metal-3"}, false]
])("%o is software: %s", (info, software) => {
  expect(isSoftware({info} as unknown as GPUAdapter)).toBe(software);
});
