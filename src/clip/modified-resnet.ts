/**
 * CLIP's modified ResNet: a stem of three convolutions, strides by average pooling, and an attention pool at the end
 * (Radford et al. 2021, section 2.4; He et al. 2019 for the stem). Images are channels-last here, weights PyTorch's.
 */
import {conv2d, crossAttention, linear} from "../kernels/index.ts";
import {below} from "../tensor/parameters.ts";
import type {Parameters, ParameterSpecs} from "../tensor/parameters.ts";
import * as tf from "../tensor/tf.ts";
import {batchNorm, batchNormSpecs} from "./batch-norm.ts";
import {gridSize} from "./config.ts";
import type {ModifiedResNetConfig} from "./config.ts";
import type {Mode} from "./heads.ts";
import {linearStart} from "./transformer.ts";

/** A bottleneck's output is this many times as wide as its inside. */
const expansion = 4;

/** Normalised images [n, sizePx, sizePx, 3] to features [n, 32 * width]: the attention pool before its last layer, which is the projection. */
export function modifiedResNet(images: tf.Tensor4D, parameters: Parameters, config: ModifiedResNetConfig, mode: Mode = {}): tf.Tensor2D {
  return attentionPool(resNetMap(images, parameters, config, mode), parameters, config);
}

/** The last feature map: [n, sizePx / 32, sizePx / 32, 32 * width]. */
export function resNetMap(images: tf.Tensor4D, parameters: Parameters, config: ModifiedResNetConfig, mode: Mode = {}): tf.Tensor4D {
  const w = below(parameters, "visual");
  let x = images;
  for (let i = 1; i <= 3; i++) {
    x = conv2d(x, w(`conv${i}.weight`), {stride: i === 1 ? 2 : 1, padding: 1});
    x = batchNorm(x, parameters, `visual.bn${i}`, {...mode, relu: true});
  }
  x = averagePool(x, 2); // [n, sizePx / 4, sizePx / 4, width]
  for (const {prefix, stride} of bottlenecks(config)) x = bottleneck(x, parameters, prefix, stride, mode);
  return x;
}

/** Every bottleneck in order. */
function* bottlenecks({width, layers}: ModifiedResNetConfig): Generator<{prefix: string; stride: number; inputs: number; planes: number}> {
  let inputs = width;
  for (let stage = 0; stage < 4; stage++) {
    const planes = width * 2 ** stage;
    for (let i = 0; i < layers[stage]; i++) {
      yield {prefix: `visual.layer${stage + 1}.${i}`, stride: stage > 0 && i === 0 ? 2 : 1, inputs, planes};
      inputs = planes * expansion;
    }
  }
}

function bottleneck(x: tf.Tensor4D, parameters: Parameters, prefix: string, stride: number, mode: Mode): tf.Tensor4D {
  const w = below(parameters, prefix);
  let y = batchNorm(conv2d(x, w("conv1.weight")), parameters, `${prefix}.bn1`, {...mode, relu: true});
  y = batchNorm(conv2d(y, w("conv2.weight"), {padding: 1}), parameters, `${prefix}.bn2`, {...mode, relu: true});
  y = batchNorm(conv2d(averagePool(y, stride), w("conv3.weight")), parameters, `${prefix}.bn3`, mode);
  const narrow = parameters.has(`${prefix}.downsample.0.weight`);
  const identity = narrow ? batchNorm(conv2d(averagePool(x, stride), w("downsample.0.weight")), parameters, `${prefix}.downsample.1`, mode) : x;
  return y.add<tf.Tensor4D>(identity).relu();
}

/**
 * Mean of each size x size block, what does not fill a block left out: [n, h, w, c] to [n, h / size, w / size, c]. By two sums over
 * reshapes, because WebAssembly has no gradient of tfjs's pooling.
 */
export function averagePool(x: tf.Tensor4D, size: number): tf.Tensor4D {
  if (size === 1) return x;
  const [n, height, width, channels] = x.shape;
  const [down, across] = [Math.floor(height / size), Math.floor(width / size)];
  const whole = height % size === 0 && width % size === 0 ? x : x.slice([0, 0, 0, 0], [n, down * size, across * size, channels]);
  const rows = whole.reshape([n * down, size, across * size * channels]).sum(1); // [n * down, across * size * c]
  const blocks = rows.reshape([n * down * across, size, channels]).sum(1); // [n * down * across, c]
  return blocks.div(size * size).reshape([n, down, across, channels]);
}

/** The mean pixel looks at all pixels and itself: [n, h, w, c] to [n, c]. */
function attentionPool(map: tf.Tensor4D, parameters: Parameters, {heads}: ModifiedResNetConfig): tf.Tensor2D {
  const w = below(parameters, "visual.attnpool");
  const [n, height, width, channels] = map.shape;
  const pixels = map.reshape<tf.Tensor3D>([n, height * width, channels]);
  const tokens = tf.concat([pixels.mean<tf.Tensor3D>(1, true), pixels], 1).add<tf.Tensor3D>(w("positional_embedding")); // [n, 1 + pixels, c]
  const mean = tokens.slice([0, 0, 0], [n, 1, channels]); // [n, 1, c]
  const q = linear(mean, w("q_proj.weight"), {bias: w("q_proj.bias")});
  const k = linear(tokens, w("k_proj.weight"), {bias: w("k_proj.bias")});
  const v = linear(tokens, w("v_proj.weight"), {bias: w("v_proj.bias")});
  return crossAttention(q, k, v, {heads}).reshape([n, channels]);
}

export function modifiedResNetSpecs(specs: ParameterSpecs, config: ModifiedResNetConfig): void {
  const {width} = config;
  const conv = (path: string, out: number, inputs: number, size: number) => specs.set(path, {shape: [out, inputs, size, size], start: linearStart(inputs * size * size)});
  const half = Math.floor(width / 2);
  for (const [i, inputs, out] of [[1, 3, half], [2, half, half], [3, half, width]]) {
    conv(`visual.conv${i}.weight`, out, inputs, 3);
    batchNormSpecs(specs, `visual.bn${i}`, out);
  }
  for (const {prefix, stride, inputs, planes} of bottlenecks(config)) {
    const out = planes * expansion;
    conv(`${prefix}.conv1.weight`, planes, inputs, 1);
    batchNormSpecs(specs, `${prefix}.bn1`, planes);
    conv(`${prefix}.conv2.weight`, planes, planes, 3);
    batchNormSpecs(specs, `${prefix}.bn2`, planes);
    conv(`${prefix}.conv3.weight`, out, planes, 1);
    // A gain of zero makes every bottleneck start as the identity.
    batchNormSpecs(specs, `${prefix}.bn3`, out, 0);
    if (stride > 1 || inputs !== out) {
      conv(`${prefix}.downsample.0.weight`, out, inputs, 1);
      batchNormSpecs(specs, `${prefix}.downsample.1`, out);
    }
  }
  const channels = width * 32;
  specs.set("visual.attnpool.positional_embedding", {shape: [gridSize(config) ** 2 + 1, channels], start: {normal: channels ** -0.5}});
  for (const name of ["k_proj", "q_proj", "v_proj"]) {
    specs.set(`visual.attnpool.${name}.weight`, {shape: [channels, channels], start: {normal: channels ** -0.5}});
    specs.set(`visual.attnpool.${name}.bias`, {shape: [channels], start: linearStart(channels)});
  }
}
