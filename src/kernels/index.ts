/**
 * The fused operations that the model is written in. Each folder holds one: its definition in plain tfjs
 * (reference.ts), its kernels, and its gradient. Weights have PyTorch's shapes throughout.
 */
export {gelu, quickGelu, type Activation} from "./activation/index.ts";
export {adamW, AdamWArena, gradientNorm, type AdamWEntry, type AdamWStep} from "./adamw/index.ts";
export {attention, attentionAt, crossAttention, rowsAt} from "./attention/index.ts";
export {batchNorm, type BatchNorm, type BatchNormOptions, type Statistics} from "./batch-norm/index.ts";
export {contrastiveLoss} from "./contrastive-loss/index.ts";
export {conv2d, type Conv2dOptions} from "./conv2d/index.ts";
export {dropout, type Draw} from "./dropout/index.ts";
export {embedding} from "./embedding/index.ts";
export {l2Normalize} from "./l2-normalize/index.ts";
export {layerNorm} from "./layer-norm/index.ts";
export {linear, type LinearOptions} from "./linear/index.ts";
export {mlp, type MlpWeights} from "./mlp/index.ts";
export {patchEmbedding} from "./patch-embedding/index.ts";
export {gradientsInto, webgpuKernels} from "./wgsl/program.ts";
export {installWebgpuKernels} from "./install-webgpu.ts";
export {installKernels, leaveACore, type KernelOptions, type KernelReport} from "./install.ts";
export {ThreadChoice} from "./thread-choice.ts";
