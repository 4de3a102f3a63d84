/** Definition of dropout from a counter. */
import * as tf from "../../tensor/tf.ts";
import type {Draw} from "./index.ts";

/** x times a mask of 0 and 1 / (1 - rate). Reads the key back at once, as every backend but WebGPU can. */
export function dropoutReference<T extends tf.Tensor>(x: T, rate: number, {key, site}: Draw): T {
  const [seed, step] = key.dataSync<"int32">();
  return tf.mul(x, tf.tensor(dropoutMask(x.size, rate, site, seed, step), x.shape));
}

/** 0 where the i-th number of the counter, in [0, 1), is below the rate. */
export function dropoutMask(size: number, rate: number, site: number, seed: number, step: number): Float32Array {
  return Float32Array.from({length: size}, (_, i) => (pcg4d(i, site, seed, step) >>> 8) * 2 ** -24 < rate ? 0 : 1 / (1 - rate));
}

/** The first of four words of pcg4d, a hash of four words (Jarzynski and Olano 2020, "Hash functions for GPU rendering"). */
export function pcg4d(x: number, y: number, z: number, w: number): number {
  const start = (word: number) => (Math.imul(word, 1664525) + 1013904223) | 0;
  [x, y, z, w] = [start(x), start(y), start(z), start(w)];
  const mix = () => {
    x = (x + Math.imul(y, w)) | 0;
    y = (y + Math.imul(z, x)) | 0;
    z = (z + Math.imul(x, y)) | 0;
    w = (w + Math.imul(y, z)) | 0;
  };
  mix();
  [x, y, z, w] = [x ^ (x >>> 16), y ^ (y >>> 16), z ^ (z >>> 16), w ^ (w >>> 16)];
  mix();
  return x >>> 0;
}
