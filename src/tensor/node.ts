/** Backends in Node: where tfjs's .wasm files lie, and WebGPU through Dawn. Never part of a browser bundle. */
import {spawnSync} from "node:child_process";
import {createRequire} from "node:module";
import {dirname, join} from "node:path";
import {pathToFileURL} from "node:url";
import type {BackendName, ChosenBackend} from "./backend.ts";
import {chooseBackend} from "./backend.ts";
import {softwareVulkan} from "./software-vulkan.ts";

/** The folder of tfjs's .wasm files, with its last slash. */
export function wasmFolder(): string {
  const require = createRequire(pathToFileURL(join(process.cwd(), "package.json")));
  return dirname(require.resolve("@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.node.js")) + "/";
}

/** As `chooseBackend`, with Node's paths; "webgpu" needs `provideWebgpu` to have found an adapter. */
export async function chooseNodeBackend(prefer: BackendName = "cpu"): Promise<ChosenBackend> {
  if (prefer === "webgpu" && !(await provideWebgpu())) {
    throw new Error("WebGPU was asked for, but Dawn found no adapter here: no Vulkan driver, and no Chromium whose software driver could serve.");
  }
  return chooseBackend({prefer, wasmPath: wasmFolder()});
}

/** Puts Dawn's `navigator.gpu` and WebGPU's constants in place; false where it finds no adapter. */
export async function provideWebgpu(): Promise<boolean> {
  const {create, globals} = await import("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create([]);
  if (!(await gpu.requestAdapter().catch(() => null))) return false;
  Object.defineProperty(globalThis, "navigator", {value: {gpu, userAgent: "Node"}, configurable: true});
  return true;
}

/**
 * Runs this program again under the software Vulkan driver, and returns its exit status; null if it already runs there or
 * there is no such driver. The loader reads its environment when the process starts, so setting it here would be too late.
 */
export function rerunWithSoftwareVulkan(): number | null {
  const environment = softwareVulkan();
  if (!environment || process.env.VK_ICD_FILENAMES === environment.VK_ICD_FILENAMES) return null;
  const {status} = spawnSync(process.execPath, process.argv.slice(1), {stdio: "inherit", env: {...process.env, ...environment}});
  return status ?? 1;
}
