/** Two-dimensional convolution. */
import * as tf from "../../tensor/tf.ts";
import {fused, hasKernel, runKernel} from "../fused.ts";
import {product} from "../linear/index.ts";
import type {WindowAttributes} from "./native.ts";
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
  if (!hasKernel("DiagonalUnroll")) return conv2dReference(x as tf.Tensor4D, weight as tf.Tensor4D, {stride, padding});
  return convolve(x, weight, {stride, padding});
}

/** The kernel: windows unrolled into rows, times the weight; the same rows are made again for the weight's gradient rather than kept. */
export function convolve(x: tf.Tensor, weight: tf.Tensor, {stride, padding}: {stride: number; padding: number}): tf.Tensor4D {
  const [n, height, width] = x.shape;
  const [out, channels, kernelHeight, kernelWidth] = weight.shape;
  const down = Math.floor((height + 2 * padding - kernelHeight) / stride) + 1;
  const across = Math.floor((width + 2 * padding - kernelWidth) / stride) + 1;
  const attributes: WindowAttributes = {shape: x.shape, kernelHeight, kernelWidth, stride, padding, down, across};
  const single = kernelHeight * kernelWidth === 1 && stride === 1 && padding === 0;
  const unroll = (x: tf.Tensor) => single ? x : runKernel("DiagonalUnroll", {x}, attributes)[0]; // [n * down * across, kh * kw * c]
  // On WebAssembly the rows have the channels last, as the images do, and the weight follows: [out, kh, kw, c]. On WebGPU the rows follow the weight.
  const asStored = tf.getBackend() === "webgpu";
  const asRows = (weight: tf.Tensor) => tf.reshape(asStored ? weight : tf.transpose(weight, [0, 2, 3, 1]), [out, -1]);
  return fused(
    {x, weight},
    (save) => {
      save([x, weight]);
      return product(unroll(x), asRows(weight), {bAcross: true, shape: [n, down, across, out]})[0];
    },
    (dy, [x, weight]) => ({
      x: () => {
        const rows = product(dy, asRows(weight), {shape: single ? x.shape : [n * down * across, kernelHeight * kernelWidth * channels]})[0];
        return single ? rows : runKernel("DiagonalRollUp", {rows}, attributes)[0];
      },
      weight: () => asStored ? product(dy, unroll(x), {aAcross: true, shape: weight.shape, gradientOf: weight})[0] : tf.transpose(product(dy, unroll(x), {aAcross: true, shape: [out, kernelHeight, kernelWidth, channels]})[0], [0, 3, 1, 2])
    })
  ) as tf.Tensor4D;
}
