/**
 * What a cell gets from `import {...} from "diagonal"`: pairs and runs. Both live in the host's training worker;
 * a cell holds handles. Light on purpose: the model's own functions are in "diagonal/clip".
 */
import type {PairsInfo, PairsSpec, Progress} from "../../src/train/protocol.ts";
import type {KeptRun} from "../../src/train/run-store.ts";
import type {FusedLoss, FusedLossRequest} from "../../src/train/fused-loss.ts";
import {frame} from "./frame-globals.ts";
import {createKeptPairs} from "./kept-pairs.ts";
import {createModels, openModelHandle} from "./models.ts";
import type {OpenModelOptions} from "./models.ts";
import {createRunHandle} from "./run-handle.ts";
import type {CellOptions, RunHandle, RunOptions} from "./run-handle.ts";

export type {RunHandle, RunOptions} from "./run-handle.ts";
export type {Snapshot} from "../../src/train/protocol.ts";
export {nearDuplicates} from "../../src/data/near-duplicates.ts";
export {filesOfDrop, filesOfInput} from "../../src/data/drop.ts";
export {jointLayouts} from "./joint-layouts.ts";
export {recall} from "../../src/evaluate/retrieval.ts";
export {shippedRun} from "../../src/train/shipped.ts";
export {seededRandom} from "../../src/tensor/random.ts";

/** Pair sets kept in this browser: import, list, delete. `openPairs` opens them by name. */
export const keptPairs = createKeptPairs(() => frame().client);

/** Pretrained models kept in this browser: fetch, list, delete. `openModel` opens them by name. */
export const models = createModels(() => frame().client);

/** Runs kept in this browser by name: keep, list, delete. `createRun({pairs, from: "kept:NAME"})` goes on from one, in any notebook. */
export const keptRuns = {
  keep: (run: Pick<RunHandle, "info">, name: string): Promise<KeptRun> => frame().client.call("runs.keep", {id: run.info.id, name}),
  list: (): Promise<KeptRun[]> => frame().client.call("runs.list"),
  delete: (name: string): Promise<void> => frame().client.call("runs.delete", {name})
};

/** An opened set of pairs: names, captions and factors here, pixels in the worker. */
export interface Pairs extends PairsInfo {
  /**
   * RGBA thumbnails of the given rows, [indices.length, sizePx, sizePx, 4].
   * @throws RangeError for a row that the set does not have.
   */
  thumbnails(indices: ArrayLike<number>): Promise<{sizePx: number; pixels: Uint8ClampedArray}>;
  /** What the locked tower saw in the given rows, [indices.length, width]; rejects where the pairs were opened without one. */
  features(indices: ArrayLike<number>): Promise<{features: Float32Array; width: number}>;
}

/** What a cell may say when it opens pairs. */
export interface PairsOptions extends Omit<PairsSpec, "source"> {
  /** Hears how far the reading is: `{what, done, total, secondsLeft}`. */
  onProgress?: (progress: Progress) => void;
  /** Closes the set when the cell runs again. */
  invalidation?: Promise<unknown>;
}

/**
 * Opens "postcards", a set kept in this browser by its name, or a prepared set by its address ("data/flickr30k").
 * @throws Error naming the address when nothing is there, or when it is not a prepared set.
 */
export async function openPairs(source: string, {onProgress, invalidation, ...options}: PairsOptions = {}): Promise<Pairs> {
  const {client} = frame();
  const closing = new AbortController();
  invalidation?.then(() => closing.abort());
  const stream = client.stream<Progress | PairsInfo>("pairs.open", {source, ...options}, {signal: closing.signal});
  for (;;) {
    const {value, done} = await stream.next();
    if (done) throw new Error(`the opening of ${source} was cancelled`);
    if (!("key" in value)) {
      onProgress?.(value);
      continue;
    }
    // The stream stays open: while it is, the worker keeps the set.
    void stream.next().catch(() => {});
    return {
      ...value,
      thumbnails: (indices) => client.call("pairs.thumbnails", {key: value.key, indices: Array.from(indices)}),
      features: (indices) => client.call("pairs.features", {key: value.key, indices: Array.from(indices)})
    };
  }
}

/** The address of a pretrained image tower if one lies there, else null. */
export async function findImageTower(address: string): Promise<string | null> {
  return (await frame().client.call<boolean>("tower.find", {address})) ? address : null;
}

/**
 * Makes a training run; it waits for `play()` or `step()`. Changing `pairs`, `model` or `seed` means a new run.
 * `invalidation` frees everything when the cell runs again; `waits` keeps it from starting by itself where nobody presses Run.
 * @throws RangeError naming the option that is out of range, Error where a function given by the cell is none.
 */
export function createRun(options: RunOptions, cell: CellOptions = {}): Promise<RunHandle> {
  return createRunHandle(frame(), options, cell);
}

/** The loss of a few pairs, every stage and gradient, by the kernels that train: what `lossSteps` of "diagonal/widgets" computes in plain code. */
export function fusedLoss(request: FusedLossRequest): Promise<FusedLoss> {
  return frame().client.call<FusedLoss>("train.loss", request);
}

/**
 * Opens a kept pretrained model on a set of pairs, opened at the model's own size of pictures. The handle is a run's, so everything that shows a run shows it;
 * it is finished from the start. `invalidation` frees it.
 * @throws RangeError where the pictures have another size; Error where no such model is kept, or where it does not fit this page's memory.
 */
export function openModel(name: string, options: OpenModelOptions): Promise<RunHandle> {
  return openModelHandle(frame(), name, options);
}

/** One photo from the reader's camera, cut as CLIP cuts pictures: uint8 RGB, [sizePx, sizePx, 3], for `run.embed({pixels})`. Rejects with a sentence where there is none. */
export function takePhoto(sizePx: number): Promise<Uint8Array> {
  return frame().client.call<Uint8Array>("camera.photo", {sizePx});
}
