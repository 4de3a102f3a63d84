/**
 * CoCa (Yu et al. 2022) as open_clip defines it: CLIP's two towers, the image's read out by an attentional pooler and the text's by
 * a class token, and a decoder that writes the caption while it looks at the image. Names are open_clip's.
 */
import {contrastiveLoss, crossAttention, embedding, l2Normalize, layerNorm, linear} from "../kernels/index.ts";
import {below, createParameters} from "../tensor/parameters.ts";
import type {Lookup, Parameters, ParameterSpecs} from "../tensor/parameters.ts";
import type {Random} from "../tensor/random.ts";
import * as tf from "../tensor/tf.ts";
import {startingLogitScaleLog} from "./clip.ts";
import type {ClipConfig, Json, TextTransformerConfig, VisionTransformerConfig} from "./config.ts";
import {feedForward, residualBlock, transformerSpecs} from "./transformer.ts";
import type {TransformerConfig} from "./transformer.ts";
import {visionTokens, visionTransformerSpecs} from "./vision-transformer.ts";

/** CLIP's configuration, and what CoCa adds. Its heads are always linear. */
export interface CocaConfig extends ClipConfig {
  image: VisionTransformerConfig & {poolerHeads: number; poolerQueries: number};
  text: TextTransformerConfig & {padId: number};
  decoder: TransformerConfig & {vocabularySize: number};
  /** The contrastive loss counts once, the caption's this often. */
  captionWeight: number;
}

/** Reads open_clip's model file: `vision_cfg`, `text_cfg` and `multimodal_cfg`. */
export function cocaConfigFromJson(json: Json): CocaConfig {
  const part = (name: string) => (json[name] ?? {}) as Record<string, number | undefined>;
  const [vision, text, decoder] = [part("vision_cfg"), part("text_cfg"), part("multimodal_cfg")];
  const {width = 768, head_width: headWidth = 64} = vision;
  return {
    embedDim: json["embed_dim"] as number,
    activation: json["quick_gelu"] === true ? "quickGelu" : "gelu",
    image: {
      kind: "vit", sizePx: vision["image_size"] ?? 224, patchPx: vision["patch_size"] ?? 16, width, layers: vision["layers"] ?? 12, heads: width / headWidth,
      poolerHeads: vision["attn_pooler_heads"] ?? 8, poolerQueries: vision["attn_pooler_queries"] ?? vision["n_queries"] ?? 256
    },
    text: {
      kind: "transformer", contextLength: text["context_length"] ?? 77, vocabularySize: text["vocab_size"] ?? 49408, width: text["width"] ?? 512,
      heads: text["heads"] ?? 8, layers: text["layers"] ?? 12, padId: text["pad_id"] ?? 0
    },
    decoder: {width: decoder["width"] ?? 512, heads: decoder["heads"] ?? 8, layers: decoder["layers"] ?? 12, vocabularySize: decoder["vocab_size"] ?? text["vocab_size"] ?? 49408},
    captionWeight: 2,
    imageHead: "linear",
    textHead: "linear",
    headDropout: 0
  };
}

/** The same as open_clip's model file, which its `CoCa` is built from. */
export function cocaConfigToOpenClip({embedDim, activation, image, text, decoder}: CocaConfig): Json {
  const reads = (tower: TransformerConfig & {vocabularySize: number}) => ({context_length: text.contextLength, vocab_size: tower.vocabularySize, width: tower.width, heads: tower.heads, layers: tower.layers});
  return {
    embed_dim: embedDim,
    quick_gelu: activation === "quickGelu",
    custom_text: true,
    vision_cfg: {
      image_size: image.sizePx, patch_size: image.patchPx, width: image.width, head_width: image.width / image.heads, layers: image.layers,
      attentional_pool: true, attn_pooler_heads: image.poolerHeads, attn_pooler_queries: image.poolerQueries, output_tokens: true
    },
    text_cfg: {...reads(text), embed_cls: true, output_tokens: true, pad_id: text.padId},
    multimodal_cfg: reads(decoder)
  };
}

/** What one batch gives; n pairs. */
export interface CocaOutput {
  /** [n, embedDim], of length 1 */
  I_e: tf.Tensor2D;
  T_e: tf.Tensor2D;
  /** [n, tokens, vocabularySize]: row k is about token k + 1 */
  logits: tf.Tensor3D;
}

export interface Coca {
  config: CocaConfig;
  parameters: Parameters;
  /** Normalised images [n, side, side, 3] and token ids [n, tokens], int32. */
  forward(images: tf.Tensor4D, tokens: tf.Tensor2D): CocaOutput;
  losses(output: CocaOutput, tokens: tf.Tensor2D): {contrastive: tf.Scalar; caption: tf.Scalar; total: tf.Scalar};
  /** One tower alone: the image's embedding [n, embedDim], not of length 1, and what the decoder looks at, [n, queries - 1, embedDim]. */
  encodeImage(images: tf.Tensor4D): {pooled: tf.Tensor2D; rest: tf.Tensor3D};
  /** [n, embedDim], not of length 1. */
  encodeText(tokens: tf.Tensor2D): tf.Tensor2D;
  /** Log-probabilities of the token behind the last one of each row, [n, vocabularySize]. No padding: all rows are equally long. */
  nextToken(rest: tf.Tensor3D, tokens: tf.Tensor2D): tf.Tensor2D;
  dispose(): void;
}

/** A CoCa with parameters of its own, which `dispose` frees. Its methods make tensors: call them inside `tf.tidy`. */
export function createCoca(config: CocaConfig, {random, values}: {random: Random; values?: ReadonlyMap<string, Float32Array>}): Coca {
  const parameters = createParameters(cocaSpecs(config), {random, values});
  return {
    config,
    parameters,
    forward(images, tokens) {
      const {pooled, rest} = encodeImage(images, parameters, config);
      const {summary, words} = encodeText(tokens, parameters, config);
      return {I_e: l2Normalize(pooled) as tf.Tensor2D, T_e: l2Normalize(summary) as tf.Tensor2D, logits: decode(words, rest, parameters, config)};
    },
    losses({I_e, T_e, logits}, tokens) {
      const contrastive = contrastiveLoss(I_e, T_e, parameters.get("logit_scale")) as tf.Scalar;
      const caption = captionLoss(logits, tokens, config.text.padId);
      return {contrastive, caption, total: contrastive.add(caption.mul(config.captionWeight))};
    },
    encodeImage: (images) => encodeImage(images, parameters, config),
    encodeText: (tokens) => encodeText(tokens, parameters, config).summary,
    nextToken(rest, tokens) {
      const [n, length] = tokens.shape;
      const {vocabularySize} = config.decoder;
      const logits = decode(encodeText(tokens, parameters, config).words, rest, parameters, config);
      return tf.logSoftmax(logits.slice([0, length - 1, 0], [n, 1, vocabularySize]).reshape<tf.Tensor2D>([n, vocabularySize]));
    },
    dispose: () => parameters.dispose()
  };
}

/** The pooler's first query is the image's embedding, the others are what the decoder looks at: [n, embedDim] and [n, queries - 1, embedDim]. */
function encodeImage(images: tf.Tensor4D, parameters: Parameters, {image, activation, embedDim}: CocaConfig): {pooled: tf.Tensor2D; rest: tf.Tensor3D} {
  const tokens = visionTokens(images, parameters, image, activation); // [n, 1 + patches, width]
  const w = below(parameters, "visual");
  const read = layerNorm(attentionalPooler(tokens, below(parameters, "visual.attn_pool"), {heads: image.poolerHeads, packed: isPacked(image, embedDim)}), w("ln_post.weight"), w("ln_post.bias")) as tf.Tensor3D; // [n, queries, embedDim]
  const first = read.slice([0, 0, 0], [-1, 1, -1]).reshape<tf.Tensor2D>([-1, embedDim]);
  return {pooled: first.matMul(w("proj")) as tf.Tensor2D, rest: read.slice([0, 1, 0], [-1, -1, -1])};
}

/** PyTorch's attention keeps its three projections in one matrix where all are equally wide, and apart where they are not. */
const isPacked = ({width}: CocaConfig["image"], embedDim: number) => width === embedDim;

/** Learned queries look at all tokens: [n, tokens, width] to [n, queries, embedDim]. */
function attentionalPooler(tokens: tf.Tensor3D, w: Lookup, {heads, packed}: {heads: number; packed: boolean}): tf.Tensor {
  const context = layerNorm(tokens, w("ln_k.weight"), w("ln_k.bias"));
  const queries = layerNorm(w("query"), w("ln_q.weight"), w("ln_q.bias")); // [queries, embedDim]
  const [qBias, kBias, vBias] = tf.split(w("attn.in_proj_bias"), 3);
  const [qWeight, kWeight, vWeight] = packed ? tf.split(w("attn.in_proj_weight"), 3) : ["q", "k", "v"].map((one) => w(`attn.${one}_proj_weight`));
  const q = linear(queries, qWeight, {bias: qBias}); // [queries, embedDim]
  const k = linear(context, kWeight, {bias: kBias}); // [n, tokens, embedDim]
  const v = linear(context, vWeight, {bias: vBias});
  const same = tf.zeros([tokens.shape[0], 1, 1]).add(q); // [n, queries, embedDim]: the same queries for every image
  return linear(crossAttention(same, k, v, {heads}), w("attn.out_proj.weight"), {bias: w("attn.out_proj.bias")});
}

/** A class token behind the caption sums it up: [n, embedDim], and the words' own rows [n, tokens, width]. */
function encodeText(tokens: tf.Tensor2D, parameters: Parameters, {text, activation}: CocaConfig): {summary: tf.Tensor2D; words: tf.Tensor3D} {
  const [n, length] = tokens.shape;
  const w = below(parameters, "text");
  const classToken = tf.zeros([n, 1, text.width]).add<tf.Tensor3D>(w("cls_emb"));
  const words = embedding(w("token_embedding.weight"), tokens) as tf.Tensor3D;
  let x: tf.Tensor = tf.concat([words, classToken], 1).add(w("positional_embedding").slice([0, 0], [length + 1, -1])); // [n, tokens + 1, width]
  const mask = classMask(tokens, text.padId);
  const attend = (qkv: tf.Tensor) => maskedAttention(qkv as tf.Tensor3D, text.heads, mask);
  for (let i = 0; i < text.layers; i++) x = residualBlock(x, below(parameters, `text.transformer.resblocks.${i}`), {heads: text.heads, activation, attend});
  const last = x.slice([0, length, 0], [n, 1, text.width]).reshape([n, text.width]);
  const summary = layerNorm(last, w("ln_final.weight"), w("ln_final.bias")).matMul(w("text_projection")) as tf.Tensor2D;
  return {summary, words: x.slice([0, 0, 0], [n, length, text.width]) as tf.Tensor3D};
}

/**
 * What each row may look at, added to the scores: [n, 1, tokens + 1, tokens + 1], 0 or -1e9. Words look back; the class token, last,
 * looks at the first column and, as open_clip has it, at the column after each token that is not padding.
 */
function classMask(tokens: tf.Tensor2D, padId: number): tf.Tensor4D {
  const [n, length] = tokens.shape;
  const size = length + 1;
  const causal = tf.linalg.bandPart(tf.ones([size, size]), -1, 0).reshape([1, size, size]);
  const seen = tf.concat([tf.ones([n, 1]), tokens.notEqual(padId).toFloat()], 1).reshape([n, 1, size]);
  const allowed = tf.concat([tf.ones([n, length, size]), seen], 1).mul(causal);
  return allowed.sub(1).mul(1e9).reshape([n, 1, size, size]);
}

/** Multi-head attention with any mask that is added to the scores: qkv [n, tokens, 3 * width] to [n, tokens, width]. */
function maskedAttention(qkv: tf.Tensor3D, heads: number, mask: tf.Tensor4D): tf.Tensor {
  const [n, tokens, packed] = qkv.shape;
  const headWidth = packed / 3 / heads;
  const [q, k, v] = tf.split(qkv.reshape([n, tokens, 3 * heads, headWidth]).transpose([0, 2, 1, 3]), 3, 1) as tf.Tensor4D[]; // each [n, heads, tokens, headWidth]
  const scores = q.mul(headWidth ** -0.5).matMul(k, false, true).add<tf.Tensor4D>(mask);
  return tf.softmax(scores).matMul(v).transpose([0, 2, 1, 3]).reshape([n, tokens, heads * headWidth]);
}

/** Words look back at themselves, then at the image, layer by layer: logits of the next token, [n, tokens, vocabularySize]. */
function decode(words: tf.Tensor3D, image: tf.Tensor3D, parameters: Parameters, {decoder, activation}: CocaConfig): tf.Tensor3D {
  let x: tf.Tensor = words;
  for (let i = 0; i < decoder.layers; i++) {
    x = residualBlock(x, below(parameters, `text_decoder.resblocks.${i}`), {heads: decoder.heads, causal: true, activation});
    x = crossBlock(x, image, below(parameters, `text_decoder.cross_attn.${i}`), decoder.heads, activation);
  }
  const w = below(parameters, "text_decoder");
  const [n, tokens, width] = words.shape;
  const rows = layerNorm(x, w("ln_final.weight"), w("ln_final.bias")).reshape([n * tokens, width]);
  return rows.matMul(w("text_projection")).reshape([n, tokens, decoder.vocabularySize]);
}

/** A block whose queries are the words and whose keys and values are the image's tokens. */
function crossBlock(x: tf.Tensor, image: tf.Tensor3D, w: Lookup, heads: number, activation: ClipConfig["activation"]): tf.Tensor {
  const [qWeight, kWeight, vWeight] = tf.split(w("attn.in_proj_weight"), 3);
  const [qBias, kBias, vBias] = tf.split(w("attn.in_proj_bias"), 3);
  const context = layerNorm(image, w("ln_1_kv.weight"), w("ln_1_kv.bias"));
  const q = linear(layerNorm(x, w("ln_1.weight"), w("ln_1.bias")), qWeight, {bias: qBias});
  const mixed = crossAttention(q, linear(context, kWeight, {bias: kBias}), linear(context, vWeight, {bias: vBias}), {heads});
  return feedForward(linear(mixed, w("attn.out_proj.weight"), {bias: w("attn.out_proj.bias"), residual: x}), w, activation);
}

/** Mean cross-entropy of each next token, padding left out. logits [n, tokens, vocabulary]; a scalar. */
export function captionLoss(logits: tf.Tensor3D, tokens: tf.Tensor2D, padId: number): tf.Scalar {
  const [n, length, vocabulary] = logits.shape;
  const next = tokens.slice([0, 1], [n, length - 1]); // [n, tokens - 1]
  const counted = next.notEqual(padId).toFloat();
  const right = tf.oneHot(next.toInt() as tf.Tensor2D, vocabulary).toFloat();
  const log = tf.logSoftmax(logits.slice([0, 0, 0], [n, length - 1, vocabulary]).reshape([n * (length - 1), vocabulary])).reshape([n, length - 1, vocabulary]);
  return log.mul(right).sum(2).mul(counted).sum().div<tf.Scalar>(counted.sum()).neg();
}

/** Shapes and starts of every parameter; open_clip starts text and decoder by CLIP's scheme. */
export function cocaSpecs(config: CocaConfig): ParameterSpecs {
  const specs: ParameterSpecs = new Map();
  const {image, text, decoder, embedDim} = config;
  const set = (path: string, shape: number[], start: {normal: number} | {constant: number}) => specs.set(path, {shape, start});
  const norm = (path: string, width: number) => {
    set(`${path}.weight`, [width], {constant: 1});
    set(`${path}.bias`, [width], {constant: 0});
  };
  set("logit_scale", [], {constant: startingLogitScaleLog});
  visionTransformerSpecs(specs, image);
  norm("visual.ln_post", embedDim); // behind the pooler, so not as wide as the tower
  set("visual.proj", [embedDim, embedDim], {normal: embedDim ** -0.5});
  set("visual.attn_pool.query", [image.poolerQueries, embedDim], {normal: 1});
  if (isPacked(image, embedDim)) set("visual.attn_pool.attn.in_proj_weight", [3 * embedDim, embedDim], {normal: (2 / (4 * embedDim)) ** 0.5});
  else for (const [name, inputs] of [["q", embedDim], ["k", image.width], ["v", image.width]] as const) set(`visual.attn_pool.attn.${name}_proj_weight`, [embedDim, inputs], {normal: (2 / (embedDim + inputs)) ** 0.5});
  set("visual.attn_pool.attn.in_proj_bias", [3 * embedDim], {constant: 0});
  set("visual.attn_pool.attn.out_proj.weight", [embedDim, embedDim], {normal: (3 * embedDim) ** -0.5});
  set("visual.attn_pool.attn.out_proj.bias", [embedDim], {constant: 0});
  norm("visual.attn_pool.ln_q", embedDim);
  norm("visual.attn_pool.ln_k", image.width);
  set("text.cls_emb", [text.width], {normal: 0.01});
  set("text.positional_embedding", [text.contextLength + 1, text.width], {normal: 0.01});
  set("text.token_embedding.weight", [text.vocabularySize, text.width], {normal: 0.02});
  set("text.text_projection", [text.width, embedDim], {normal: text.width ** -0.5});
  transformerSpecs(specs, "text.transformer", text, "paper");
  norm("text.ln_final", text.width);
  transformerSpecs(specs, "text_decoder", decoder, "paper");
  transformerSpecs(specs, "text_decoder", decoder, "paper", "cross_attn");
  for (let i = 0; i < decoder.layers; i++) norm(`text_decoder.cross_attn.${i}.ln_1_kv`, decoder.width);
  norm("text_decoder.ln_final", decoder.width);
  set("text_decoder.text_projection", [decoder.width, decoder.vocabularySize], {normal: decoder.width ** -0.5});
  return specs;
}
