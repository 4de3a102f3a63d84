/** Definition of convolution: one matrix product over unrolled windows (im2col), so that every gradient is a product too. */
import * as tf from "../../tensor/tf.ts";
import {product} from "../product.ts";

export interface Conv2dOptions {
  stride?: number;
  padding?: number;
}

/** x [n, h, w, c], weight [out, c, kh, kw] -> [n, h', w', out], zero padding on every side. */
export function conv2dReference(x: tf.Tensor4D, weight: tf.Tensor4D, {stride = 1, padding = 0}: Conv2dOptions = {}): tf.Tensor4D {
  const [n, height, width, channels] = x.shape;
  const [out, , kernelHeight, kernelWidth] = weight.shape;
  const down = Math.floor((height + 2 * padding - kernelHeight) / stride) + 1;
  const across = Math.floor((width + 2 * padding - kernelWidth) / stride) + 1;
  const windows: tf.Tensor4D[] = [];
  const roomy = padTo(x, padding, (down - 1) * stride + kernelHeight + stride, (across - 1) * stride + kernelWidth + stride);
  for (let row = 0; row < kernelHeight; row++) {
    for (let column = 0; column < kernelWidth; column++) windows.push(everyStride(roomy, row, column, down, across, stride));
  }
  const unrolled = tf.reshape(windows.length > 1 ? tf.concat(windows, 3) : windows[0], [n * down * across, kernelHeight * kernelWidth * channels]);
  const matrix = tf.reshape(tf.transpose(weight, [2, 3, 1, 0]), [kernelHeight * kernelWidth * channels, out]);
  return tf.reshape(product(unrolled, matrix), [n, down, across, out]);
}

/** Zero padding before, and after it as much as makes the sides what is asked (never cutting off). */
function padTo(x: tf.Tensor4D, before: number, height: number, width: number): tf.Tensor4D {
  const after = (wanted: number, has: number) => Math.max(0, wanted - has - before);
  const [down, across] = [after(height, x.shape[1]), after(width, x.shape[2])];
  return before + down + across === 0 ? x : tf.pad(x, [[0, 0], [before, down], [before, across], [0, 0]]);
}

/** Every stride-th pixel from (row, column): [n, down, across, c]; by reshaping, because tfjs's strided slice has no gradient. */
function everyStride(x: tf.Tensor4D, row: number, column: number, down: number, across: number, stride: number): tf.Tensor4D {
  const [n, , , channels] = x.shape;
  const block = tf.slice(x, [0, row, column, 0], [n, down * stride, across * stride, channels]);
  if (stride === 1) return block;
  const cells = tf.reshape(block, [n * down, stride, across, stride * channels]);
  return tf.reshape(tf.slice(cells, [0, 0, 0, 0], [n * down, 1, across, channels]), [n, down, across, channels]);
}
