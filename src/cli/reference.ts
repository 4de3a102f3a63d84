/**
 * npm run reference -- FILE.safetensors ... [--backend cpu|wasm|webgpu]: checks the model against reference numbers, a line a
 * quantity with its largest error. Exits 1 past tolerance, where a kernel ran on another backend, and on bad input.
 */
import {open} from "node:fs/promises";
import {installWebgpuKernels} from "../kernels/index.ts";
import type {BackendName} from "../tensor/backend.ts";
import {logKernels} from "../tensor/kernel-log.ts";
import {chooseNodeBackend, rerunWithSoftwareVulkan} from "../tensor/node.ts";
import {openSafetensors} from "../tensor/safetensors.ts";
import type {SafetensorsFile} from "../tensor/safetensors.ts";
import * as tf from "../tensor/tf.ts";
import {installNodeKernels} from "./node-kernels.ts";
import {checkClip, jsonOf} from "./reference-clip.ts";
import {checkCoca} from "./reference-coca.ts";
import {reportKernels} from "./reference-kernels.ts";
import {Report} from "./reference-report.ts";

const usage = "usage: npm run reference -- FILE.safetensors ... [--backend cpu|wasm|webgpu]";

interface Options {
  files: string[];
  backend: BackendName;
}

function parseArguments(words: string[]): Options {
  const files: string[] = [];
  let backend: BackendName = "cpu";
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--backend" || word.startsWith("--backend=")) {
      const value = word === "--backend" ? words[++i] : word.slice("--backend=".length);
      if (value !== "cpu" && value !== "wasm" && value !== "webgpu") throw new Error(`--backend: expected cpu, wasm or webgpu, got ${value ?? "nothing"}\n${usage}`);
      backend = value;
    } else if (word.startsWith("-")) throw new Error(`unknown option ${word}\n${usage}`);
    else files.push(word);
  }
  if (files.length === 0) throw new Error(usage);
  return {files, backend};
}

/** Opens a file from disk without reading it whole, and closes it when `use` is done. */
async function withSafetensors<T>(path: string, use: (file: SafetensorsFile) => Promise<T>): Promise<T> {
  const handle = await open(path);
  try {
    const {size} = await handle.stat();
    const read = async (begin: number, end: number) => {
      const bytes = new Uint8Array(end - begin);
      const {bytesRead} = await handle.read(bytes, 0, end - begin, begin);
      return bytes.subarray(0, bytesRead);
    };
    return await use(await openSafetensors({byteLength: size, read}, path));
  } finally {
    await handle.close();
  }
}

async function main(): Promise<number> {
  const {files, backend} = parseArguments(process.argv.slice(2));
  let chosen;
  try {
    chosen = await chooseNodeBackend(backend);
  } catch (error) {
    const status = backend === "webgpu" ? rerunWithSoftwareVulkan() : null;
    if (status !== null) return status;
    throw error;
  }
  // tfjs's WebGPU backend would compute small things on the processor; here every number must come from the backend under test.
  if (backend === "webgpu") {
    tf.env().set("WEBGPU_CPU_FORWARD", false);
    installWebgpuKernels();
    console.log("kernels: ours, in WGSL");
  }
  console.log(`backend: ${chosen.backend}. ${chosen.reason}`);
  if (backend === "wasm") console.log(`kernels: ours, ${await installNodeKernels()}`);
  console.log(`adapter: ${chosen.adapter ?? "none looked for"}`);

  const log = logKernels(["cpu", "wasm", "webgpu"]);
  const report = new Report();
  for (const path of files) {
    console.log(`\n${path}`);
    await withSafetensors(path, (file) => ("multimodal_cfg" in jsonOf(file, "config", path) ? checkCoca : checkClip)(file, path, report));
  }
  log.stop();
  const elsewhere = reportKernels(log.counts(), chosen.backend, (line) => console.log(line));
  console.log(`\n${report.summary()}`);
  return report.failures > 0 || elsewhere > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// Dawn keeps the process alive as long as its device lives.
process.exit();
