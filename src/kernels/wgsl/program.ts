/** Running WGSL of ours on tfjs's WebGPU backend. Not a kernel: those are in each operation's webgpu.ts. */
import * as tf from "../../tensor/tf.ts";

interface Uniform {
  type: "int32" | "float32";
  data: number[];
}

/** What of tfjs's WebGPU backend is used here. */
export interface WebgpuBackend {
  runWebGPUProgram(program: object, inputs: tf.TensorInfo[], dtype: tf.DataType, uniforms?: Uniform[], output?: tf.TensorInfo): tf.TensorInfo;
  refCount(dataId: object): number;
}

let installedOn: WebgpuBackend | undefined;
/** How often each shader has run: lets a test assert that ours did the work. */
export const shaderRuns = new Map<string, number>();

/** The present backend where our WGSL kernels are installed on it, or undefined. */
export function webgpuKernels(): WebgpuBackend | undefined {
  return tf.getBackend() === "webgpu" && (tf.backend() as unknown) === installedOn ? installedOn : undefined;
}

/** Says that the kernels are registered for the present backend. */
export function useWebgpuKernels(): void {
  installedOn = tf.backend() as unknown as WebgpuBackend;
}

/** Registers one of our kernels for tfjs's WebGPU backend. */
export function registerShader(kernelName: string, kernel: (backend: WebgpuBackend, inputs: Record<string, tf.TensorInfo>, attributes: never) => tf.TensorInfo | tf.TensorInfo[]): void {
  if (tf.getKernel(kernelName, "webgpu")) tf.unregisterKernel(kernelName, "webgpu");
  tf.registerKernel({kernelName, backendName: "webgpu", kernelFunc: ({inputs, attrs, backend}) => kernel(backend as WebgpuBackend, inputs as Record<string, tf.TensorInfo>, attrs as never)});
}

export interface Shader {
  /** Holds every choice made while writing the code. */
  name: string;
  inputs: Record<string, tf.TensorInfo>;
  /** Whole numbers, then floats; each is `uniforms.name` in the code, and must be used there. */
  integers?: Record<string, number>;
  floats?: Record<string, number>;
  /** One workgroup of `threads` each. */
  groups: number;
  threads: number;
  shape: number[];
  /** Declarations before the entry point. */
  head?: string;
  /** The body: `group` is the workgroup's number, `thread` the thread's within it, and the inputs and `result` are flat arrays. */
  body: string;
  /** A tensor to write to in place of a new one. */
  output?: tf.TensorInfo;
}

/** Dispatches a shader once; gives its output. */
export function runShader(backend: WebgpuBackend, {name, inputs, integers = {}, floats = {}, groups, threads, shape, head = "", body, output}: Shader): tf.TensorInfo {
  const uniforms: Uniform[] = [
    ...Object.values(integers).map((value): Uniform => ({type: "int32", data: [value]})),
    ...Object.values(floats).map((value): Uniform => ({type: "float32", data: [value]}))
  ];
  const program = {
    variableNames: Object.keys(inputs),
    uniforms: [...Object.keys(integers).map((key) => `${key} : i32,`), ...Object.keys(floats).map((key) => `${key} : f32,`)].join(" "),
    workgroupSize: [threads, 1, 1],
    dispatchLayout: {x: shape.length > 0 ? [...shape.keys()] : []},
    dispatch: [groups, 1, 1],
    outputShape: shape,
    shaderKey: `diagonal-${name}`,
    // `_start` is tfjs's own header, which numbers threads across a dispatch that had to be folded into three dimensions.
    getUserCode: () => `${head}\n${mainHeader("index")} {\n  let group = index / ${threads};\n  let thread = i32(localId.x);\n${body}\n}`
  };
  shaderRuns.set(name, (shaderRuns.get(name) ?? 0) + 1);
  return backend.runWebGPUProgram(program, Object.values(inputs), "float32", uniforms.length > 0 ? uniforms : undefined, output);
}

/** tfjs expands this placeholder to the entry point's declaration. */
function mainHeader(index: string): string {
  return `fn main(${index} : i32)`;
}
