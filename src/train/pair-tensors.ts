/** Rows of a pair set as the model's inputs: normalised images (or a locked tower's features) and token ids. */
import * as tf from "../tensor/tf.ts";
import {channelDeviation, channelMean} from "../clip/channels.ts";
import type {PairSet} from "../data/pairs.ts";

export {channelDeviation, channelMean};

/** What `pairTensors` needs of a tokenizer. */
export interface Encoder {
  encodeBatch(texts: string[]): {ids: Int32Array; truncated: number};
  /** What an id stands for, for showing. */
  symbol?(id: number): string | undefined;
  contextLength: number;
}

export interface PairTensors {
  /** [rows.length, sizePx, sizePx, 3] normalised, or [rows.length, featureWidth]. */
  images(rows: ArrayLike<number>): tf.Tensor;
  /**
   * [count, sizePx, sizePx, 3] normalised, of uint8 RGB pixels that are not in the set.
   * @throws RangeError where the pixels are no whole number of pictures of the set's size, or the run looks through a locked tower.
   */
  pictures(pixels: Uint8Array): tf.Tensor;
  /** int32 [rows.length, contextLength], or fewer columns where padding is trimmed: caption `captionIndices[i]` of row `rows[i]`. */
  tokens(rows: ArrayLike<number>, captionIndices: ArrayLike<number>): tf.Tensor2D;
  /** Bytes of one picture. */
  pictureBytes: number;
  /** Captions of the set that were longer than the context. */
  truncated: number;
}

export interface TensorOptions {
  features?: {data: Float32Array; width: number};
  /** Of the three channels, on pixels from 0 to 1: CLIP's unless given. */
  mean?: readonly number[];
  deviation?: readonly number[];
  /** Leaves out the padding that all captions of a batch share. A text transformer looks back only, so the end token's row stays the same. */
  trim?: boolean;
}

/** int32 [ids.length / contextLength, contextLength], or fewer columns with `trim`: up to the last that is not padding. */
export function tokenTensor(ids: Int32Array, contextLength: number, trim = false): tf.Tensor2D {
  const rows = ids.length / contextLength;
  if (!trim) return tf.tensor2d(ids, [rows, contextLength], "int32");
  let length = 1;
  ids.forEach((id, i) => id !== 0 && (length = Math.max(length, (i % contextLength) + 1)));
  const short = new Int32Array(rows * length);
  for (let row = 0; row < rows; row++) short.set(ids.subarray(row * contextLength, row * contextLength + length), row * length);
  return tf.tensor2d(short, [rows, length], "int32");
}

/** Tokenizes every caption once; pixels are normalised when a batch asks for them. */
export function pairTensors(pairs: PairSet, encoder: Encoder, {features, mean = channelMean, deviation = channelDeviation, trim}: TensorOptions = {}): PairTensors {
  const firstCaption = new Int32Array(pairs.ids.length + 1);
  pairs.captions.forEach((captions, row) => (firstCaption[row + 1] = firstCaption[row] + captions.length));
  const {ids, truncated} = encoder.encodeBatch(pairs.captions.flat());
  const {contextLength} = encoder;

  const pixelCount = pairs.sizePx * pairs.sizePx * 3;
  const normalised = levelTable(mean, deviation);
  const normalise = (pixels: Uint8Array, starts: number[]) => {
    const values = new Float32Array(starts.length * pixelCount);
    let k = 0;
    for (const start of starts) {
      for (let j = start; j < start + pixelCount; j += 3, k += 3) {
        values[k] = normalised[pixels[j]];
        values[k + 1] = normalised[256 + pixels[j + 1]];
        values[k + 2] = normalised[512 + pixels[j + 2]];
      }
    }
    return tf.tensor4d(values, [starts.length, pairs.sizePx, pairs.sizePx, 3]);
  };

  return {
    truncated,
    pictureBytes: pixelCount,
    images(rows) {
      if (features) {
        const values = new Float32Array(rows.length * features.width);
        for (let i = 0; i < rows.length; i++) values.set(features.data.subarray(rows[i] * features.width, (rows[i] + 1) * features.width), i * features.width);
        return tf.tensor2d(values, [rows.length, features.width]);
      }
      return normalise(pairs.pixels, Array.from(rows, (row) => row * pixelCount));
    },
    pictures(pixels) {
      if (features) throw new RangeError("pictures from outside cannot be embedded: this run sees only the locked tower's features of its own set");
      if (pixels.length === 0 || pixels.length % pixelCount !== 0) throw new RangeError(`pixels: expected pictures of ${pairs.sizePx} x ${pairs.sizePx} x 3 bytes, got ${pixels.length} bytes`);
      return normalise(pixels, Array.from({length: pixels.length / pixelCount}, (_, i) => i * pixelCount));
    },
    tokens(rows, captionIndices) {
      const values = new Int32Array(rows.length * contextLength);
      for (let i = 0; i < rows.length; i++) {
        const caption = firstCaption[rows[i]] + captionIndices[i];
        values.set(ids.subarray(caption * contextLength, (caption + 1) * contextLength), i * contextLength);
      }
      return tokenTensor(values, contextLength, trim);
    }
  };
}

/** The normalised value of each of the 256 levels, channel after channel. */
function levelTable(mean: readonly number[], deviation: readonly number[]): Float32Array {
  const table = new Float32Array(3 * 256);
  for (let channel = 0; channel < 3; channel++) {
    for (let level = 0; level < 256; level++) table[channel * 256 + level] = (level / 255 - mean[channel]) / deviation[channel];
  }
  return table;
}
