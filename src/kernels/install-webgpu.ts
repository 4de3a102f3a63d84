/** Puts the WGSL kernels beneath the operations. */
import * as tf from "../tensor/tf.ts";
import {registerAttentionWebgpu} from "./attention/webgpu.ts";
import {registerContrastiveLossWebgpu} from "./contrastive-loss/webgpu.ts";
import {registerConv2dWebgpu} from "./conv2d/webgpu.ts";
import {registerDropoutWebgpu} from "./dropout/webgpu.ts";
import {registerEmbeddingWebgpu} from "./embedding/webgpu.ts";
import {registerL2NormalizeWebgpu} from "./l2-normalize/webgpu.ts";
import {registerLayerNormWebgpu} from "./layer-norm/webgpu.ts";
import {registerLinearWebgpu} from "./linear/webgpu.ts";
import {registerMatMulWebgpu} from "./product-webgpu.ts";
import {useWebgpuKernels} from "./wgsl/program.ts";

/** To be called once tfjs's WebGPU backend is set; throws where another one is. */
export function installWebgpuKernels(): void {
  if (tf.getBackend() !== "webgpu") throw new Error(`installWebgpuKernels expected the backend "webgpu", found "${tf.getBackend()}"`);
  useWebgpuKernels();
  for (const register of [registerMatMulWebgpu, registerLinearWebgpu, registerLayerNormWebgpu, registerAttentionWebgpu, registerEmbeddingWebgpu, registerConv2dWebgpu, registerL2NormalizeWebgpu, registerContrastiveLossWebgpu, registerDropoutWebgpu]) register();
}
