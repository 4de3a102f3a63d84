/** tf and the model's own functions: for cells, on a small batch with a run's parameters, and for code of a cell that runs in the training worker. */
export * as tf from "../../src/tensor/tf.ts";
export {attention, contrastiveLoss, conv2d, crossAttention, embedding, gelu, l2Normalize, layerNorm, linear, patchEmbedding, quickGelu} from "../../src/kernels/index.ts";
export {createClip, figure3, parameterCount} from "../../src/clip/clip.ts";
export {preset, presetNames} from "../../src/clip/presets.ts";
export {crossEntropy, logSoftmax, softCrossEntropy} from "../../src/clip/losses.ts";
export {seededRandom} from "../../src/tensor/random.ts";
export {createTokenizer} from "../../src/clip/tokenizer.ts";
export {trainTokenizer} from "../../src/clip/train-tokenizer.ts";
