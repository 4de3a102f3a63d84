/** CLIP's vision transformer: patches, a class token, positions, blocks; the class token's row is the image's feature. */
import {layerNorm, patchEmbedding} from "../kernels/index.ts";
import {below} from "../tensor/parameters.ts";
import type {Parameters, ParameterSpecs} from "../tensor/parameters.ts";
import * as tf from "../tensor/tf.ts";
import {gridSize} from "./config.ts";
import type {Activation, VisionTransformerConfig} from "./config.ts";
import {linearStart, transformer, transformerAt, transformerSpecs} from "./transformer.ts";

/** Normalised images [n, sizePx, sizePx, 3] to features [n, width], before the projection. */
export function visionTransformer(images: tf.Tensor4D, parameters: Parameters, config: VisionTransformerConfig, activation: Activation): tf.Tensor2D {
  const classRows = tf.zeros<tf.Rank.R1>([images.shape[0]], "int32");
  const first = transformerAt(embedded(images, parameters, config), classRows, parameters, "visual.transformer", config, {activation}); // [n, width]
  const w = below(parameters, "visual");
  return layerNorm(first, w("ln_post.weight"), w("ln_post.bias")) as tf.Tensor2D;
}

/** All tokens of the last block, the class token first: [n, 1 + patches, width]; before ln_post. */
export function visionTokens(images: tf.Tensor4D, parameters: Parameters, config: VisionTransformerConfig, activation: Activation): tf.Tensor3D {
  return transformer(embedded(images, parameters, config), parameters, "visual.transformer", config, {activation});
}

/** What goes into the first block: the class token and the patches with their positions, [n, 1 + patches, width]. */
function embedded(images: tf.Tensor4D, parameters: Parameters, config: VisionTransformerConfig): tf.Tensor {
  const w = below(parameters, "visual");
  // Pixels that fill no patch are left out, as by a convolution with the patch's stride.
  const side = gridSize(config) * config.patchPx;
  const whole = side === config.sizePx ? images : images.slice([0, 0, 0, 0], [-1, side, side, -1]);
  const patches = patchEmbedding(whole, w("conv1.weight")) as tf.Tensor3D; // [n, patches, width]
  const classToken = tf.zeros([images.shape[0], 1, config.width]).add<tf.Tensor3D>(w("class_embedding")); // [n, 1, width]
  const x = tf.concat([classToken, patches], 1).add(w("positional_embedding")); // [n, 1 + patches, width]
  return layerNorm(x, w("ln_pre.weight"), w("ln_pre.bias"));
}

export function visionTransformerSpecs(specs: ParameterSpecs, config: VisionTransformerConfig): void {
  const {width, patchPx} = config;
  const normal = {normal: width ** -0.5};
  specs.set("visual.class_embedding", {shape: [width], start: normal});
  specs.set("visual.positional_embedding", {shape: [1 + gridSize(config) ** 2, width], start: normal});
  specs.set("visual.conv1.weight", {shape: [width, 3, patchPx, patchPx], start: linearStart(3 * patchPx * patchPx)});
  for (const norm of ["ln_pre", "ln_post"]) {
    specs.set(`visual.${norm}.weight`, {shape: [width], start: {constant: 1}});
    specs.set(`visual.${norm}.bias`, {shape: [width], start: {constant: 0}});
  }
  transformerSpecs(specs, "visual.transformer", config, "pytorch");
}
