/** What the training worker is asked. What it answers is in answers.ts; both cross as plain numbers and typed arrays, never tensors. */
import type {AugmentOptions} from "../data/augment.ts";
import type {HardNegatives} from "../data/batches.ts";
import type {PairSet} from "../data/pairs.ts";
import type {CheckpointOptions} from "./checkpoint.ts";
import type {ParameterGroup} from "./groups.ts";

export type * from "./answers.ts";

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
  /** Neighbourhoods of pictures that share some factors in every batch, so that the others have to be read; pairs come by chance alone unless given. */
  hardNegatives?: HardNegatives;
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
  /**
   * Labelled pictures in the place of pairs: `source` is a folder (or zip, or tar) with a folder a class, or CIFAR's binary files; or `files` were dropped. The class is
   * each picture's one caption. At most `perClass` pictures of a class and split.
   */
  labelled?: {files?: {path: string; file: File}[]; perClass?: number};
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
