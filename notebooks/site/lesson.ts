/**
 * What a cell gets from `import {...} from "diagonal/lesson"`: how most lessons begin. Pairs and a network that looks at them, from three settings; all of it
 * can be said with `openPairs`, `createRun` and `openModel` of "diagonal" as well.
 */
import type {Progress} from "../../src/train/protocol.ts";
import {shipped, shippedRun} from "../../src/train/shipped.ts";
import {createRun, findImageTower, openPairs} from "./diagonal.ts";
import type {Pairs} from "./diagonal.ts";
import {openFetched} from "./fetched-model.ts";
import {openGivenCosines} from "./given-cosines.ts";
import type {ReadFile} from "./given-cosines.ts";
import type {CellOptions, RunHandle, RunOptions} from "./run-handle.ts";

export {openFetched} from "./fetched-model.ts";
export {openGivenCosines} from "./given-cosines.ts";

export interface LessonOptions extends Pick<RunOptions, "steps" | "textTower" | "watch" | "from"> {
  /** "postcards", a set kept in this browser, a prepared set such as "data/flickr30k", or "cosines:" and a folder of cosines that a real CLIP gave, such as "cosines:mount/coco100". */
  source?: string;
  /** What sees: "scratch" learns from pixels; the folder of a layers model, or a file of embeddings, is locked. Where none lies there, pixels are taken. */
  imageTower?: string;
  /** A preset ("vit-tiny"), or a pretrained model kept in this browser, by its name: that one is looked at, not trained. */
  model?: string;
  seed?: number;
  /** At most so many pairs to train on, 2048 of postcards. */
  limit?: number;
}

export interface LessonCell extends CellOptions {
  onProgress?: (progress: Progress | null) => void;
  /** The notebook's own `FileAttachment`, for a folder of cosines. */
  attached?: ReadFile;
}

export interface Lesson {
  pairs: Pairs;
  /** Postcards with the shipped values are trained already; a pretrained model and given cosines are finished as they are. */
  run: RunHandle;
  /** Whether it is a pretrained model, which is looked at and not trained. */
  fetched: boolean;
  /** The same network before its first step; null where nothing is trained here. */
  untrained(): Promise<RunHandle | null>;
}

const cosinesPrefix = "cosines:";
const usual = shipped.postcards;
const embeddingsFile = /\.(npy|npz|safetensors|csv|parquet)$/;
const batchSize = 64;
/** Postcards and photos as small models see them from pixels, and as thumbnails beside a locked tower. */
const pixelsPx = 32;
const thumbnailPx = 64;
/** Of a file of embeddings so many pairs train, and all others are for tests: few of its rows need be of the set's own test split. */
const trainOfFile = 700;

/**
 * Opens what the settings name.
 * @throws Error naming the address where nothing readable lies, or where the pairs do not fit the network.
 */
export async function openLesson({source = usual.source, imageTower = "scratch", model = usual.model, textTower, steps, seed, limit, watch, from}: LessonOptions = {}, {onProgress, attached, ...cell}: LessonCell = {}): Promise<Lesson> {
  if (source.startsWith(cosinesPrefix)) {
    if (!attached) throw new Error(`${source}: this notebook needs a network that embeds, and cosines are none`);
    return {...(await openGivenCosines(source.slice(cosinesPrefix.length), attached)), fetched: false, untrained: async () => null};
  }

  const fetched = await openFetched({source, model, seed, limit, watch}, {onProgress, invalidation: cell.invalidation});
  if (fetched) return {...fetched, untrained: async () => null};

  const opening = {seed, onProgress, invalidation: cell.invalidation};
  const isFile = embeddingsFile.test(imageTower);
  const tower = imageTower === "scratch" || isFile ? null : await findImageTower(imageTower);
  const locked = isFile || tower !== null;
  const isPostcards = /^postcards\b/.test(source);
  const pairs = await openPairs(source, {
    ...opening,
    ...(isFile ? {train: Math.min(limit ?? Infinity, trainOfFile)} : {limit}),
    sizePx: locked && !isPostcards ? thumbnailPx : pixelsPx,
    ...(tower && {imageTower: tower}),
    ...(isFile && {embeddings: {address: imageTower}})
  });
  onProgress?.(null);
  const training = pairs.splits.filter((split) => split === "train").length;
  // A locked tower's readers are larger: photos have more words than postcards.
  const reader = textTower ?? (model === usual.model && !locked ? usual.textTower : undefined);
  const options: RunOptions = {pairs, model: locked && model === usual.model ? "vit-small" : model, textTower: reader, batchSize: Math.min(batchSize, Math.max(2, training)), steps, seed, watch};
  const ready = locked || textTower !== undefined ? undefined : shippedRun({source, model, steps, seed, limit});
  const run = await createRun(from ? {pairs, from} : {...options, from: ready}, cell);
  return {pairs, run, fetched: false, untrained: () => createRun(options, {...cell, waits: true})};
}
