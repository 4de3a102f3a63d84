/** Patch embedding: the first layer of a vision transformer. */
import * as tf from "../../tensor/tf.ts";
import {convolve} from "../conv2d/index.ts";
import {hasKernel} from "../fused.ts";
import {patchEmbeddingReference} from "./reference.ts";

/**
 * Cuts images into square patches, row by row, and projects each (Dosovitskiy et al. 2021); no bias, as in CLIP.
 * images [n, h, w, 3], weight [width, 3, p, p] -> [n, (h / p) * (w / p), width]. Throws a RangeError where p does not divide.
 */
export function patchEmbedding(images: tf.Tensor, weight: tf.Tensor): tf.Tensor3D {
  const [, height, width, channels] = images.shape;
  const [, channelsIn, p, pAcross] = weight.shape;
  if (weight.rank !== 4 || p !== pAcross) throw new RangeError(`patchEmbedding: weight must be [width, channels, p, p], got [${weight.shape}]`);
  if (images.rank !== 4 || channels !== channelsIn || height % p !== 0 || width % p !== 0) {
    throw new RangeError(`patchEmbedding: weight [${weight.shape}] expects images [n, h, w, ${channelsIn}] with sides that ${p} divides, got [${images.shape}]`);
  }
  if (!hasKernel("DiagonalUnroll")) return patchEmbeddingReference(images as tf.Tensor4D, weight as tf.Tensor4D);
  const patches = convolve(images, weight, {stride: p, padding: 0}); // [n, h / p, w / p, width]
  return tf.reshape(patches, [images.shape[0], -1, weight.shape[0]]); // [n, patches, width]
}
