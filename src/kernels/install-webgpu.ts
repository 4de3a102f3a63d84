/** Puts the WGSL kernels beneath the operations that have them: layer norm and AdamW. The others run on their definitions. */
import * as tf from "../tensor/tf.ts";
import {registerLayerNormWebgpu} from "./layer-norm/webgpu.ts";
import {useWebgpuKernels} from "./wgsl/program.ts";

/** To be called once tfjs's WebGPU backend is set; throws where another one is. */
export function installWebgpuKernels(): void {
  if (tf.getBackend() !== "webgpu") throw new Error(`installWebgpuKernels expected the backend "webgpu", found "${tf.getBackend()}"`);
  registerLayerNormWebgpu();
  useWebgpuKernels();
}
