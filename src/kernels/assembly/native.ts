/** The WebAssembly kernels at work in tfjs's memory: one instance here, one a helping thread. Not the operations: those register themselves. */
import * as tf from "../../tensor/tf.ts";
import type {WasmBackend} from "../../tensor/wasm-memory.ts";
import {jobs, type Job} from "./jobs.ts";
import {startHelpers} from "./helpers.ts";

interface Exports {
  scratchBytes(): number;
  configure(index: number, scratch: number, sleeps: boolean): void;
  run(control: number, job: number, args: number, parts: number, threads: number): void;
}

/** Words that the arguments of a job may take. */
const argumentWords = 32;

/** While the page's hands are busy: how long to work at most, and then to sleep, in ms. */
const [workMs, restMs] = [3, 1];

let present: Native | undefined;

/** The kernels in use on the present backend, or undefined. */
export function nativeKernels(): Native | undefined {
  return present && tf.getBackend() === "wasm" && (tf.backend() as unknown) === present.backend ? present : undefined;
}

export function useNativeKernels(native: Native): void {
  present = native;
}

export class Native {
  /** How many threads may work on a job; at most `available`. */
  threads: number;
  /** Until when one thread fewer works and this one rests in between, by performance.now(); jobs are cut the same, and so sums come out the same. */
  sparingUntil = 0;
  /** How many parts a job is cut into, for the threads to take: more than threads, so that a late one delays nobody; the same however many work, so that sums come out the same. */
  readonly parts: number;
  /** How often each job has run: lets a test assert that a native kernel did the work. */
  readonly runs = new Map<Job, number>();
  private work = {address: 0, bytes: 0};
  private words: Int32Array;
  private floats: Float32Array;

  /** `available` counts this thread and its helpers. */
  private constructor(readonly backend: WasmBackend, private readonly memory: WebAssembly.Memory, private readonly exports: Exports, private readonly control: number, private readonly args: number, readonly available: number) {
    this.threads = available;
    this.parts = available === 1 ? 1 : 2 * available;
    this.words = new Int32Array(memory.buffer);
    this.floats = new Float32Array(memory.buffer);
  }

  /** Starts the kernels on the backend's memory, with helping threads when `helpers` > 0; all of them are ready when this resolves. */
  static async start(module: WebAssembly.Module, backend: WasmBackend, memory: WebAssembly.Memory, helpers: number): Promise<Native> {
    const {exports} = await WebAssembly.instantiate(module, {env: {memory}});
    const kernels = exports as unknown as Exports;
    const allocate = (bytes: number) => {
      const address = (backend.wasm._malloc(bytes + 64) >>> 0) + 63;
      return address - (address % 64);
    };
    const control = allocate(64);
    new Int32Array(memory.buffer, control, 16).fill(0);
    kernels.configure(0, allocate(kernels.scratchBytes()), typeof document === "undefined");
    const scratches = Array.from({length: helpers}, () => allocate(kernels.scratchBytes()));
    const native = new Native(backend, memory, kernels, control, allocate(4 * argumentWords), helpers + 1);
    await startHelpers(module, memory, control, scratches);
    return native;
  }

  /** The address of a tensor's numbers; 0 for a tensor that is not there. */
  address(tensor: tf.TensorInfo | undefined): number {
    return tensor ? this.backend.dataIdMap.get(tensor.dataId).memoryOffset : 0;
  }

  /** How many tensors share a tensor's numbers, itself included. */
  sharers(tensor: tf.TensorInfo): number {
    return this.backend.refCount(tensor.dataId);
  }

  /** A new tensor whose numbers are not yet set. */
  output(shape: number[]): tf.TensorInfo {
    return this.backend.makeOutput(shape, "float32");
  }

  /** Memory for one job's intermediate numbers, shared by all threads; the next call may give the same. */
  workspace(bytes: number): number {
    if (bytes > this.work.bytes) {
      if (this.work.address) this.backend.wasm._free(this.work.address);
      this.work = {address: this.backend.wasm._malloc(bytes) >>> 0, bytes};
    }
    return this.work.address;
  }

  /** The numbers at an address, to be read at once: the next allocation may move them. */
  floatsAt(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  doublesAt(address: number, count: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, count);
  }

  wordsAt(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count);
  }

  /** Runs a job in so many parts, 1 for one too small to share; booleans are 0 or 1, arguments left out are 0. Numbers of `floats` are written as float32 after the words. */
  run(job: Job, words: (number | boolean)[], floats: number[] = [], parts = this.parts): void {
    if (this.words.buffer !== this.memory.buffer) {
      this.words = new Int32Array(this.memory.buffer);
      this.floats = new Float32Array(this.memory.buffer);
    }
    const at = this.args / 4;
    this.words.fill(0, at, at + argumentWords);
    for (let i = 0; i < words.length; i++) this.words[at + i] = Number(words[i]);
    for (let i = 0; i < floats.length; i++) this.floats[at + words.length + i] = floats[i];
    this.exports.run(this.control, jobs[job], this.args, parts, this.isSparing() ? Math.max(1, this.threads - 1) : this.threads);
    this.runs.set(job, (this.runs.get(job) ?? 0) + 1);
  }

  /** Whether a core is left to the page. Where it may, this thread then sleeps now and then as well: a system that lets a busy thread run on wakes the page's late. */
  private isSparing(): boolean {
    const nowMs = performance.now();
    if (nowMs >= this.sparingUntil) return false;
    if (this.bed && nowMs - this.restedAt > workMs) {
      Atomics.wait(this.bed, 0, 0, restMs);
      this.restedAt = performance.now();
    }
    return true;
  }
  private restedAt = 0;
  /** What it sleeps on: a word that nobody changes. None on a page's main thread, which may not sleep, and where memory cannot be shared. */
  private readonly bed = typeof document === "undefined" && typeof SharedArrayBuffer !== "undefined" ? new Int32Array(new SharedArrayBuffer(4)) : undefined;

  /** Registers one of our kernels for tfjs's WebAssembly backend. */
  register(kernelName: string, kernel: (inputs: Record<string, tf.TensorInfo>, attributes: never) => tf.TensorInfo | tf.TensorInfo[]): void {
    if (tf.getKernel(kernelName, "wasm")) tf.unregisterKernel(kernelName, "wasm");
    tf.registerKernel({kernelName, backendName: "wasm", kernelFunc: ({inputs, attrs}) => kernel(inputs as Record<string, tf.TensorInfo>, attrs as never)});
  }
}
