/** Definition of the patch embedding of a vision transformer. */
import * as tf from "../../tensor/tf.ts";
import {product} from "../product.ts";

/** images [n, h, w, channels] cut into p x p patches, row by row, each projected by weight [width, channels, p, p] -> [n, patches, width]. */
export function patchEmbeddingReference(images: tf.Tensor4D, weight: tf.Tensor4D): tf.Tensor3D {
  const [n, height, width, channels] = images.shape;
  const [widthOut, , p] = weight.shape;
  const [down, across] = [height / p, width / p];
  const cut = tf.reshape(images, [n * down, p, across, p * channels]);
  const patches = tf.reshape(tf.transpose(cut, [0, 2, 1, 3]), [n * down * across, p * p * channels]);
  const matrix = tf.reshape(tf.transpose(weight, [2, 3, 1, 0]), [p * p * channels, widthOut]); // rows in the patches' order
  return tf.reshape(product(patches, matrix), [n, down * across, widthOut]);
}
