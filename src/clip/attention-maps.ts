/** Where a tower looks: the attention of every block and head, recorded as the tower runs. What was looked at is not what mattered: see the occlusion lens for that. */
import {layerNorm, patchEmbedding} from "../kernels/index.ts";
import {below} from "../tensor/parameters.ts";
import type {Parameters} from "../tensor/parameters.ts";
import * as tf from "../tensor/tf.ts";
import type {Clip} from "./clip.ts";
import {gridSize} from "./config.ts";
import {residualBlock} from "./transformer.ts";

export interface AttentionMaps {
  layers: number;
  heads: number;
  /** Of the picture: the class token and the patches, row by row. Of a caption: up to its end token. */
  tokens: number;
  /** [layers, heads, tokens, tokens]: from each token (rows) to each other, each row's sum 1. */
  values: Float32Array;
}

/** Of one normalised picture [1, sizePx, sizePx, 3]. Throws a RangeError where the image tower has no attention over patches. */
export async function imageAttention({config: {image, activation}, parameters}: Clip, picture: tf.Tensor4D): Promise<AttentionMaps> {
  if (image.kind !== "vit") throw new RangeError(`attention maps are of vision transformers; this model's image tower is ${image.kind === "resnet" ? "a ResNet" : "a locked tower's features"}`);
  return record(image, () => {
    const w = below(parameters, "visual");
    const side = gridSize(image) * image.patchPx;
    const whole = side === image.sizePx ? picture : picture.slice<tf.Tensor4D>([0, 0, 0, 0], [-1, side, side, -1]);
    const patches = patchEmbedding(whole, w("conv1.weight")) as tf.Tensor3D; // [1, patches, width]
    const x = tf.concat([w("class_embedding").reshape<tf.Tensor3D>([1, 1, image.width]), patches], 1).add<tf.Tensor3D>(w("positional_embedding")); // [1, 1 + patches, width]
    return {x: layerNorm(x, w("ln_pre.weight"), w("ln_pre.bias")) as tf.Tensor3D, parameters, prefix: "visual.transformer", causal: false, activation};
  });
}

/** Of one caption's ids, start and end included and no padding. */
export async function textAttention({config: {text, activation}, parameters}: Clip, ids: number[]): Promise<AttentionMaps> {
  if (text.kind !== "transformer") throw new RangeError("attention maps are of transformers; this model's text tower is a bag of words");
  return record(text, () => {
    const words = tf.gather(parameters.get("token_embedding.weight"), tf.tensor1d(ids, "int32")); // [tokens, width]
    const x = words.add(parameters.get("positional_embedding").slice([0, 0], [ids.length, -1])).expandDims<tf.Tensor3D>(0); // [1, tokens, width]
    return {x, parameters, prefix: "transformer", causal: true, activation};
  });
}

interface Start {
  /** [1, tokens, width] */
  x: tf.Tensor3D;
  parameters: Parameters;
  prefix: string;
  causal: boolean;
  activation: Clip["config"]["activation"];
}

async function record({layers, heads}: {layers: number; heads: number}, begin: () => Start): Promise<AttentionMaps> {
  const stacked = tf.tidy(() => {
    const {x, parameters, prefix, causal, activation} = begin();
    const tokens = x.shape[1];
    const mask = causal ? tf.tidy(() => tf.linalg.bandPart(tf.ones([tokens, tokens]), -1, 0).sub(1).mul(1e9)) : tf.zeros([tokens, tokens]); // 0, and -1e9 above the diagonal
    const maps: tf.Tensor3D[] = [];
    const attend = (qkv: tf.Tensor) => {
      const width = qkv.shape[2]! / 3;
      const [q, k, v] = tf.split(qkv.squeeze<tf.Tensor2D>([0]), 3, 1).map((part) => part.reshape([tokens, heads, width / heads]).transpose<tf.Tensor3D>([1, 0, 2])); // each [heads, tokens, head width]
      const map = tf.softmax(q.matMul<tf.Tensor3D>(k, false, true).mul((width / heads) ** -0.5).add<tf.Tensor3D>(mask)); // [heads, tokens, tokens]
      maps.push(map);
      return map.matMul(v).transpose([1, 0, 2]).reshape([1, tokens, width]);
    };
    let y: tf.Tensor = x;
    for (let layer = 0; layer < layers; layer++) y = residualBlock(y, below(parameters, `${prefix}.resblocks.${layer}`), {heads, causal, activation, attend});
    return tf.stack(maps); // [layers, heads, tokens, tokens]
  });
  const values = (await stacked.data()) as Float32Array;
  const tokens = stacked.shape[2]!;
  stacked.dispose();
  return {layers, heads, tokens, values};
}
