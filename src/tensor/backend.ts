/**
 * Chooses what tfjs computes on: WebGPU on real hardware, WebAssembly elsewhere, and says why. Works in pages, workers
 * and Node. It neither installs our own kernels (src/kernels does) nor starts threads.
 */
import {setWasmPaths} from "@tensorflow/tfjs-backend-wasm";
import * as tf from "./tf.ts";
import {setWasmBackend} from "./wasm-memory.ts";
import {describeAdapter, findAdapter, isSoftware, registerWebgpu} from "./webgpu-device.ts";

export type BackendName = "webgpu" | "wasm" | "cpu";

export interface ChosenBackend {
  backend: BackendName;
  /** One sentence for the reader: what was chosen, and why. */
  reason: string;
  /** The WebGPU adapter that was found, in words, whether or not it is used; null where there is none. */
  adapter: string | null;
  /** What this browser lacks for full speed and how to get it, a sentence each that begins with its name and a colon. */
  missing: string[];
}

export interface BackendOptions {
  /** "auto" takes WebGPU only if its adapter is real hardware; a name insists, and throws where it cannot be had. */
  prefer?: BackendName | "auto";
  /** Folder (a URL in a page, a path in Node, with its last slash) that holds tfjs's .wasm files. */
  wasmPath?: string;
}

/** Chooses, starts and sets tfjs's backend. Throws an Error naming what is missing if `prefer` insists on one that cannot start. */
export async function chooseBackend({prefer = "auto", wasmPath}: BackendOptions = {}): Promise<ChosenBackend> {
  const gpuAdapter = prefer === "auto" || prefer === "webgpu" ? await findAdapter() : null;
  const adapter = gpuAdapter && describeAdapter(gpuAdapter);

  if (prefer === "webgpu") {
    if (!gpuAdapter) throw new Error("WebGPU was asked for, but this machine offers no WebGPU adapter.");
    await startWebgpu(gpuAdapter);
    return {backend: "webgpu", reason: `WebGPU, as asked for, on ${adapter}.`, adapter, missing: []};
  }
  if (prefer === "cpu") {
    // Backends that are seldom chosen come when they are: a first visit loads one.
    await import("@tensorflow/tfjs-backend-cpu");
    await start("cpu");
    return {backend: "cpu", reason: "Plain JavaScript, as asked for.", adapter, missing: []};
  }
  if (gpuAdapter && !isSoftware(gpuAdapter) && prefer === "auto") {
    try {
      await startWebgpu(gpuAdapter);
      return {backend: "webgpu", reason: `WebGPU, because ${adapter} is real hardware.`, adapter, missing: []};
    } catch (error) {
      return startWasm(wasmPath, `the WebGPU device of ${adapter} did not start (${messageOf(error)})`, adapter);
    }
  }
  const why =
    prefer === "wasm" ? "as asked for"
    : adapter ? `because the WebGPU adapter (${adapter}) is software, and slower than SIMD`
    : "because this browser offers no WebGPU adapter";
  const missing = prefer === "auto" && !adapter ? ["WebGPU: a graphics card is not used. Chrome and Edge 113, Safari 26 and Firefox 141 or later offer it, where there is a card that they know."] : [];
  return startWasm(wasmPath, why, adapter, missing);
}

async function startWasm(wasmPath: string | undefined, why: string, adapter: string | null, missing: string[] = []): Promise<ChosenBackend> {
  if (wasmPath !== undefined) setWasmPaths(wasmPath);
  // Our kernels work in this memory; see wasm-memory.ts.
  if (!(await setWasmBackend())) throw new Error(`tfjs's WebAssembly backend did not start: are its .wasm files at ${wasmPath ?? "their usual place"}?`);
  await tf.ready();
  const simd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
  return {backend: "wasm", reason: `WebAssembly ${simd ? "with" : "without"} SIMD, ${why}.`, adapter, missing};
}

async function startWebgpu(gpuAdapter: GPUAdapter): Promise<void> {
  await registerWebgpu(gpuAdapter);
  await start("webgpu");
}

async function start(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`tfjs could not start its "${name}" backend.`);
  await tf.ready();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
