/** One table of cases for every operation: inputs, the operation, its oracle. Odd sizes on purpose. */
import * as kernels from "../../src/kernels/index.ts";
import type {Job} from "../../src/kernels/assembly/jobs.ts";
import {attentionReference, crossAttentionReference} from "../../src/kernels/attention/reference.ts";
import {batchNormReference} from "../../src/kernels/batch-norm/reference.ts";
import {contrastiveLossReference} from "../../src/kernels/contrastive-loss/reference.ts";
import {conv2dReference} from "../../src/kernels/conv2d/reference.ts";
import {layerNormReference} from "../../src/kernels/layer-norm/reference.ts";
import {linearReference} from "../../src/kernels/linear/reference.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import * as tf from "../../src/tensor/tf.ts";
import * as oracle from "./oracle.ts";
import type {Nd} from "./oracle.ts";

export interface Case {
  name: string;
  /** Shapes of the inputs that have gradients. */
  shapes: number[][];
  op(...inputs: tf.Tensor[]): tf.Tensor;
  oracle(...inputs: Nd[]): Nd;
  /** Inputs are normal with this deviation (1). */
  spread?: number;
  /** The WebAssembly jobs that must have run where the kernels are installed; absent where there is no kernel. */
  jobs?: Job[];
  /** The definition, for sizes at which the oracle's differences would take too long. */
  definition?(...inputs: tf.Tensor[]): tf.Tensor;
}

/** The first, the last and a middle token. */
const someRows = (tokens: number) => tf.tensor1d([0, tokens - 1, tokens >> 1], "int32");

const ids = [3, 0, 6, 3, 3, 1, 5, 0, 2];

const batchNormJobs: Job[] = ["batchSums", "batchNorm", "batchNormSums", "batchNormGradient"];
const running = {mean: [0.3, -0.2, 0, 1, 0.1], variance: [0.5, 1, 2, 0.1, 1.5]};

/** The jobs of a linear layer: its activation's derivative needs a pass of its own. */
const linearJobs = (activation = "none"): Job[] => (activation === "none" ? ["product"] : ["product", "beforeActivation"]);

export const cases: Case[] = [
  {name: "linear", shapes: [[3, 7, 5], [6, 5]], op: (x, w) => kernels.linear(x, w), oracle: (x, w) => oracle.linear(x, w, {}), jobs: ["product"]},
  {name: "linear of one row and one column", shapes: [[1, 1], [1, 1], [1]], op: (x, w, bias) => kernels.linear(x, w, {bias}), oracle: (x, w, bias) => oracle.linear(x, w, {bias}), jobs: linearJobs()},
  ...(["none", "gelu", "quickGelu", "relu", "relu6"] as const).flatMap((activation) => [
    {name: `linear with bias, ${activation}`, shapes: [[9, 13], [10, 13], [10]], op: (x, w, bias) => kernels.linear(x, w, {bias, activation}), oracle: (x, w, bias) => oracle.linear(x, w, {bias, activation}), jobs: linearJobs(activation)} as Case,
    {name: `linear with bias, ${activation} and residual`, shapes: [[2, 9, 8], [17, 8], [17], [2, 9, 17]], op: (x, w, bias, residual) => kernels.linear(x, w, {bias, activation, residual}), oracle: (x, w, bias, residual) => oracle.linear(x, w, {bias, activation, residual}), jobs: linearJobs(activation)} as Case
  ]),
  {name: "linear with residual alone", shapes: [[5, 3], [4, 3], [5, 4]], op: (x, w, residual) => kernels.linear(x, w, {residual}), oracle: (x, w, residual) => oracle.linear(x, w, {residual}), jobs: ["product"]},
  ...(["gelu", "quickGelu"] as const).map((activation): Case => ({
    name: `mlp, ${activation}`, shapes: [[2, 5, 7], [9, 7], [9], [7, 9], [7], [2, 5, 7]], jobs: ["product"],
    op: (x, weightIn, biasIn, weightOut, biasOut, residual) => kernels.mlp(x, {weightIn, biasIn, weightOut, biasOut}, {activation, residual}),
    oracle: (x, weightIn, biasIn, weightOut, biasOut, residual) => oracle.linear(oracle.linear(x, weightIn, {bias: biasIn, activation}), weightOut, {bias: biasOut, residual})
  })),
  {name: "layerNorm", shapes: [[3, 7, 13], [13], [13]], op: (x, g, b) => kernels.layerNorm(x, g, b), oracle: (x, g, b) => oracle.layerNorm(x, g, b), jobs: ["layerNorm", "layerNormGradient"]},
  {name: "layerNorm of width 8", shapes: [[5, 8], [8], [8]], op: (x, g, b) => kernels.layerNorm(x, g, b, 1e-3), oracle: (x, g, b) => oracle.layerNorm(x, g, b, 1e-3), jobs: ["layerNorm", "layerNormGradient"]},
  ...[{relu: false, shape: [2, 3, 5, 7]}, {relu: true, shape: [3, 7, 6]}, {relu: true, shape: [2, 5, 8]}].map(({relu, shape}): Case => ({
    name: `batchNorm of [${shape}]${relu ? " and relu" : ""}`, shapes: [shape, shape.slice(-1), shape.slice(-1)], jobs: batchNormJobs,
    op: (x, g, b) => kernels.batchNorm(x, g, b, {relu}).y, oracle: (x, g, b) => oracle.batchNorm(x, g, b, {relu})
  })),
  {
    name: "batchNorm by running statistics", shapes: [[4, 3, 5], [5], [5]], jobs: batchNormJobs.slice(1),
    op: (x, g, b) => kernels.batchNorm(x, g, b, {epsilon: 1e-3, relu: true, running: {mean: tf.tensor1d(running.mean), variance: tf.tensor1d(running.variance)}}).y,
    oracle: (x, g, b) => oracle.batchNorm(x, g, b, {epsilon: 1e-3, relu: true, running})
  },
  ...[{n: 2, tokens: 7, width: 6, heads: 2}, {n: 1, tokens: 1, width: 4, heads: 1}, {n: 2, tokens: 5, width: 16, heads: 2}, {n: 1, tokens: 9, width: 10, heads: 2}].flatMap(({n, tokens, width, heads}) =>
    [false, true].map((causal): Case => ({
      name: `attention of ${tokens} tokens, ${heads} heads, width ${width}${causal ? ", causal" : ""}`,
      shapes: [[n, tokens, 3 * width]], op: (qkv) => kernels.attention(qkv, {heads, causal}), oracle: (qkv) => oracle.attention(qkv, {heads, causal}), jobs: ["attention", "attentionGradient"]
    }))
  ),
  ...[[7, 6, 2], [5, 16, 2], [1, 4, 1]].flatMap(([tokens, width, heads]) =>
    [false, true].map((causal): Case => ({
      name: `attention at one token of ${tokens}, ${heads} heads, width ${width}${causal ? ", causal" : ""}`,
      shapes: [[3, tokens, 3 * width]], jobs: ["attention", "attentionGradient"],
      op: (qkv) => kernels.attentionAt(qkv, someRows(tokens), {heads, causal}),
      oracle: (qkv) => oracle.rowsAt(oracle.attention(qkv, {heads, causal}), [0, tokens - 1, tokens >> 1])
    }))
  ),
  {name: "crossAttention", shapes: [[2, 3, 6], [2, 7, 6], [2, 7, 6]], op: (q, k, v) => kernels.crossAttention(q, k, v, {heads: 2}), oracle: (q, k, v) => oracle.crossAttention(q, k, v, {heads: 2}), jobs: ["attention", "attentionGradient"]},
  {name: "embedding", shapes: [[7, 5]], op: (table) => kernels.embedding(table, tf.tensor2d(ids, [3, 3], "int32")), oracle: (table) => oracle.embedding(table, {data: ids, shape: [3, 3]}), jobs: ["embedding", "embeddingGradient"]},
  {name: "patchEmbedding", shapes: [[2, 6, 9, 3], [5, 3, 3, 3]], op: (x, w) => kernels.patchEmbedding(x, w), oracle: (x, w) => oracle.patchEmbedding(x, w), jobs: ["unroll", "rollUp", "product"]},
  {name: "patchEmbedding, even", shapes: [[2, 8, 8, 3], [8, 3, 4, 4]], op: (x, w) => kernels.patchEmbedding(x, w), oracle: (x, w) => oracle.patchEmbedding(x, w), jobs: ["unroll", "rollUp", "product"]},
  ...[{k: 1, stride: 1, padding: 0}, {k: 3, stride: 1, padding: 1}, {k: 3, stride: 2, padding: 1}, {k: 2, stride: 3, padding: 0}].map(({k, stride, padding}): Case => ({
    name: `conv2d ${k}x${k}, stride ${stride}, padding ${padding}`,
    shapes: [[2, 6, 7, 3], [5, 3, k, k]], op: (x, w) => kernels.conv2d(x, w, {stride, padding}), oracle: (x, w) => oracle.conv2d(x, w, {stride, padding}), jobs: ["product"]
  })),
  {name: "l2Normalize", shapes: [[3, 3, 7]], op: (x) => kernels.l2Normalize(x), oracle: (x) => oracle.l2Normalize(x), jobs: ["l2Normalize", "l2NormalizeGradient"]},
  {name: "contrastiveLoss", shapes: [[7, 5], [7, 5], []], op: (i, t, s) => kernels.contrastiveLoss(i, t, s), oracle: (i, t, s) => oracle.contrastiveLoss(i, t, s), jobs: ["lossRows", "lossGradient"], spread: 0.6},
  {name: "contrastiveLoss of one pair", shapes: [[1, 3], [1, 3], [1]], op: (i, t, s) => kernels.contrastiveLoss(i, t, s), oracle: (i, t, s) => oracle.contrastiveLoss(i, t, s), jobs: ["lossRows", "lossGradient"], spread: 0.6},
  {name: "gelu", shapes: [[5, 7]], op: (x) => kernels.gelu(x), oracle: (x) => oracle.activate(x, "gelu"), spread: 2},
  {name: "quickGelu", shapes: [[5, 7]], op: (x) => kernels.quickGelu(x), oracle: (x) => oracle.activate(x, "quickGelu"), spread: 2}
];

/** Sizes that pass the blocks of the kernels: compared with the definitions. */
export const larger: Case[] = [
  ...[[197, 65, 130], [1, 1030, 7], [103, 8, 800], [300, 520, 17]].map(([m, n, k]): Case => ({
    name: `linear of ${m} rows, ${k} to ${n}`, shapes: [[m, k], [n, k], [n], [m, n]], jobs: linearJobs("gelu"),
    op: (x, w, bias, residual) => kernels.linear(x, w, {bias, activation: "gelu", residual}),
    definition: (x, w, bias, residual) => linearReference(x, w, {bias, activation: "gelu", residual}),
    spread: k ** -0.25, oracle: unused
  })),
  ...[{n: 2, tokens: 197, width: 96, heads: 3}, {n: 3, tokens: 65, width: 50, heads: 2}].flatMap(({n, tokens, width, heads}) =>
    [false, true].map((causal): Case => ({
      name: `attention of ${tokens} tokens, ${heads} heads, width ${width}${causal ? ", causal" : ""}`,
      shapes: [[n, tokens, 3 * width]], jobs: ["attention", "attentionGradient"], oracle: unused,
      op: (qkv) => kernels.attention(qkv, {heads, causal}), definition: (qkv) => attentionReference(qkv as tf.Tensor3D, {heads, causal})
    }))
  ),
  {
    name: "crossAttention of 65 tokens over 197", shapes: [[2, 65, 34], [2, 197, 34], [2, 197, 34]], jobs: ["attention", "attentionGradient"], oracle: unused,
    op: (q, k, v) => kernels.crossAttention(q, k, v, {heads: 2}), definition: (q, k, v) => crossAttentionReference(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D, {heads: 2})
  },
  {
    name: "layerNorm of width 197", shapes: [[65, 197], [197], [197]], jobs: ["layerNorm", "layerNormGradient"], oracle: unused,
    op: (x, g, b) => kernels.layerNorm(x, g, b), definition: (x, g, b) => layerNormReference(x, g, b)
  },
  {
    name: "batchNorm of 1001 rows", shapes: [[7, 11, 13, 22], [22], [22]], jobs: batchNormJobs, oracle: unused,
    op: (x, g, b) => kernels.batchNorm(x, g, b).y, definition: (x, g, b) => batchNormReference(x, g, b).y
  },
  {
    name: "conv2d 3x3 of 17 channels", shapes: [[3, 15, 13, 17], [22, 17, 3, 3]], jobs: ["unroll", "rollUp", "product"], oracle: unused, spread: 0.5,
    op: (x, w) => kernels.conv2d(x, w, {stride: 2, padding: 1}), definition: (x, w) => conv2dReference(x as tf.Tensor4D, w as tf.Tensor4D, {stride: 2, padding: 1})
  },
  {
    name: "contrastiveLoss of 197 pairs", shapes: [[197, 30], [197, 30], []], jobs: ["lossRows", "lossGradient"], oracle: unused, spread: 0.4,
    op: (i, t, s) => kernels.contrastiveLoss(i, t, s), definition: (i, t, s) => contrastiveLossReference(i as tf.Tensor2D, t as tf.Tensor2D, s)
  }
];

/** Shapes of matrix products, and which side is stored transposed: plain, stacked, one side shared by a stack, and (last) each side shared by the other's. */
export const products = [
  [[7, 5], [5, 9], false, false], [[5, 7], [9, 5], true, true], [[3, 2, 7, 5], [3, 2, 5, 9], false, false], [[4, 7, 5], [5, 9], false, false], [[4, 5, 7], [4, 9, 5], true, true],
  [[1, 2, 5, 7], [3, 1, 9, 5], true, true]
] as const;

/** The product by sums of products, without any matMul. */
export function productOf(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor {
  const swap = (x: tf.Tensor, swapped: boolean) => (swapped ? tf.transpose(x, [...x.shape.keys()].slice(0, -2).concat(x.rank - 1, x.rank - 2)) : x);
  return tf.tidy(() => tf.sum(tf.mul(tf.expandDims(swap(a, transposeA), -1), tf.expandDims(swap(b, transposeB), -3)), -2));
}

function unused(): Nd {
  throw new Error("this case is compared with the definition");
}

const sizeOf = (shape: number[]) => shape.reduce((a, b) => a * b, 1);

/** Inputs of a case, drawn by its name: float32 values, so that both sides see the same numbers. */
export function inputsOf({name, shapes, spread = 1}: Case): Float32Array[] {
  const random = seededRandom(name);
  return shapes.map((shape) => Float32Array.from({length: sizeOf(shape)}, () => spread * random.normal()));
}

/** The scalar whose gradients are compared: the output weighed by fixed normal numbers. */
export function weights(length: number): Float32Array {
  const random = seededRandom("weights of the output");
  return Float32Array.from({length}, () => random.normal());
}

/** Value and gradients of a case on the present backend. */
export function compute(of: Case): {value: number[]; shape: number[]; gradients: number[][]} {
  const inputs = inputsOf(of);
  const numTensors = tf.memory().numTensors;
  const result = tf.tidy(() => {
    const tensors = inputs.map((data, i) => tf.tensor(data, of.shapes[i]));
    const value = of.op(...tensors);
    const weighed = tf.tensor(weights(value.size), value.shape);
    const gradients = tf.grads((...xs: tf.Tensor[]) => tf.sum(tf.mul(of.op(...xs), weighed)))(tensors);
    return {value: Array.from(value.dataSync()), shape: value.shape, gradients: gradients.map((g) => Array.from(g.dataSync()))};
  });
  if (tf.memory().numTensors !== numTensors) throw new Error(`${of.name} leaves ${tf.memory().numTensors - numTensors} tensors behind`);
  return result;
}

/** Value and gradients by the oracle: gradients by central differences in float64. */
export function expected(of: Case): {value: number[]; shape: number[]; gradients: number[][]} {
  const inputs = inputsOf(of).map((data, i) => ({data: Float64Array.from(data), shape: of.shapes[i]}));
  const {data, shape} = of.oracle(...inputs);
  const weighed = weights(data.length);
  const objective = () => Array.from(of.oracle(...inputs).data).reduce((sum, y, i) => sum + y * weighed[i], 0);
  const step = 1e-5;
  const gradients = inputs.map((input) => Array.from(input.data, (x, i) => {
    input.data[i] = x + step;
    const above = objective();
    input.data[i] = x - step;
    const below = objective();
    input.data[i] = x;
    return (above - below) / (2 * step);
  }));
  return {value: Array.from(data), shape, gradients};
}

/** The largest of |got - wanted| / (absolute + relative |wanted|): at most 1 where they agree. */
export function disagreement(got: ArrayLike<number>, wanted: ArrayLike<number>, {relative, absolute}: {relative: number; absolute: number}): number {
  if (got.length !== wanted.length) throw new Error(`expected ${wanted.length} numbers, got ${got.length}`);
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) {
    const error = Math.abs(got[i] - wanted[i]) / Math.max(absolute, relative * Math.abs(wanted[i]));
    worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
  }
  return worst;
}
