/** From a tower's features into the joint space: the paper's linear projection, and the residual head of the simple CLIP notebooks. */
import {dropout as drop, gelu, layerNorm, linear, type Draw} from "../kernels/index.ts";
import {below} from "../tensor/parameters.ts";
import type {Lookup, Parameters, ParameterSpecs, Start} from "../tensor/parameters.ts";
import type {Random} from "../tensor/random.ts";
import * as tf from "../tensor/tf.ts";
import {featureWidth} from "./config.ts";
import type {ClipConfig} from "./config.ts";
import {linearStart} from "./transformer.ts";

/** How a model runs: evaluation unless told otherwise. */
export interface Mode {
  /** Batch norms use the batch's statistics (and move the running ones), dropout drops. */
  training?: boolean;
  /** Where dropout's masks come from; without it nothing is dropped. */
  random?: Random;
  /** In place of `random` where a step is recorded: the next draw, from a key that is written anew before each step. */
  draw?: () => Draw;
  /** Whether a parameter is locked. A batch norm whose gain is locked keeps to its running statistics and leaves them still. */
  frozen?: (path: string) => boolean;
}

/** Features [n, width] to embeddings [n, embedDim], not yet of length 1. */
export type Head = (features: tf.Tensor2D, mode: Mode) => tf.Tensor2D;

/** Anything that takes features into the joint space: the paper's matrix [width, embedDim], or a head. */
export type Projection = tf.Tensor2D | Head;

/** The paper's `np.dot(features, W)`, for matrices and heads alike. */
export function dot(features: tf.Tensor2D, W: Projection, mode: Mode = {}): tf.Tensor2D {
  return typeof W === "function" ? W(features, mode) : features.matMul(W) as tf.Tensor2D;
}

/** The head's projection W_i or W_t, as configured. */
export function projectionOf(side: "image" | "text", config: ClipConfig, parameters: Parameters): Projection {
  const kind = side === "image" ? config.imageHead : config.textHead;
  if (kind === "none") return (features) => features;
  if (kind === "residual") {
    const w = below(parameters, `${side}_head`);
    return (features, mode) => residualHead(features, w, {dropout: config.headDropout, ...mode});
  }
  if (side === "text") return parameters.get("text_projection") as tf.Tensor as tf.Tensor2D;
  if (config.image.kind !== "resnet") return parameters.get("visual.proj") as tf.Tensor as tf.Tensor2D;
  // The ResNet's projection is the last layer of its attention pool, and has a bias.
  const w = below(parameters, "visual.attnpool.c_proj");
  return (features) => linear(features, w("weight"), {bias: w("bias")}) as tf.Tensor2D;
}

/**
 * p = Linear(x); LayerNorm(p + Dropout(Linear(GELU(p)))): [n, width] to [n, embedDim]. After M. M. Shariatnia's Simple CLIP (2021).
 */
export function residualHead(x: tf.Tensor2D, w: Lookup, {dropout = 0, training = false, random, draw = random && (() => drawFrom(random))}: {dropout?: number} & Mode = {}): tf.Tensor2D {
  const projected = linear(x, w("projection.weight"), {bias: w("projection.bias")}); // [n, embedDim]
  const changed = linear(gelu(projected), w("fc.weight"), {bias: w("fc.bias")});
  const kept = training && draw && dropout > 0 ? drop(changed, dropout, draw()) : changed;
  return layerNorm(kept.add(projected), w("layer_norm.weight"), w("layer_norm.bias")) as tf.Tensor2D;
}

/** A draw of its own, with a seed from a generator. */
function drawFrom(random: Random): Draw {
  return {key: tf.tensor1d([random.integer(2 ** 31), 0], "int32"), site: 0};
}

export function headSpecs(specs: ParameterSpecs, side: "image" | "text", config: ClipConfig): void {
  const kind = side === "image" ? config.imageHead : config.textHead;
  const width = featureWidth(config[side]);
  const {embedDim} = config;
  if (kind === "linear" && config[side].kind !== "resnet") {
    specs.set(side === "image" ? "visual.proj" : "text_projection", {shape: [width, embedDim], start: {normal: width ** -0.5}});
  } else if (kind === "linear") {
    specs.set("visual.attnpool.c_proj.weight", {shape: [embedDim, width], start: {normal: width ** -0.5}});
    specs.set("visual.attnpool.c_proj.bias", {shape: [embedDim], start: linearStart(width)});
  } else if (kind === "residual") {
    const add = (path: string, shape: number[], start: Start) => specs.set(`${side}_head.${path}`, {shape, start});
    add("projection.weight", [embedDim, width], linearStart(width));
    add("projection.bias", [embedDim], linearStart(width));
    add("fc.weight", [embedDim, embedDim], linearStart(embedDim));
    add("fc.bias", [embedDim], linearStart(embedDim));
    add("layer_norm.weight", [embedDim], {constant: 1});
    add("layer_norm.bias", [embedDim], {constant: 0});
  }
}
