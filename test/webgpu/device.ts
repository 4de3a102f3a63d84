/** Software WebGPU in Node for the tests of this folder: Dawn on Chromium's own Vulkan driver. Its numbers are right, its times mean nothing. */
import {installWebgpuKernels} from "../../src/kernels/index.ts";
import {provideWebgpu} from "../../src/tensor/node.ts";
import * as tf from "../../src/tensor/tf.ts";
import {findAdapter, registerWebgpu} from "../../src/tensor/webgpu-device.ts";

/** Sets tfjs's WebGPU backend with our kernels. Throws where there is no driver: install Debian's chromium. */
export async function startWebgpu(): Promise<GPUDevice> {
  if (!(await provideWebgpu())) throw new Error("no software WebGPU: Dawn found no Vulkan driver; is Chromium installed?");
  const device = await registerWebgpu((await findAdapter())!);
  device.addEventListener("uncapturederror", ({error}) => console.error(error.message));
  await tf.setBackend("webgpu");
  // Every number must come from the backend under test.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  installWebgpuKernels();
  return device;
}

const counted = {dispatchWorkgroups: 0, submit: 0, createBindGroup: 0, createBuffer: 0, destroy: 0};
export type Counts = typeof counted;

/** Starts Dawn's null adapter, which validates everything and computes nothing, with every call counted. */
export async function startNull(): Promise<() => Counts> {
  const {create, globals} = await import("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create(["backend=null"]);
  Object.defineProperty(globalThis, "navigator", {value: {gpu, userAgent: "Node"}, configurable: true});
  const wrapped = [[GPUComputePassEncoder, "dispatchWorkgroups"], [GPUQueue, "submit"], [GPUDevice, "createBindGroup"], [GPUDevice, "createBuffer"], [GPUBuffer, "destroy"]] as const;
  for (const [{prototype}, method] of wrapped) {
    const methods = prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
    const original = methods[method];
    methods[method] = function (this: unknown, ...args) {
      counted[method]++;
      return original.apply(this, args);
    };
  }
  const device = await registerWebgpu((await gpu.requestAdapter())!);
  device.addEventListener("uncapturederror", ({error}) => console.error(error.message));
  await tf.setBackend("webgpu");
  installWebgpuKernels();
  return () => ({...counted});
}
