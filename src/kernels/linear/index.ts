/** The linear layer with bias, activation and residual in its epilogue. */
import type * as tf from "../../tensor/tf.ts";
import {fused, hasKernel, isRecording, runKernel} from "../fused.ts";
import type {ProductAttributes} from "./native.ts";
import {linearReference, type LinearOptions} from "./reference.ts";

export type {LinearOptions} from "./reference.ts";

/**
 * activation(x weight^T + bias) + residual, PyTorch's `nn.Linear` with what follows it.
 * x [..., in], weight [out, in], bias [out], residual [..., out] -> [..., out].
 * Throws a RangeError where the widths do not meet.
 */
export function linear(x: tf.Tensor, weight: tf.Tensor, options: LinearOptions = {}): tf.Tensor {
  checkShapes(x, weight, options);
  if (!hasKernel("DiagonalProduct")) return linearReference(x, weight, options);
  const {bias, activation = "none", residual} = options;
  const inputs = {x, weight, ...(bias && {bias}), ...(residual && {residual})};
  const keepSlope = activation !== "none" && isRecording();
  return fused(
    inputs,
    (save) => {
      const [y, slope] = product(x, weight, {bAcross: true, activation, keepSlope, bias, residual, shape: [...x.shape.slice(0, -1), weight.shape[0]]});
      save(keepSlope ? [x, weight, slope] : [x, weight]);
      return y;
    },
    (dy, [x, weight, slope]) => {
      const dz = slope ? runKernel("DiagonalBeforeActivation", {dy, slope}, {})[0] : dy;
      return {x: () => product(dz, weight, {shape: x.shape})[0], ...weightGradients(dz, x, weight, bias), residual: () => dy.clone()};
    }
  );
}

/** The gradients of a weight and its bias from dz, that of x weight^T + bias: one pass over dz gives both. */
export function weightGradients(dz: tf.Tensor, x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor | undefined): {weight: () => tf.Tensor; bias: () => tf.Tensor} {
  if (!bias) return {weight: () => product(dz, x, {aAcross: true, shape: weight.shape, gradientOf: weight})[0], bias: () => dz};
  const [ofWeight, ofBias] = product(dz, x, {aAcross: true, shape: weight.shape, keepSums: true, gradientOf: weight, sumsOf: bias});
  return {weight: () => ofWeight, bias: () => ofBias};
}

interface ProductInputs {
  bias?: tf.Tensor;
  residual?: tf.Tensor;
  /** Of the result's shape, which is multiplied by it. */
  factor?: tf.Tensor;
  /** The parameters whose gradients the product and its sums are, so that they can be written where the optimizer wants them. */
  gradientOf?: tf.Tensor;
  sumsOf?: tf.Tensor;
}

/** A product of two matrices, each with its leading axes taken together; `across` says that a matrix is stored transposed. */
export function product(a: tf.Tensor, b: tf.Tensor, {bias, residual, factor, gradientOf, sumsOf, shape, ...options}: {shape: number[]} & ProductInputs & Partial<ProductAttributes>): tf.Tensor[] {
  const n = options.bAcross ? b.shape[0] : b.shape[b.rank - 1];
  const m = options.aAcross ? a.shape[a.rank - 1] : a.size / a.shape[a.rank - 1];
  const k = options.aAcross ? a.size / m : a.shape[a.rank - 1];
  const attributes: ProductAttributes = {aAcross: false, bAcross: false, activation: "none", keepSlope: false, keepSums: false, ...options, m, n, k, shape};
  return runKernel("DiagonalProduct", {a, b, bias, residual, factor, gradientOf, sumsOf}, attributes);
}

/** Throws the RangeErrors of a linear layer. */
export function checkShapes(x: {shape: number[]}, weight: tf.Tensor, {bias, residual}: LinearOptions) {
  if (weight.rank !== 2) throw new RangeError(`linear: weight must be [out, in], got [${weight.shape}]`);
  const [widthOut, widthIn] = weight.shape;
  if (x.shape.at(-1) !== widthIn) throw new RangeError(`linear: weight [${weight.shape}] expects x [..., ${widthIn}], got [${x.shape}]`);
  if (bias && (bias.rank !== 1 || bias.shape[0] !== widthOut)) throw new RangeError(`linear: weight [${weight.shape}] expects bias [${widthOut}], got [${bias.shape}]`);
  const out = [...x.shape.slice(0, -1), widthOut];
  if (residual && `${residual.shape}` !== `${out}`) throw new RangeError(`linear: residual must have the output's shape [${out}], got [${residual.shape}]`);
}
