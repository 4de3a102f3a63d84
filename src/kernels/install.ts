/** Puts the WebAssembly kernels beneath the operations, and says what the browser lacks for full speed. */
import * as tf from "../tensor/tf.ts";
import {setWasmBackend, wasmBackend, wasmMemory, type WasmBackend} from "../tensor/wasm-memory.ts";
import {Native, nativeKernels, useNativeKernels} from "./assembly/native.ts";
import {registerAttention} from "./attention/native.ts";
import {registerBatchNorm} from "./batch-norm/native.ts";
import {registerContrastiveLoss} from "./contrastive-loss/native.ts";
import {registerConv2d} from "./conv2d/native.ts";
import {registerEmbedding} from "./embedding/native.ts";
import {registerIdentity} from "./identity.ts";
import {registerL2Normalize} from "./l2-normalize/native.ts";
import {registerLayerNorm} from "./layer-norm/native.ts";
import {registerMatMul} from "./product-native.ts";
import {registerLinear} from "./linear/native.ts";

export interface KernelOptions {
  /** Where the kernels' .wasm files are served, with the slash at its end. */
  wasmPath?: string;
  /** Or their bytes by file name, where nothing serves them (Node). */
  bytes?: (fileName: string) => BufferSource | Promise<BufferSource>;
  /** How many threads at most; as many as the machine has cores when absent. */
  maxThreads?: number;
}

export interface KernelReport {
  /** Whether the kernels are in use at all. */
  simd: boolean;
  /** Whether they use fused multiply-add. */
  relaxed: boolean;
  /** Threads that may work on a job, this one among them; how many do is found out while they work (`ThreadChoice`). */
  threads: number;
  /** What is missing for full speed and how to get it, a sentence each that begins with its name and a colon; empty when nothing is. */
  missing: string[];
}

const reports = new WeakMap<Native, KernelReport>();

/**
 * Sets tfjs's WebAssembly backend, unless it is set already, and puts our kernels beneath the operations. Use this in
 * place of `tf.setBackend("wasm")`, after tfjs's own `setWasmPaths`: the memory of its threaded build can only be seen
 * while it is made. Never throws for a missing feature: the operations then run on their definitions, and `missing` says why.
 */
export async function installKernels({wasmPath = "", bytes, maxThreads}: KernelOptions): Promise<KernelReport> {
  if (tf.getBackend() !== "wasm" && !(await setWasmBackend())) throw new Error("tfjs's WebAssembly backend did not start: are its .wasm files where setWasmPaths says?");
  const backend = wasmBackend()!;
  const installed = nativeKernels();
  if (installed) return reports.get(installed)!;
  const features = {simd: WebAssembly.validate(simdModule), relaxed: WebAssembly.validate(relaxedModule), isolated: globalThis.crossOriginIsolated === true, sharing: typeof SharedArrayBuffer !== "undefined"};
  const memory = wasmMemory(backend);
  const missing = missingFeatures(features, memory);
  if (!features.simd || !memory) return {simd: false, relaxed: false, threads: 1, missing};

  const shared = typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
  const fileName = `kernels-${features.relaxed ? "relaxed" : "simd"}${shared ? "-threads" : ""}.wasm`;
  const module = await WebAssembly.compile(bytes ? await bytes(fileName) : await fetched(wasmPath + fileName));
  const cores = globalThis.navigator?.hardwareConcurrency ?? 1;
  const helpers = shared ? Math.min(maxThreads ?? cores, cores, 8) - 1 : 0;
  const native = await startWithHelpers(module, backend, memory, helpers, missing);
  for (const register of [registerIdentity, registerMatMul, registerLinear, registerLayerNorm, registerBatchNorm, registerAttention, registerEmbedding, registerConv2d, registerL2Normalize, registerContrastiveLoss]) register(native);
  const report = {simd: true, relaxed: features.relaxed, threads: native.available, missing};
  reports.set(native, report);
  useNativeKernels(native);
  return report;
}

/**
 * For so many ms the kernels work with one thread fewer, where they have several, and with short rests: a page that somebody has their hands on answers at once, though there be no
 * more cores than threads. The numbers stay the same to the last bit, for jobs are cut as before.
 */
export function leaveACore(ms: number): void {
  const native = nativeKernels();
  if (native) native.sparingUntil = performance.now() + ms;
}

async function startWithHelpers(module: WebAssembly.Module, backend: WasmBackend, memory: WebAssembly.Memory, helpers: number, missing: string[]): Promise<Native> {
  try {
    return await Native.start(module, backend, memory, helpers);
  } catch (error) {
    if (helpers === 0) throw error;
    missing.push(`Threads: ${(error as Error).message}; one core is used.`);
    return Native.start(module, backend, memory, 0);
  }
}

async function fetched(address: string): Promise<ArrayBuffer> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`expected the kernels at ${address}, got ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

function missingFeatures({simd, relaxed, isolated, sharing}: Record<"simd" | "relaxed" | "isolated" | "sharing", boolean>, memory: WebAssembly.Memory | undefined): string[] {
  const missing = [];
  if (!simd) missing.push("SIMD: training is many times slower without it. Use a browser of 2021 or later.");
  else if (!relaxed) missing.push("Relaxed SIMD: products take about twice as long without fused multiply-add. Chrome or Edge 114, Firefox 145 or later have it.");
  if (!isolated) missing.push("Threads: one core is used. Load the page again; if that does not help, have it served on https, or with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, as npm start does.");
  else if (!sharing) missing.push("Threads: one core is used, because this browser lets no threads share memory (SharedArrayBuffer). Chrome, Edge, Firefox or Safari of 2022 or later do.");
  if (!memory) missing.push("Kernels: tfjs's memory was made unseen; call installKernels in place of tf.setBackend(\"wasm\").");
  return missing;
}

/** The smallest modules that use a SIMD and a relaxed SIMD instruction (after GoogleChromeLabs/wasm-feature-detect). */
const simdModule = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);
const relaxedModule = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11);
