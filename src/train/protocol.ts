/** What crosses between the training worker and whoever watches it: plain numbers and typed arrays, never tensors. */
import type {AttentionMaps} from "../clip/attention-maps.ts";
import type {ClipConfig} from "../clip/config.ts";
import type {AugmentOptions} from "../data/augment.ts";
import type {PairSet} from "../data/pairs.ts";
import type {CheckpointOptions} from "./checkpoint.ts";
import type {ParameterGroup} from "./groups.ts";

/** What to train, on what, for how long. Everything that a person does not say has the default written here. */
export interface RunSpec {
  /** The key of a set opened with `pairs.open`. */
  pairs: string;
  /** A preset's name ("vit-tiny", "resnet-tiny", ...). */
  model?: string;
  /** "train": the preset's own image tower. "locked": the pair set's precomputed features, read out by a linear head. */
  imageTower?: "train" | "locked";
  /** Which text tower stands beside it: the preset's own, a transformer, or a bag of words. */
  textTower?: "preset" | "transformer" | "cbow";
  /** 64 pairs. */
  batchSize?: number;
  /** 300 optimizer steps; the schedule's length, after which the run is finished. */
  steps?: number;
  /** Peak learning rate of the schedule, 1e-3. */
  learningRate?: number;
  /** Steps of linear warm-up; a tenth of `steps`. */
  warmupSteps?: number;
  /** AdamW's decay on matrices, 0.2. */
  weightDecay?: number;
  /** Largest global norm of the gradient, 1; Infinity for none. */
  gradientClip?: number;
  /**
   * Groups of parameters by path pattern, each with its own factor of learning rate and decay, or frozen (`{pattern: "visual", frozen: true}`);
   * a later group overrides an earlier one. None.
   */
  groups?: ParameterGroup[];
  /** Factor by which the learning rate falls a layer from the output to the input, tower by tower; 1. About .65 to fine-tune. */
  layerDecay?: number;
  /** Share of the moving average of the parameters that stays at each step; 0, the default, keeps none. With one, everything watched and measured is of the averaged parameters. */
  averageDecay?: number;
  /** Pairs that go through the towers at once; the whole batch. Less, and a batch larger than memory is trained chunk by chunk. */
  chunkSize?: number;
  /**
   * How chunks make a batch. "cached": one loss over all pairs of the batch, equal to the direct one (gradient caching).
   * "separate": the mean of the chunks' own losses, each with only its own wrong pairs.
   */
  accumulation?: "cached" | "separate";
  /** "float32". TensorFlow.js has no tensors of half precision: "float16" is refused with that sentence. */
  precision?: "float32" | "float16";
  /** Earlier states of the run that are kept in memory, to go back to and to branch from; 8, fewer where they would take more than 256 MB. */
  keep?: number;
  /** Seeds initialisation, order and choice of captions; 1. */
  seed?: number;
  /** Held-out pairs that every snapshot embeds, for the matrix and recall; 64. */
  watch?: number;
  /** Further pairs for the joint map, embedded less often; 192. */
  map?: number;
  /** Changes of the training pictures, drawn anew at every visit; none unless given. */
  augment?: AugmentOptions;
  /** What a visit of a picture shows of its captions: "one" drawn at random, or the next "in turn". "one". */
  captions?: "one" | "in turn";
  /** Keeps two captions of one picture, and identical captions, out of the same batch; true. */
  avoidDuplicates?: boolean;
  /**
   * A checkpoint: its bytes, its address in the site, or "kept:NAME" for a run kept in this browser. What is not said here is taken from it. With the same pairs, seed and batch size
   * the run goes on where it was, exactly; otherwise it begins at step 0 with the checkpoint's parameters and tokenizer.
   */
  from?: Uint8Array | string;
  /** Parts of `from` that begin anew all the same, by path pattern: ["transformer", "token_embedding"] keeps the image tower and reads afresh. None. */
  fresh?: string[];
  /** Functions written in a cell that replace a part of the run. */
  functions?: Partial<Record<CellFunctionName, CellFunction>>;
}

export type CellFunctionName = "loss" | "imageHead" | "textHead" | "schedule" | "augment";

/** A function as text, and where a person wrote it, so that an error can point there. */
export interface CellFunction {
  source: string;
  /** The cell's id, and the line of the cell at which the function begins, from 1. */
  cell?: number;
  line?: number;
}

/** What a person may change while the run goes on. */
export interface RunSettings {
  learningRate?: number;
  /** tau, the temperature shown to people: sets the learned scale to exp(t) = 1 / tau. */
  temperature?: number;
  steps?: number;
}

/** What to write of a run, and of which moment. */
export interface CheckpointRequest extends CheckpointOptions {
  /** A step that was taken already: the run is brought back there and forth again. The present one. */
  step?: number;
}

/** Captions asked of a run whose model can write: for rows of its set, or for pictures (uint8 RGB, [count, sizePx, sizePx, 3]). */
export interface WriteRequest {
  rows?: number[];
  pixels?: Uint8Array;
  /** "greedy" (the likeliest token each time), "top-k" (by chance among the k likeliest), or "beam" (the best of several drafts). */
  strategy?: "greedy" | "top-k" | "beam";
  /** 5 */
  k?: number;
  /** Of "top-k", 1. */
  temperature?: number;
  /** 4 */
  beams?: number;
  /** Of "top-k", 1. */
  seed?: number;
}

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

/** Which pairs to open. */
export interface PairsSpec {
  /** "postcards" ("postcards:chalk" for the other style), a set kept in this browser by its name, or the address of a prepared set such as "data/flickr30k". */
  source: string;
  /** The set itself, where it lives in the memory of another worker: the host puts it here. */
  given?: PairSet;
  /** At most so many pairs of the training split. */
  limit?: number;
  seed?: number;
  /** Side of the images the model sees, 32 px for postcards and 64 px for photos. */
  sizePx?: number;
  /** A control: every training picture gets the captions of another. */
  shuffled?: boolean;
  /** Address of a locked, pretrained image tower (a tfjs layers model), whose features are computed once. */
  imageTower?: string;
  /**
   * Image embeddings that another program made, in the place of a tower: a matrix (.npy, .npz, .safetensors, .csv, .parquet) and a table that
   * says which picture each row is of (`index.csv` beside it). Only pictures with a row are kept. With `imageTower`, too, that is all the file is for:
   * the tower looks at the same pictures, to be compared.
   */
  embeddings?: {address: string; index?: string};
  /** So many pairs train, drawn by the seed, and all others are for tests; the set's own splits unless given. */
  train?: number;
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

/** A pretrained model that is kept, to be looked at through a set of pairs as a run is. */
export interface ModelSpec {
  /** What it is kept under: a name on the hub, an address, or the name given to dropped files. */
  name: string;
  /** The key of a set opened with `pairs.open`, at the model's own size of pictures. */
  pairs: string;
  /** Held-out pairs for the matrix and recall; 32. */
  watch?: number;
  /** Further pairs for the joint map; none. */
  map?: number;
  seed?: number;
}

/** What attention maps are asked of: a row of the set or a picture (uint8 RGB), and a sentence. */
export interface AttentionQuestion {
  row?: number;
  pixels?: Uint8Array;
  text?: string;
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
  /** One sentence for people: "WebAssembly with SIMD on 2 threads, because this browser has no WebGPU adapter." */
  reason: string;
  /** The graphics adapter's name, where there is one. */
  adapter?: string;
  /** Threads that our kernels use; absent where they run on a graphics card, or not at all. */
  threads?: number;
  /** What this browser or page lacks for full speed and how to get it, a sentence each. */
  missing?: string[];
}
