/** The pre-norm transformer that both towers share (Radford et al. 2021, section 2.4). What goes in and what is read out is the towers'. */
import {attention, attentionAt, layerNorm, linear, mlp, rowsAt} from "../kernels/index.ts";
import {below} from "../tensor/parameters.ts";
import type {Lookup, Parameters, ParameterSpecs, Start} from "../tensor/parameters.ts";
import type * as tf from "../tensor/tf.ts";
import type {Activation} from "./config.ts";

export interface TransformerConfig {
  width: number;
  layers: number;
  heads: number;
}

export interface BlockOptions {
  heads: number;
  causal?: boolean;
  activation: Activation;
  /** In place of the attention kernel, for masks that it does not know: [n, tokens, 3 * width] to [n, tokens, width]. */
  attend?: (qkv: tf.Tensor) => tf.Tensor;
  /** What attention adds to, where `attend` gives fewer rows than it takes; x if left out. */
  residual?: tf.Tensor;
}

/** x + attention(LN(x)), then x + MLP(LN(x)): [n, tokens, width] to the same. */
export function residualBlock(x: tf.Tensor, w: Lookup, {heads, causal = false, activation, attend = (qkv) => attention(qkv, {heads, causal}), residual = x}: BlockOptions): tf.Tensor {
  const qkv = linear(layerNorm(x, w("ln_1.weight"), w("ln_1.bias")), w("attn.in_proj_weight"), {bias: w("attn.in_proj_bias")}); // [n, tokens, 3 * width]
  const y = linear(attend(qkv), w("attn.out_proj.weight"), {bias: w("attn.out_proj.bias"), residual}); // [n, tokens, width]
  return feedForward(y, w, activation);
}

/** y + MLP(LN(y)): the second half of every block. */
export function feedForward(y: tf.Tensor, w: Lookup, activation: Activation): tf.Tensor {
  const weights = {weightIn: w("mlp.c_fc.weight"), biasIn: w("mlp.c_fc.bias"), weightOut: w("mlp.c_proj.weight"), biasOut: w("mlp.c_proj.bias")};
  return mlp(layerNorm(y, w("ln_2.weight"), w("ln_2.bias")), weights, {activation, residual: y}); // [n, tokens, width]
}

export interface TransformerOptions {
  causal?: boolean;
  activation: Activation;
}

/** All blocks under `prefix.resblocks`, one after another: [n, tokens, width] to the same. */
export function transformer(x: tf.Tensor, parameters: Parameters, prefix: string, {layers, heads}: TransformerConfig, options: TransformerOptions): tf.Tensor3D {
  for (let i = 0; i < layers; i++) x = residualBlock(x, below(parameters, `${prefix}.resblocks.${i}`), {heads, ...options});
  return x as tf.Tensor3D;
}

/**
 * What `transformer` gives at one token of each example, rows int32 [n]: [n, tokens, width] to [n, width]. Nothing else reads the
 * other tokens of the last block, so that it makes nothing of them but keys and values.
 */
export function transformerAt(x: tf.Tensor, rows: tf.Tensor1D, parameters: Parameters, prefix: string, {layers, heads, ...config}: TransformerConfig, options: TransformerOptions): tf.Tensor2D {
  if (layers === 0) return rowsAt(x, rows);
  x = transformer(x, parameters, prefix, {layers: layers - 1, heads, ...config}, options); // [n, tokens, width]
  const w = below(parameters, `${prefix}.resblocks.${layers - 1}`);
  const attend = (qkv: tf.Tensor) => attentionAt(qkv, rows, {heads, ...options}); // [n, width]
  return residualBlock(x, w, {heads, ...options, attend, residual: rowsAt(x, rows)}) as tf.Tensor2D;
}

/** How a transformer's matrices start: the text tower's by the paper's scheme, the image tower's as PyTorch starts its layers. */
export type TransformerStart = "paper" | "pytorch";

/**
 * Shapes and starts of all blocks. The scheme "paper" is OpenAI's `initialize_parameters`: normal, d^-1/2 for what reads the
 * residual stream, (2d)^-1/2 inside the MLP, and d^-1/2 (2L)^-1/2 for the two that write to it.
 */
export function transformerSpecs(specs: ParameterSpecs, prefix: string, {width, layers}: TransformerConfig, scheme: TransformerStart, blocks = "resblocks"): void {
  const writes = width ** -0.5 * (2 * layers) ** -0.5;
  const starts: Record<"in" | "out" | "fc" | "proj", Start> =
    scheme === "paper"
      ? {in: {normal: width ** -0.5}, out: {normal: writes}, fc: {normal: (2 * width) ** -0.5}, proj: {normal: writes}}
      : {in: {uniform: Math.sqrt(6 / (4 * width))}, out: linearStart(width), fc: linearStart(width), proj: linearStart(4 * width)};
  for (let i = 0; i < layers; i++) {
    const add = (path: string, shape: number[], start: Start) => specs.set(`${prefix}.${blocks}.${i}.${path}`, {shape, start});
    add("ln_1.weight", [width], {constant: 1});
    add("ln_1.bias", [width], {constant: 0});
    add("attn.in_proj_weight", [3 * width, width], starts.in);
    add("attn.in_proj_bias", [3 * width], {constant: 0});
    add("attn.out_proj.weight", [width, width], starts.out);
    add("attn.out_proj.bias", [width], {constant: 0});
    add("ln_2.weight", [width], {constant: 1});
    add("ln_2.bias", [width], {constant: 0});
    add("mlp.c_fc.weight", [4 * width, width], starts.fc);
    add("mlp.c_fc.bias", [4 * width], linearStart(width));
    add("mlp.c_proj.weight", [width, 4 * width], starts.proj);
    add("mlp.c_proj.bias", [width], linearStart(4 * width));
  }
}

/** PyTorch's start of a linear or convolutional layer, weight and bias: uniform within the inverse root of the number of inputs. */
export function linearStart(inputs: number): Start {
  return {uniform: inputs ** -0.5};
}
