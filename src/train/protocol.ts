/** What crosses between a training run in the worker and whoever watches it: plain numbers and typed arrays, never tensors. */

/** The state of a run as others see it; sent at most a few times a second, and after every `step(n)`. */
export interface Snapshot {
  /** Optimizer steps taken. */
  step: number;
  /** Steps the run was asked for, or Infinity. */
  steps: number;
  state: "idle" | "running" | "paused" | "finished" | "failed";
  /** Seconds of training so far, pauses left out. */
  seconds: number;
  /** Symmetric loss of the last step: the mean of the next two. */
  loss: number;
  /** Over the captions for each image (rows of images x captions). */
  lossImage: number;
  /** Over the images for each caption. */
  lossText: number;
  /** Loss of every step so far, from the first. */
  lossHistory: Float32Array;
  /** The paper's learned t: logits = cosine * exp(t). */
  logitScaleLog: number;
  /** exp(t) after every step so far. */
  scaleHistory: Float32Array;
  learningRate: number;
  gradientNorm: number;
  batchSize: number;
  /** A fixed, seeded choice of pairs that every snapshot embeds, for the matrix and the map. */
  watched: EmbeddedPairs;
  /** Recall on held-out pairs; null until first measured. */
  heldOut: HeldOutRecall | null;
}

/** Embeddings of some pairs, normalised to length 1, row by row. */
export interface EmbeddedPairs {
  /** Row numbers in the PairSet. */
  indices: Int32Array;
  /** Which of the image's captions stands in the row. */
  captionIndices: Int32Array;
  /** [count, width] */
  imageEmbeddings: Float32Array;
  /** [count, width] */
  captionEmbeddings: Float32Array;
  width: number;
}

export interface HeldOutRecall {
  step: number;
  imageToText: {1: number; 5: number};
  textToImage: {1: number; 5: number};
  /** Number of images in the gallery. */
  gallery: number;
}
