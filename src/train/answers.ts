/** What the training worker tells whoever watches it: plain numbers and typed arrays, never tensors. What it is asked is in protocol.ts. */
import type {AttentionMaps} from "../clip/attention-maps.ts";
import type {ClipConfig} from "../clip/config.ts";

export interface WrittenText {
  text: string;
  /** In order, the end token too, each with the probability that it was given. */
  tokens: {symbol: string; probability: number}[];
  /** Natural logarithm of their product. */
  logProbability: number;
}

/** What is known of a run when it has been made. */
export interface RunInfo {
  id: string;
  backend: string;
  /** Why this backend, in one sentence for people. */
  reason: string;
  threads?: number;
  missing?: string[];
  model: string;
  parameterCount: number;
  batchSize: number;
  /** The highest that the schedule goes to; 0 of a model that takes no steps. */
  learningRate: number;
  steps: number;
  /** Steps taken before, in the run whose checkpoint this one goes on from; 0. */
  step: number;
  /** Loss of a model that knows nothing: ln(batchSize). */
  chanceLoss: number;
  /** Captions that were longer than the context and lost their end. */
  truncatedCaptions: number;
  /** The model's shape: towers, sizes, activation. */
  config: ClipConfig;
  /** True pairs that a batch takes for wrong (a caption that fits another of its pictures word for word), on average over the first epoch; and what it would be if nothing was avoided. */
  falseNegatives: {perBatch: number; ifNotAvoided: number};
  /** Number of images in the held-out gallery. */
  gallery: number;
  seed: number;
}

export type RunState = "idle" | "running" | "paused" | "finished" | "failed";

/** The state of a run as others see it; sent at most a few times a second, and after every `step(n)`. */
export interface Snapshot {
  /** Optimizer steps taken. */
  step: number;
  /** Steps the run was asked for. */
  steps: number;
  state: RunState;
  /** What went wrong, when `state` is "failed". */
  error: string | null;
  /** What a person should know though the run goes on: that the graphics device was lost. */
  notice?: string;
  /** Seconds of training so far, pauses left out. */
  seconds: number;
  /** Symmetric loss of the last step's batch; NaN before the first. */
  loss: number;
  /** Of the watched pairs, over the captions for each image (rows of images x captions). */
  lossImage: number;
  /** Of the watched pairs, over the images for each caption. */
  lossText: number;
  /** Loss of every step so far, from the first. */
  lossHistory: Float32Array;
  /** exp(t) after every step so far. */
  scaleHistory: Float32Array;
  /** The paper's learned t: logits = cosine * exp(t). */
  logitScaleLog: number;
  learningRate: number;
  gradientNorm: number;
  batchSize: number;
  /** A fixed, seeded choice of held-out pairs that every snapshot embeds, for the matrix and recall. */
  watched: EmbeddedPairs;
  /** The watched pairs and more from the training split, for the joint map; null until first embedded. */
  map: EmbeddedPairs | null;
  /** Recall on held-out pairs; null until first measured. */
  heldOut: HeldOutRecall | null;
}

/** Embeddings of some pairs, normalised to length 1, row by row. */
export interface EmbeddedPairs {
  /** The step after which they were computed. */
  step: number;
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
  /** Number of captions in the gallery. */
  captions: number;
}

/** What the page knows of an opened set; the pixels stay in the worker. */
export interface PairsInfo {
  key: string;
  name: string;
  count: number;
  sizePx: number;
  ids: string[];
  captions: string[][];
  splits: ("train" | "val" | "test")[];
  factors: Record<string, (string | number)[]>;
  problems: {where: string; line?: number; what: string; kept: boolean}[];
  /** Width of the locked tower's features, or 0. */
  featureWidth: number;
}

export interface AttentionAnswer {
  image?: AttentionMaps;
  text?: AttentionMaps;
  /** The sentence's tokens, start and end included. */
  words?: string[];
}

/** Something long in the worker, on its way. */
export interface Progress {
  what: string;
  done: number;
  total: number;
  secondsLeft: number | null;
}

/** Which tfjs backend was taken, and why. */
export interface BackendChoice {
  backend: "webgpu" | "wasm" | "cpu";
  /** One sentence for people: "WebAssembly with SIMD on 2 threads, because this browser offers no WebGPU adapter." */
  reason: string;
  /** The graphics adapter's name, where there is one. */
  adapter?: string;
  /** Threads that our kernels may use; absent where they run on a graphics card, or not at all. */
  threads?: number;
  /** What this browser or page lacks for full speed and how to get it, a sentence each. */
  missing?: string[];
}
