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
