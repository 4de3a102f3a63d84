/** Rows, pictures and sentences through a model in evaluation mode, a chunk at a time, and recall on what comes out. Trains nothing. */
import {pairedRecall, recall} from "../evaluate/retrieval.ts";
import {l2Normalize} from "../kernels/index.ts";
import {imageAttention, textAttention} from "../clip/attention-maps.ts";
import type {Clip} from "../clip/clip.ts";
import type {Gallery} from "../data/select.ts";
import {concatenate} from "../tensor/concatenate.ts";
import * as tf from "../tensor/tf.ts";
import {tokenTensor} from "./pair-tensors.ts";
import type {Encoder, PairTensors} from "./pair-tensors.ts";
import type {AttentionQuestion, EmbeddedPairs, HeldOutRecall} from "./protocol.ts";

export interface EmbedderParts {
  encoder: Encoder;
  tensors: PairTensors;
  /** Held-out rows with all their captions, where recall is measured by the full protocol; absent: on the watched pairs. */
  protocol?: {rows: Int32Array; captionCounts: Int32Array};
  /** Pairs embedded at once. */
  chunk: number;
  /** Sentences are embedded without the padding they share; see `TensorOptions`. */
  trim?: boolean;
  /** The model as it is now. */
  model(): Clip;
  /** Runs `use` with the parameters that are to be judged in place: the averaged ones, where there are such. */
  judged<T>(use: () => T): T;
}

/** The pairs' embeddings are of length 1, row after row. */
export function createEmbedder({encoder, tensors, protocol, chunk, trim, model, judged}: EmbedderParts) {
  /** Runs `encode` over the rows in chunks and gathers the normalised embeddings, [count, width]. */
  async function embedChunks(count: number, encode: (first: number, size: number) => tf.Tensor2D): Promise<Float32Array> {
    const parts: Float32Array[] = [];
    for (let first = 0; first < count; first += chunk) {
      const embedded = judged(() => tf.tidy(() => l2Normalize(encode(first, Math.min(chunk, count - first)))));
      parts.push((await embedded.data()) as Float32Array);
      embedded.dispose();
    }
    return concatenate(parts);
  }

  const part = (rows: ArrayLike<number>, first: number, size: number): number[] => Array.prototype.slice.call(rows, first, first + size);
  const width = () => model().config.embedDim;

  const images = (rows: ArrayLike<number>) => embedChunks(rows.length, (first, size) => model().encodeImage(tensors.images(part(rows, first, size))));

  const pictures = (pixels: Uint8Array) => {
    const bytes = tensors.pictureBytes;
    return embedChunks(Math.ceil(pixels.length / bytes), (first, count) => model().encodeImage(tensors.pictures(pixels.subarray(first * bytes, (first + count) * bytes))));
  };

  const captions = (rows: ArrayLike<number>, indices: ArrayLike<number>) =>
    embedChunks(rows.length, (first, size) => model().encodeText(tensors.tokens(part(rows, first, size), part(indices, first, size))));

  const sentences = (texts: string[]) => {
    const {ids} = encoder.encodeBatch(texts);
    const length = encoder.contextLength;
    return embedChunks(texts.length, (first, size) => model().encodeText(tokenTensor(ids.slice(first * length, (first + size) * length), length, trim)));
  };

  return {
    async gallery({indices, captionIndices}: Gallery, step: number): Promise<EmbeddedPairs> {
      return {step, indices, captionIndices, imageEmbeddings: await images(indices), captionEmbeddings: await captions(indices, captionIndices), width: width()};
    },
    async recall(step: number, watched: EmbeddedPairs): Promise<HeldOutRecall> {
      if (!protocol) return summary(step, pairedRecall({...watched, ks: [1, 5]}));
      const rows: number[] = [];
      const indices: number[] = [];
      protocol.rows.forEach((row, i) => {
        for (let caption = 0; caption < protocol.captionCounts[i]; caption++) rows.push(row), indices.push(caption);
      });
      const place = new Map(Array.from(protocol.rows, (row, i) => [row, i]));
      const imageOfCaption = Int32Array.from(rows, (row) => place.get(row)!);
      return summary(step, recall({imageEmbeddings: await images(protocol.rows), captionEmbeddings: await captions(rows, indices), width: width(), imageOfCaption, ks: [1, 5]}));
    },
    async embed({texts, rows, pixels}: {texts?: string[]; rows?: number[]; pixels?: Uint8Array}) {
      return {width: width(), images: rows ? await images(rows) : pixels && (await pictures(pixels)), texts: texts && (await sentences(texts))};
    },
    /** Attention of every block and head, of a picture and a sentence, with the parameters as they are trained. */
    async attention({row, pixels, text}: AttentionQuestion) {
      const picture = row !== undefined ? tensors.images([row]) : pixels && tensors.pictures(pixels);
      try {
        // A tower without attention, such as a ResNet or a bag of words, has no maps; the other one has its own all the same.
        const {image, text: reader} = model().config;
        const padded = text === undefined || reader.kind !== "transformer" ? undefined : encoder.encodeBatch([text]).ids;
        const ids = padded && [...padded.subarray(0, padded.findLastIndex((id) => id !== 0) + 1)];
        return {
          image: picture && image.kind === "vit" ? await imageAttention(model(), picture as tf.Tensor4D) : undefined,
          text: ids && (await textAttention(model(), ids)),
          words: ids?.map((id) => encoder.symbol?.(id) ?? "")
        };
      } finally {
        picture?.dispose();
      }
    }
  };
}

function summary(step: number, {imageToText, textToImage, gallery}: ReturnType<typeof recall>): HeldOutRecall {
  const of = (shares: Record<number, number>) => ({1: shares[1], 5: shares[5]});
  return {step, imageToText: of(imageToText), textToImage: of(textToImage), gallery: gallery.images, captions: gallery.captions};
}
