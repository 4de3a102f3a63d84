/** The linear layer with bias, activation and residual in its epilogue. */
import type * as tf from "../../tensor/tf.ts";
import {linearReference, type LinearOptions} from "./reference.ts";

export type {LinearOptions} from "./reference.ts";

/**
 * activation(x weight^T + bias) + residual, PyTorch's `nn.Linear` with what follows it.
 * x [..., in], weight [out, in], bias [out], residual [..., out] -> [..., out].
 * Throws a RangeError where the widths do not meet.
 */
export function linear(x: tf.Tensor, weight: tf.Tensor, options: LinearOptions = {}): tf.Tensor {
  checkShapes(x, weight, options);
  return linearReference(x, weight, options);
}

function checkShapes(x: tf.Tensor, weight: tf.Tensor, {bias, residual}: LinearOptions) {
  if (weight.rank !== 2) throw new RangeError(`linear: weight must be [out, in], got [${weight.shape}]`);
  const [widthOut, widthIn] = weight.shape;
  if (x.shape.at(-1) !== widthIn) throw new RangeError(`linear: weight [${weight.shape}] expects x [..., ${widthIn}], got [${x.shape}]`);
  if (bias && (bias.rank !== 1 || bias.shape[0] !== widthOut)) throw new RangeError(`linear: weight [${weight.shape}] expects bias [${widthOut}], got [${bias.shape}]`);
  const out = [...x.shape.slice(0, -1), widthOut];
  if (residual && `${residual.shape}` !== `${out}`) throw new RangeError(`linear: residual must have the output's shape [${out}], got [${residual.shape}]`);
}
