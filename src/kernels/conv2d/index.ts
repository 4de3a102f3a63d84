/** Two-dimensional convolution. */
import type * as tf from "../../tensor/tf.ts";
import {conv2dReference, type Conv2dOptions} from "./reference.ts";

export type {Conv2dOptions} from "./reference.ts";

/**
 * Convolution without bias, PyTorch's `conv2d` on channels-last images.
 * x [n, h, w, c], weight [out, c, kh, kw] -> [n, floor((h + 2 padding - kh) / stride) + 1, ..., out]; zero padding.
 * Throws a RangeError where the channels do not meet or the kernel does not fit.
 */
export function conv2d(x: tf.Tensor, weight: tf.Tensor, {stride = 1, padding = 0}: Conv2dOptions = {}): tf.Tensor4D {
  if (weight.rank !== 4) throw new RangeError(`conv2d: weight must be [out, c, kh, kw], got [${weight.shape}]`);
  const [, channels, kernelHeight, kernelWidth] = weight.shape;
  if (x.rank !== 4 || x.shape.at(-1) !== channels) throw new RangeError(`conv2d: weight [${weight.shape}] expects x [n, h, w, ${channels}], got [${x.shape}]`);
  const [, height, width] = x.shape;
  if (height + 2 * padding < kernelHeight || width + 2 * padding < kernelWidth) {
    throw new RangeError(`conv2d: a kernel of ${kernelHeight} x ${kernelWidth} does not fit in x [${x.shape}] with padding ${padding}`);
  }
  return conv2dReference(x as tf.Tensor4D, weight as tf.Tensor4D, {stride, padding});
}
