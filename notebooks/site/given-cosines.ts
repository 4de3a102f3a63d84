/**
 * Cosines that a real CLIP gave elsewhere, as a table: read, and shown as a run that is over. From the cosines of all points with all points, vectors with
 * exactly these cosines are made (a Cholesky factor), so that every picture of a run can be made of them. Nothing can be embedded anew: the model is not here.
 */
import {inspectImage} from "../../src/data/image.ts";
import {recallOfSimilarities} from "../../src/evaluate/retrieval.ts";
import {gramVectors} from "../../src/explore/gram.ts";
import type {EmbeddedPairs, Snapshot} from "../../src/train/protocol.ts";
import type {Pairs} from "./diagonal.ts";
import type {RunHandle} from "./run-handle.ts";

/** `FileAttachment` of a notebook. */
export type ReadFile = (name: string) => {text(): Promise<string>; arrayBuffer(): Promise<ArrayBuffer>};

export interface GivenCosines {
  pairs: Pairs;
  run: RunHandle;
  count: number;
  /** [2 count, 2 count]: pictures first, then captions. */
  table: number[][];
  recall: ReturnType<typeof recallOfSimilarities>;
  /** Between the middle of the pictures and the middle of the captions. */
  centroidDistance: number;
}

/** CLIP's own learned scale, exp(t) = 100 (Radford et al. 2021). */
const scale = 100;
const sizePx = 224;

/**
 * Opens a folder with `clip_similarities.csv` (2n x 2n cosines, pictures before captions), `prompts.txt` (n lines) and `images/0.jpg` ....
 * @throws Error where the folder holds no such table, RangeError where table and captions do not fit each other.
 */
export async function openGivenCosines(folder: string, attached: ReadFile): Promise<GivenCosines> {
  const text = await attached(`${folder}/clip_similarities.csv`).text();
  const table = text.trim().split("\n").map((line) => line.split(",").map(Number));
  const words = (await attached(`${folder}/prompts.txt`).text()).trim().split("\n").map((line) => line.trim());
  const count = words.length;
  if (table.length !== 2 * count || table.some((row) => row.length !== 2 * count)) throw new RangeError(`${folder}: expected ${2 * count} x ${2 * count} cosines for ${count} captions; the table has ${table.length} rows`);

  const odd = table.findIndex((row) => !row.every((cosine) => Math.abs(cosine) < 1.01));
  if (odd >= 0) throw new RangeError(`${folder}/clip_similarities.csv, line ${odd + 1}: a value is no cosine; expected numbers from -1 to 1`);

  const pairs = pairsOf(folder, words, attached);
  const {vectors, width} = gramVectors(table);
  const embedded: EmbeddedPairs = {
    step: 0,
    indices: Int32Array.from(words.keys()),
    captionIndices: new Int32Array(count),
    imageEmbeddings: vectors.slice(0, count * width),
    captionEmbeddings: vectors.slice(count * width),
    width
  };
  const similarities = Float32Array.from({length: count * count}, (_, k) => table[Math.floor(k / count)][count + (k % count)]);
  const recall = recallOfSimilarities({similarities, imageOfCaption: Int32Array.from(words.keys())});
  // The squared distance of two means is what their mean inner products leave.
  const between = (a: number, b: number) => table.slice(a, a + count).reduce((sum, row) => sum + row.slice(b, b + count).reduce((x, y) => x + y, 0), 0) / count ** 2;
  const centroidDistance = Math.sqrt(between(0, 0) + between(count, count) - 2 * between(0, count));
  return {pairs, run: runOf(pairs, embedded, recall), count, table, recall, centroidDistance};
}

function pairsOf(folder: string, words: string[], attached: ReadFile): Pairs {
  return {
    key: folder,
    name: folder,
    count: words.length,
    sizePx,
    ids: words.map((_, k) => `given-${k}`),
    captions: words.map((caption) => [caption]),
    splits: words.map(() => "test"),
    factors: {},
    problems: [],
    featureWidth: 0,
    features: () => Promise.reject(new Error(`${folder} holds cosines and no features`)),
    async thumbnails(indices) {
      const pixels = new Uint8ClampedArray(indices.length * sizePx * sizePx * 4);
      await Promise.all(Array.from(indices, async (index, k) => pixels.set(await squareOf(await attached(`${folder}/images/${index}.jpg`).arrayBuffer()), k * sizePx * sizePx * 4)));
      return {sizePx, pixels};
    }
  };
}

/** The middle of a picture, RGBA. Throws where its header says that it is no picture, or too large. */
async function squareOf(bytes: ArrayBuffer): Promise<Uint8ClampedArray> {
  inspectImage(new Uint8Array(bytes));
  const picture = await createImageBitmap(new Blob([bytes]));
  const side = Math.min(picture.width, picture.height);
  const context = new OffscreenCanvas(sizePx, sizePx).getContext("2d")!;
  context.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, sizePx, sizePx);
  return context.getImageData(0, 0, sizePx, sizePx).data;
}

/** A handle like a finished run's, whose only snapshot is the given numbers. */
function runOf(pairs: Pairs, embedded: EmbeddedPairs, recall: ReturnType<typeof recallOfSimilarities>): RunHandle {
  const {count, captions} = pairs;
  const heldOut = {step: 0, imageToText: {1: recall.imageToText[1], 5: recall.imageToText[5]}, textToImage: {1: recall.textToImage[1], 5: recall.textToImage[5]}, gallery: count, captions: count};
  const snapshot: Snapshot = {
    step: 0, steps: 0, state: "finished", error: null, seconds: 0, loss: NaN, lossImage: NaN, lossText: NaN,
    lossHistory: new Float32Array(0), scaleHistory: new Float32Array(0), logitScaleLog: Math.log(scale), learningRate: 0, gradientNorm: 0, batchSize: count,
    watched: embedded, map: embedded, heldOut
  };
  async function* once<T>(value: T) {
    yield value;
  }
  const refuse = (what: string) => async (): Promise<never> => {
    throw new Error(`${pairs.name} holds cosines and no model: ${what}`);
  };
  const rowsOf = (from: Float32Array, rows: number[]) => Float32Array.from(rows.flatMap((row) => [...from.subarray(row * embedded.width, (row + 1) * embedded.width)]));
  const nothing = async () => {};
  return {
    info: {
      id: pairs.key, backend: "nothing", reason: "its numbers were given", model: pairs.name, parameterCount: 0, batchSize: count, learningRate: 0, steps: 0, step: 0, chanceLoss: Math.log(count), truncatedCaptions: 0,
      config: undefined as never, falseNegatives: {perBatch: 0, ifNotAvoided: 0}, gallery: count, seed: 0
    },
    pairs,
    state: "finished",
    play: nothing,
    pause: nothing,
    restart: nothing,
    set: nothing,
    step: async () => snapshot,
    snapshot: async () => snapshot,
    snapshots: () => once(snapshot),
    latest: () => once(snapshot),
    frames: () => once(snapshot),
    recalls: () => once(heldOut),
    async embed({texts, rows, pixels}) {
      if (pixels) return refuse("a picture of yours cannot be embedded")();
      const known = texts?.map((text) => captions.findIndex(([caption]) => caption === text));
      if (known?.includes(-1)) return refuse(`the cosines of “${texts![known.indexOf(-1)]}” are not among them`)();
      return {width: embedded.width, texts: known && rowsOf(embedded.captionEmbeddings, known), images: rows && rowsOf(embedded.imageEmbeddings, Array.from(rows))};
    },
    write: refuse("it cannot write"),
    attention: refuse("there is no attention to be shown"),
    parameters: refuse("it has no parameters"),
    finished: async () => snapshot,
    checkpoint: refuse("there is nothing to be kept"),
    export: refuse("there is nothing to be exported"),
    branch: refuse("there is no training to branch from"),
    close() {}
  };
}
