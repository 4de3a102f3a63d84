/** What a joint map shows: points of both kinds with places, names and colours, from a layout computed elsewhere. */
import type {EmbeddedPairs} from "../../src/train/protocol.ts";
import {sequential} from "./colour.ts";
import type {Pairs} from "./pairs.ts";

/** Places of some images and of their captions, in any unit: from UMAP, PCA or the like. */
export interface MapLayout {
  /** Stable ids of the images; those of `pairs` where that is given. */
  ids?: string[];
  /** The embedded pairs that were placed, one caption an image, as a run's frame has them. */
  pairs?: Pick<EmbeddedPairs, "indices" | "captionIndices">;
  images: {x: ArrayLike<number>; y: ArrayLike<number>};
  captions: {x: ArrayLike<number>; y: ArrayLike<number>};
  /** The part of the plane to fit, [x0, x1, y0, y1], where it shall stay the same from layout to layout. */
  window?: [number, number, number, number];
  /** For each caption, the place of its image in `ids`; caption `k` belongs to image `k` where this is absent. */
  captionOf?: ArrayLike<number>;
  /** Which of its image's captions each is; the first where this is absent. */
  captionIndices?: ArrayLike<number>;
  /** For each caption, its rank from 1 among all captions by true cosine to its image. */
  ranks?: ArrayLike<number>;
  /** Loss of each pair, for colouring; one an image. */
  losses?: ArrayLike<number>;
}

export interface Points {
  count: number;
  images: number;
  /** Pair of each point: images first, then captions. */
  pair: Int32Array;
  ids: string[];
  /** Row in the set of pairs for each id, or -1. */
  index: Int32Array;
  words: string[];
  ranks: ArrayLike<number> | null;
  losses: ArrayLike<number> | null;
  /** [count, 2], fitted into the unit square with its aspect kept; NaN where the layout had none. */
  places: Float32Array;
  /** Width and height of the fitted places; the greater is 1. */
  extent: [number, number];
  /** Whether any point has a place. */
  isPlaced: boolean;
}

/** The places of one point through time, [x, y, x, y, ...], fitted as the map's own. */
export interface MapTrail {
  kind: "image" | "caption";
  places: ArrayLike<number>;
}

const rowsOf = new WeakMap<string[], Map<string, number>>();

/** Makes a layout total and fits it into the unit square. */
export function pointsOf(layout: MapLayout, pairs?: Pairs): Points {
  const ids = idsOf(layout, pairs);
  const images = ids.length;
  const captions = layout.captions.x.length;
  const captionIndices = layout.captionIndices ?? layout.pairs?.captionIndices;
  if (layout.images.x.length !== images) throw new RangeError(`jointMap: expected places of ${images} images, one an id; got ${layout.images.x.length}`);
  const rows = pairs ? (rowsOf.get(pairs.ids) ?? new Map(pairs.ids.map((id, row) => [id, row]))) : new Map<string, number>();
  if (pairs) rowsOf.set(pairs.ids, rows);
  const index = layout.pairs ? Int32Array.from(layout.pairs.indices) : Int32Array.from(ids, (id) => rows.get(id) ?? -1);
  const pair = Int32Array.from({length: images + captions}, (_, p) => (p < images ? p : (layout.captionOf?.[p - images] ?? p - images)));
  const words = Array.from({length: captions}, (_, k) => pairs?.captions[index[pair[images + k]]]?.[captionIndices?.[k] ?? 0] ?? `caption of ${ids[pair[images + k]] ?? k}`);
  const x = (p: number) => (p < images ? layout.images.x[p] : layout.captions.x[p - images]);
  const y = (p: number) => (p < images ? layout.images.y[p] : layout.captions.y[p - images]);
  return {count: images + captions, images, pair, ids, index, words, ranks: layout.ranks ?? null, losses: layout.losses ?? null, ...fit(images + captions, x, y, layout.window)};
}

const idsFor = new WeakMap<object, string[]>();

/** The layout's ids; the same array for the same layout. */
function idsOf(layout: MapLayout, pairs?: Pairs): string[] {
  if (layout.ids) return layout.ids;
  if (!layout.pairs) throw new RangeError("jointMap: a layout needs the ids of its images, or the embedded pairs that it places");
  const known = idsFor.get(layout.pairs) ?? Array.from(layout.pairs.indices, (index) => pairs?.ids[index] ?? String(index));
  idsFor.set(layout.pairs, known);
  return known;
}

function fit(count: number, x: (p: number) => number, y: (p: number) => number, window?: [number, number, number, number]): Pick<Points, "places" | "extent" | "isPlaced"> {
  let [x0, x1, y0, y1] = window ?? [Infinity, -Infinity, Infinity, -Infinity];
  for (let p = 0; p < count && !window; p++) {
    if (!Number.isFinite(x(p)) || !Number.isFinite(y(p))) continue;
    x0 = Math.min(x0, x(p));
    x1 = Math.max(x1, x(p));
    y0 = Math.min(y0, y(p));
    y1 = Math.max(y1, y(p));
  }
  const size = Math.max(x1 - x0, y1 - y0) || 1;
  const places = new Float32Array(2 * count);
  for (let p = 0; p < count; p++) {
    places[2 * p] = 0.5 + (x(p) - (x0 + x1) / 2) / size;
    places[2 * p + 1] = 0.5 + (y(p) - (y0 + y1) / 2) / size;
  }
  return {places, extent: [(x1 - x0) / size || 0, (y1 - y0) / size || 0], isPlaced: places.some(Number.isFinite)};
}

/** The places to start a motion from: those of the same pair and kind before, else the new ones. */
export function startPlaces(before: Points | null, shown: Float32Array, after: Points): Float32Array {
  if (!before) return after.places.slice();
  if (before.count === after.count && before.ids.every((id, k) => id === after.ids[k])) return shown.slice();
  const key = (points: Points, p: number) => `${p < points.images ? "i" : points.words[p - points.images]}/${points.ids[points.pair[p]]}`;
  const old = new Map(Array.from({length: before.count}, (_, p) => [key(before, p), p]));
  const start = after.places.slice();
  for (let p = 0; p < after.count; p++) {
    const from = old.get(key(after, p));
    if (from === undefined) continue;
    start[2 * p] = shown[2 * from];
    start[2 * p + 1] = shown[2 * from + 1];
  }
  return start;
}

/** Fills for the points by class; where there is none, marks have the colours of image and caption. */
export interface Colouring {
  /** Class of each id, or -1 for grey. */
  classes: Int32Array;
  names: string[];
  /** A fill for each class; the categories' where absent. */
  fills?: string[];
}

/** Classes of the ids by one of the pairs' factors or by split (the ten most frequent, the rest grey), by the rank of the own caption, or by loss. */
export function classesBy(points: Points, pairs: Pairs | undefined, key: string): Colouring | null {
  if (key === "rank") return points.ranks && byRank(points.ranks);
  if (key === "loss") return points.losses && byFifths(points.losses);
  const values = key === "split" ? pairs?.splits : pairs?.factors?.[key];
  if (!values) return null;
  const counts = new Map<string, number>();
  for (const row of points.index) if (row >= 0) counts.set(String(values[row]), (counts.get(String(values[row])) ?? 0) + 1);
  const names = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 10).map(([name]) => name);
  return {classes: Int32Array.from(points.index, (row) => (row >= 0 ? names.indexOf(String(values[row])) : -1)), names};
}

function byRank(ranks: ArrayLike<number>): Colouring {
  const classes = Int32Array.from(ranks, (rank) => (rank === 1 ? 0 : rank <= 5 ? 1 : 2));
  return {classes, names: ["own caption first", "2nd to 5th", "further down"], fills: [sequential(0.95), sequential(0.5), sequential(0.05)]};
}

/** Five classes of equal size, the least first. What is not a number is grey. */
function byFifths(values: ArrayLike<number>): Colouring {
  const sorted = Array.from(values).filter(Number.isFinite).sort((a, b) => a - b);
  const bounds = [0.2, 0.4, 0.6, 0.8].map((share) => sorted[Math.floor(share * sorted.length)]);
  const classes = Int32Array.from(values, (value) => (Number.isFinite(value) ? bounds.filter((bound) => value >= bound).length : -1));
  const edges = [sorted[0], ...bounds, sorted[sorted.length - 1]].map((edge) => (edge ?? 0).toFixed(2));
  return {classes, names: [0, 1, 2, 3, 4].map((k) => `${edges[k]} to ${edges[k + 1]}`), fills: [0.95, 0.72, 0.5, 0.27, 0.05].map(sequential)};
}

/** Every point as a row of words and numbers. */
export function tableOf(points: Points | null): {columns: string[]; rows: (string | number)[][]} {
  const rowOf = ({images, pair, ids, words, places}: Points, p: number) => [p < images ? "image" : "caption", ids[pair[p]], p < images ? "" : words[p - images], places[2 * p], places[2 * p + 1]];
  return {columns: ["kind", "id", "words", "x", "y"], rows: points ? Array.from({length: points.count}, (_, p) => rowOf(points, p)) : []};
}
