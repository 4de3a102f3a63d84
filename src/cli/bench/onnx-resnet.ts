/** CLIP's modified ResNet as nodes of an ONNX graph, channels first. The model itself: src/clip/modified-resnet.ts. */
import {gridSize} from "../../clip/config.ts";
import type {ModifiedResNetConfig} from "../../clip/config.ts";
import type {Tower} from "./onnx.ts";

/** From the graph's input "images" [batch, 3, sizePx, sizePx] to the name of the embeddings [batch, embedDim]. */
export function resNet(tower: Tower, config: ModifiedResNetConfig): string {
  const {width, layers} = config;
  const conv = (x: string, path: string, {size = 1, stride = 1} = {}) => tower.node("Conv", [x, tower.weight(`${path}.weight`)], {kernel_shape: [size, size], strides: [stride, stride], pads: Array.from({length: 4}, () => (size - 1) / 2)})[0];
  const norm = (x: string, path: string) => tower.node("BatchNormalization", [x, ...["weight", "bias", "running_mean", "running_var"].map((name) => tower.weight(`${path}.${name}`))], {epsilon: {real: 1e-5}})[0];
  const relu = (x: string) => tower.node("Relu", [x])[0];
  const pool = (x: string, size: number) => (size === 1 ? x : tower.node("AveragePool", [x], {kernel_shape: [size, size], strides: [size, size]})[0]);

  let x = "images";
  for (let i = 1; i <= 3; i++) x = relu(norm(conv(x, `visual.conv${i}`, {size: 3, stride: i === 1 ? 2 : 1}), `visual.bn${i}`));
  x = pool(x, 2);
  for (let stage = 0; stage < 4; stage++) {
    for (let i = 0; i < layers[stage]; i++) {
      const path = `visual.layer${stage + 1}.${i}`;
      const stride = stage > 0 && i === 0 ? 2 : 1;
      const y = relu(norm(conv(relu(norm(conv(x, `${path}.conv1`), `${path}.bn1`)), `${path}.conv2`, {size: 3}), `${path}.bn2`));
      const identity = i === 0 ? norm(conv(pool(x, stride), `${path}.downsample.0`), `${path}.downsample.1`) : x;
      x = relu(tower.add(norm(conv(pool(y, stride), `${path}.conv3`), `${path}.bn3`), identity));
    }
  }
  return attentionPool(tower, x, {pixels: gridSize(config) ** 2, width: width * 32, heads: config.heads});
}

/** The mean pixel looks at all pixels and itself: [batch, width, side, side] to [batch, embedDim]. */
function attentionPool(tower: Tower, map: string, {pixels, width, heads}: {pixels: number; width: number; heads: number}): string {
  const {batch} = tower;
  const [rows] = tower.node("Transpose", [tower.node("Reshape", [map, tower.shape([batch, width, pixels])])[0]], {perm: [0, 2, 1]});
  const [mean] = tower.node("ReduceMean", [rows], {axes: [1], keepdims: 1});
  const tokens = tower.add(tower.node("Concat", [mean, rows], {axis: 1})[0], tower.weight("visual.attnpool.positional_embedding"));
  const [first] = tower.node("Slice", [tokens, tower.shape([0]), tower.shape([1]), tower.shape([1])]);
  const projected = (x: string, letter: string, count: number) => tower.heads(tower.linear(x, `visual.attnpool.${letter}_proj.weight`), {tokens: count, width, heads, turned: letter === "k"});
  const mixed = tower.attend(projected(first, "q", 1), projected(tokens, "k", pixels + 1), projected(tokens, "v", pixels + 1), {tokens: 1, width, heads});
  const [features] = tower.node("Reshape", [mixed, tower.shape([batch, width])]);
  return tower.linear(features, "visual.attnpool.c_proj.weight");
}
