/** What a similarity matrix shows, from whatever a cell hands it: a run's frame, two sets of embeddings, or the cosines themselves. */
import type {EmbeddedPairs} from "../../src/train/protocol.ts";
import {cosineLines, extentLines, firstLines, rankOf, softmaxLines} from "./matrix.ts";
import type {Pairs} from "./pairs.ts";
import {whole} from "./slices.ts";
import type {Work} from "./slices.ts";

/** A frame of a run, or cosines given outright, [rows, columns] row by row: images down, captions across. */
export type MatrixFrame =
  | {watched: EmbeddedPairs; logitScaleLog?: number; step?: number}
  | {cosines: ArrayLike<number>; rows: number; columns: number; logitScaleLog?: number; indices?: ArrayLike<number>; captions?: string[]; ids?: string[]};

/** What each cell tells: a caption's probability for its image, an image's for its caption, or the cosine. */
export type MatrixView = "captions" | "images" | "cosine";

export interface MatrixData {
  /** Images, down. */
  n: number;
  /** Captions, across. */
  m: number;
  cosines: Float32Array;
  /** Ids of the rows' images; column `j` belongs to the pair `ids[j]`. */
  ids: string[];
  /** The rows' numbers in the set of pairs, or -1 where there is none. */
  indices: ArrayLike<number>;
  captions: string[];
  /** exp(t) of the frame, or null where it was not told. */
  scale: number | null;
}

/** Makes a frame total; words and ids come from `pairs` where there are some. */
export const matrixData = (frame: MatrixFrame, pairs?: Pairs): MatrixData => whole(matrixLines(frame, pairs));

export function* matrixLines(frame: MatrixFrame, pairs?: Pairs): Work<MatrixData> {
  const scale = frame.logitScaleLog == null ? null : Math.exp(frame.logitScaleLog);
  if ("watched" in frame) {
    const {indices, captionIndices, imageEmbeddings, captionEmbeddings, width} = frame.watched;
    const cosines = yield* cosineLines(imageEmbeddings, captionEmbeddings, width);
    const n = indices.length;
    return {
      n,
      m: n,
      cosines,
      indices,
      scale,
      ids: Array.from(indices, (index) => pairs?.ids[index] ?? String(index)),
      captions: Array.from(indices, (index, k) => pairs?.captions[index]?.[captionIndices[k]] ?? `caption ${k + 1}`)
    };
  }
  const {rows: n, columns: m, cosines, indices} = frame;
  if (cosines.length !== n * m) throw new RangeError(`similarityMatrix: expected cosines of ${n} × ${m} = ${n * m} numbers; got ${cosines.length}`);
  const index = indices ?? new Int32Array(n).fill(-1);
  return {
    n,
    m,
    cosines: cosines instanceof Float32Array ? cosines.slice() : Float32Array.from(cosines),
    indices: index,
    scale,
    ids: frame.ids ?? Array.from({length: Math.max(n, m)}, (_, k) => pairs?.ids[index[k]] ?? String(k)),
    captions: frame.captions ?? Array.from({length: m}, (_, k) => pairs?.captions[index[k]]?.[0] ?? `caption ${k + 1}`)
  };
}

/** The values a view colours, [n, m]. */
export const valuesOf = (data: MatrixData, view: MatrixView, scale: number): Float32Array => whole(valueLines(data, view, scale));

function* valueLines(data: MatrixData, view: MatrixView, scale: number): Work<Float32Array> {
  if (view === "cosine") return data.cosines;
  return yield* softmaxLines(data.cosines, data.n, data.m, scale, view === "captions" ? "row" : "column");
}

/** What a view shows beside the cells themselves. */
export interface MatrixValues {
  /** Coloured, [n, m]. */
  values: Float32Array;
  /** In the view's direction; over the captions where the view is of cosines. */
  probabilities: Float32Array;
  /** Of the finite cosines, or null where there is none. */
  extent: [number, number] | null;
  /** How many images (or captions) find their own partner first. */
  firsts: {first: number; of: number};
}

export function* viewLines(data: MatrixData, view: MatrixView, scale: number): Work<MatrixValues> {
  const values = yield* valueLines(data, view, scale);
  return {
    values,
    probabilities: view === "cosine" ? yield* valueLines(data, "captions", scale) : values,
    extent: yield* extentLines(data.cosines),
    firsts: {first: yield* firstLines(data.cosines, data.n, data.m, view === "images" ? "column" : "row"), of: Math.min(data.n, data.m)}
  };
}

/** How many cells a frame will have. */
export function cellsOf(frame: MatrixFrame): number {
  return "watched" in frame ? frame.watched.indices.length ** 2 : frame.rows * frame.columns;
}

/** One cell in full; `image` and `caption` count from 1. */
export interface MatrixReading {
  image: number;
  caption: number;
  id: string;
  cosine: number;
  /** In the view's direction; over the captions where the view is of cosines. */
  probability: number;
  /** Of the caption among the image's captions, or of the image among the caption's images. */
  rank: number;
  of: number;
}

export function readCell(data: MatrixData, view: MatrixView, probabilities: Float32Array, i: number, j: number): MatrixReading {
  const along = view === "images" ? "column" : "row";
  return {
    image: i + 1,
    caption: j + 1,
    id: data.ids[i],
    cosine: data.cosines[i * data.m + j],
    probability: probabilities[i * data.m + j],
    rank: rankOf(data.cosines, data.n, data.m, i, j, along),
    of: along === "row" ? data.m : data.n
  };
}
