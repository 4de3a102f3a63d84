/**
 * Running WGSL of ours on tfjs's WebGPU backend, beside its programs and in their order, but with several outputs, parts of
 * buffers, vectors of four and uniforms that are made once for each content. Not a kernel: those are in each operation's webgpu.ts.
 */
import * as tf from "../../tensor/tf.ts";
import {partOf, tensorInPart, webgpuBackend, type Part, type WebgpuBackend} from "../../tensor/webgpu-backend.ts";

export type {WebgpuBackend} from "../../tensor/webgpu-backend.ts";

let installedOn: WebgpuBackend | undefined;
/** How often each shader has run, by the first word of its name: lets a test assert that ours did the work. */
export const shaderRuns = new Map<string, number>();

/** The present backend where our WGSL kernels are installed on it, or undefined. */
export function webgpuKernels(): WebgpuBackend | undefined {
  return installedOn && webgpuBackend() === installedOn ? installedOn : undefined;
}

/** Says that the kernels are registered for the present backend. */
export function useWebgpuKernels(): void {
  installedOn = webgpuBackend();
}

/** Registers one of our kernels for tfjs's WebGPU backend. */
export function registerShader(kernelName: string, kernel: (backend: WebgpuBackend, inputs: Record<string, tf.TensorInfo>, attributes: never) => tf.TensorInfo | tf.TensorInfo[]): void {
  if (tf.getKernel(kernelName, "webgpu")) tf.unregisterKernel(kernelName, "webgpu");
  tf.registerKernel({kernelName, backendName: "webgpu", kernelFunc: ({inputs, attrs, backend}) => kernel(backend as unknown as WebgpuBackend, inputs as Record<string, tf.TensorInfo>, attrs as never)});
}

export interface Shader {
  /** What it does, then every choice made while writing the code, so that equal names have equal code. */
  name: string;
  /** Bound in this order, each under its name; a tensor of int32 is an array<i32>. */
  reads: Record<string, tf.TensorInfo | Part>;
  writes: Record<string, tf.TensorInfo | Part>;
  /** Names of what is bound as array<vec4<f32>>. */
  vectors?: readonly string[];
  /** Other element types by name. */
  types?: Record<string, string>;
  /** Whole numbers, then floats; each is `uniforms.name` in the code. */
  integers?: Record<string, number>;
  floats?: Record<string, number>;
  /** Workgroups: a grid, or a number of them, which `group` counts however they had to be folded. */
  groups: number | [number, number, number];
  /** Threads of a workgroup; `thread` counts them. */
  threads: number;
  /** Declarations before the entry point, and the entry point's body; asked for only when the code is not compiled yet. */
  head?: () => string;
  body: () => string;
}

interface DeviceCache {
  pipelines: Map<string, GPUComputePipeline>;
  uniforms: Map<string, GPUBuffer>;
}

const caches = new WeakMap<GPUDevice, DeviceCache>();

/** Appends a shader to the commands of the backend. */
export function runShader(backend: WebgpuBackend, shader: Shader): void {
  const {name, reads, writes, integers = {}, floats = {}, groups} = shader;
  const grid = typeof groups === "number" ? fold(groups, backend.device.limits.maxComputeWorkgroupsPerDimension) : groups;
  if (grid.some((count) => count === 0)) return;
  const cache = cacheOf(backend.device);
  const bound = [...Object.values(reads), ...Object.values(writes)];
  const resources: GPUBindingResource[] = bound.map((what) => ("dataId" in what ? (backend.uploadToGPU(what.dataId), backend.tensorToBinding(what)) : what));
  if (Object.keys(integers).length + Object.keys(floats).length > 0) resources.push({buffer: uniformsOf(backend, cache, Object.values(integers), Object.values(floats))});
  let pipeline = cache.pipelines.get(name);
  if (!pipeline) {
    pipeline = backend.device.createComputePipeline({label: name, layout: "auto", compute: {module: backend.device.createShaderModule({label: name, code: codeOf(shader)}), entryPoint: "main"}});
    cache.pipelines.set(name, pipeline);
  }
  const bindGroup = backend.device.createBindGroup({layout: pipeline.getBindGroupLayout(0), entries: resources.map((resource, binding) => ({binding, resource}))});
  for (const what of bound) if ("dataId" in what) backend.commandQueueOwnedIds.add(what.dataId);
  backend.ensureCommandEncoderReady();
  backend.computePassEncoder ??= backend.commandEncoder!.beginComputePass();
  backend.computePassEncoder.setPipeline(pipeline);
  backend.computePassEncoder.setBindGroup(0, bindGroup);
  backend.computePassEncoder.dispatchWorkgroups(...grid);
  const what = name.split(" ", 1)[0];
  shaderRuns.set(what, (shaderRuns.get(what) ?? 0) + 1);
  if (++backend.dispatchCountInPass >= tf.env().getNumber("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE")) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
  if (perturbed === what) perturb(backend, Object.values(writes)[0]);
}

/** A new tensor whose numbers are not yet set. */
export function output(backend: WebgpuBackend, shape: number[]): tf.TensorInfo {
  const info = backend.makeTensorInfo(shape, "float32");
  if (sizeOf(shape) > 0) backend.uploadToGPU(info.dataId);
  return info;
}

/** Frees a tensor that a kernel made for itself. */
export function discard(backend: WebgpuBackend, tensor: tf.TensorInfo): void {
  backend.disposeData(tensor.dataId);
}

export const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** [rows, width] of a shape whose last axis is the row. */
export function rowsOf(shape: readonly number[]): [number, number] {
  const width = shape[shape.length - 1];
  return [sizeOf(shape) / width, width];
}

/** Whether a width lets rows be read as vectors of four. */
export const wide = (width: number) => width % 4 === 0;

function cacheOf(device: GPUDevice): DeviceCache {
  let cache = caches.get(device);
  if (!cache) caches.set(device, (cache = {pipelines: new Map(), uniforms: new Map()}));
  return cache;
}

/** A uniform buffer with this content; a step asks for the same contents again and again, so it is kept. */
function uniformsOf(backend: WebgpuBackend, {uniforms}: DeviceCache, integers: number[], floats: number[]): GPUBuffer {
  const key = `${integers}|${floats}`;
  const known = uniforms.get(key);
  if (known) return known;
  const size = 16 * Math.ceil((integers.length + floats.length) / 4);
  const buffer = backend.bufferManager.create({size, usage: GPUBufferUsage.UNIFORM, mappedAtCreation: true});
  const bytes = buffer.getMappedRange();
  new Int32Array(bytes).set(integers);
  new Float32Array(bytes, 4 * integers.length).set(floats);
  buffer.unmap();
  uniforms.set(key, buffer);
  return buffer;
}

function fold(groups: number, most: number): [number, number, number] {
  if (groups <= most) return [groups, 1, 1];
  const across = Math.min(most, Math.ceil(Math.sqrt(groups)));
  return [across, Math.ceil(groups / across), 1];
}

/** The module. Extensions (`enable f16;`, `enable subgroups;`) would stand first, where `device.features` has them. */
function codeOf({reads, writes, vectors = [], types = {}, integers = {}, floats = {}, threads, head = () => "", body}: Shader): string {
  const typeOf = (name: string, what: tf.TensorInfo | Part) => types[name] ?? (vectors.includes(name) ? "vec4<f32>" : "dtype" in what && what.dtype === "int32" ? "i32" : "f32");
  const declarations = [
    ...Object.entries(reads).map(([name, what]) => `var<storage, read> ${name} : array<${typeOf(name, what)}>;`),
    ...Object.entries(writes).map(([name, what]) => `var<storage, read_write> ${name} : array<${typeOf(name, what)}>;`)
  ];
  const fields = [...Object.keys(integers).map((name) => `${name} : i32`), ...Object.keys(floats).map((name) => `${name} : f32`)];
  if (fields.length > 0) declarations.push("var<uniform> uniforms : Uniforms;");
  return `${fields.length > 0 ? `struct Uniforms { ${fields.join(", ")} }\n` : ""}${declarations.map((line, i) => `@group(0) @binding(${i}) ${line}`).join("\n")}
${head()}
@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) threadIndex : u32, @builtin(workgroup_id) place : vec3<u32>, @builtin(num_workgroups) grid : vec3<u32>) {
  let thread = i32(threadIndex);
  let group = i32(place.y * grid.x + place.x);
${body()}
}`;
}

let perturbed: string | undefined;

/** For tests alone: adds .01 to the first number that every run of a shader writes, so that a check that sees nothing wrong is found out. */
export function perturbShader(name: string | undefined): void {
  perturbed = name;
}

function perturb(backend: WebgpuBackend, what: tf.TensorInfo | Part): void {
  perturbed = undefined;
  runShader(backend, {name: "perturb", reads: {}, writes: {y: what}, groups: 1, threads: 1, body: () => "  y[0] = y[0] + 0.01 + 0.0 * f32(thread + group);"});
  perturbed = undefined;
}

/** WGSL that sums `value` over the workgroup; every thread gets it. To be called in uniform control flow. */
export const totalOf = (threads: number) => `
var<workgroup> partial : array<f32, ${threads}>;
fn total(value : f32, thread : i32) -> f32 {
  partial[thread] = value;
  workgroupBarrier();
  for (var half = ${threads / 2}; half > 0; half = half >> 1) {
    if (thread < half) { partial[thread] = partial[thread] + partial[thread + half]; }
    workgroupBarrier();
  }
  let sum = partial[0];
  workgroupBarrier();
  return sum;
}`;

/** Where the gradient of a tensor is to be written, if somebody asked for it: see `gradientsInto`. */
let places: WeakMap<object, Part> | undefined;

/** Has kernels write the gradients of tensors to given places (by dataId), each at most once, while `work` runs. */
export function gradientsInto<T>(given: ReadonlyMap<object, Part>, work: () => T): T {
  const before = places;
  places = new WeakMap(given);
  try {
    return work();
  } finally {
    places = before;
  }
}

/** The output for the gradient of `of`: in its place where there is one, else a tensor like any other. */
export function gradientOutput(backend: WebgpuBackend, of: tf.TensorInfo | undefined, shape: number[]): tf.TensorInfo {
  const part = of && places?.get(of.dataId);
  if (!part) return output(backend, shape);
  places!.delete(of.dataId);
  return tensorInPart(backend, part, shape);
}

export {partOf};
