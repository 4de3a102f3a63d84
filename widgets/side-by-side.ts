/** Two runs, two checkpoints or two sets of embeddings of the same pairs, next to each other: the matrices or the maps, points matched by id. */
import type {EmbeddedPairs} from "../src/train/protocol.ts";
import type {HonestMapOptions, Projection} from "./honest-map.ts";
import {jointMap} from "./joint-map.ts";
import {emitInput, extend, html, root, segments} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {follow} from "./shared/live.ts";
import {cosineLines, firstLines, rankOf} from "./shared/matrix.ts";
import type {Pairs} from "./shared/pairs.ts";
import {laidOver} from "./shared/procrustes.ts";
import type {Selection} from "./shared/selection.ts";
import {sharedSelection} from "./shared/selection.ts";
import {inSlices} from "./shared/slices.ts";
import {number} from "./shared/text.ts";
import {similarityMatrix} from "./similarity-matrix.ts";

/** One side: embeddings with the ids they belong to; those of `pairs` where `ids` is absent. */
export interface Side {
  embedded: EmbeddedPairs;
  ids?: string[];
  logitScaleLog?: number;
}

export interface Sides {
  left: Side;
  right: Side;
}

export interface SideBySideOptions {
  titles?: [string, string];
  /** Newest last. */
  frames?: AsyncIterable<Sides>;
  pairs?: Pairs;
  /** Places of points, as the honest map's. */
  layout: HonestMapOptions["layout"];
  projection?: Projection;
  view?: "matrix" | "map";
  seed?: number;
  selection?: Selection;
  invalidation?: Promise<unknown>;
}

export type SideBySide = HTMLElement & {
  /** Pairs that both sides have: their ids, and the rank of the own caption among them on either side. */
  readonly value: {ids: string[]; left: number[]; right: number[]; up: number; down: number} | null;
  /** Resolves when what was given last is drawn. */
  readonly settled: Promise<void>;
  update(sides: Sides): void;
};

/** Made once and fed. The right map is turned onto the left one, so that what stayed lies where it lay. */
export function sideBySide(options: SideBySideOptions): SideBySide {
  const {titles = ["before", "after"], pairs, layout, projection = "pca", seed = 1, selection = sharedSelection, invalidation} = options;
  let sides: Sides | null = null;
  let value: SideBySide["value"] = null;
  let working: Promise<void> = Promise.resolve();
  const view = segments<"matrix" | "map">("Show", {matrix: "matrices", map: "maps"}, options.view ?? "matrix");
  const headline = html("p", {class: "d-title", "aria-live": "polite"}, "Both sides appear when both have something to show.");
  const problem = html("p", {class: "d-note"});
  const matrices = titles.map((title) => similarityMatrix({pairs, title, panel: false, selection, invalidation}));
  const maps = titles.map(() => jointMap({pairs, lines: "all", aspect: 0.8, selection, invalidation}));
  const columns = titles.map((title, k) => html("section", {"aria-label": title}, html("p", {class: "d-side-title"}, title), matrices[k], maps[k]));
  const table = () => ({
    columns: ["id", `rank, ${titles[0]}`, `rank, ${titles[1]}`],
    rows: value ? value.ids.map((id, i) => [id, value!.left[i], value!.right[i]]) : []
  });
  const element = root("side-by-side", headline, view, html("div", {class: "d-sides"}, ...columns), problem, tools("side-by-side", table));

  const choose = () => {
    for (const matrix of matrices) matrix.hidden = view.value !== "matrix";
    for (const map of maps) map.hidden = view.value !== "map";
  };
  choose();
  const work = async ({left, right}: Sides) => {
    const {ids, rows} = matched(left, right, pairs);
    problem.textContent = missing(left, right, ids, titles);
    if (ids.length === 0) {
      headline.textContent = "The two sides have no pair in common.";
      value = null;
      return;
    }
    const [a, b] = [only(left.embedded, rows.left), only(right.embedded, rows.right)];
    const ranks = await Promise.all([a, b].map(ranked));
    const up = ids.filter((_, i) => ranks[1].ranks[i] < ranks[0].ranks[i]).length;
    const down = ids.filter((_, i) => ranks[1].ranks[i] > ranks[0].ranks[i]).length;
    value = {ids, left: ranks[0].ranks, right: ranks[1].ranks, up, down};
    headline.textContent = `Own caption first: ${number(ranks[0].firsts)} of ${number(ids.length)} ${titles[0]}, ${number(ranks[1].firsts)} ${titles[1]}. ${number(up)} pairs moved up, ${number(down)} down.`;
    matrices[0].update({watched: a, logitScaleLog: left.logitScaleLog});
    matrices[1].update({watched: b, logitScaleLog: right.logitScaleLog});
    if (view.value !== "map") return;
    const [fixed, moving] = await Promise.all([a, b].map((side) => layout({...pointsOf(side), view: projection, seed})));
    const n = ids.length;
    [fixed, laidOver(moving, fixed)].forEach(({x, y}, k) =>
      maps[k].update({pairs: k === 0 ? a : b, images: {x: x.slice(0, n), y: y.slice(0, n)}, captions: {x: x.slice(n), y: y.slice(n)}, ranks: ranks[k].ranks})
    );
  };
  const update = (next: Sides) => {
    sides = next;
    working = working.then(async () => {
      if (sides === next) await work(next);
    });
    working = working.catch((error: unknown) => void (problem.textContent = `No comparison: ${error instanceof Error ? error.message : String(error)}`));
  };
  view.addEventListener("input", (event) => {
    event.stopPropagation();
    choose();
    if (sides) update({...sides});
    emitInput(element);
  });
  follow({frames: options.frames, invalidation}, update, (error) => (problem.textContent = String(error)));
  return extend(element, {
    get value() {
      return value;
    },
    get settled() {
      return working;
    },
    update
  });
}

const idsOf = ({ids, embedded}: Side, pairs: Pairs | undefined) => ids ?? Array.from(embedded.indices, (index) => pairs?.ids[index] ?? String(index));

/** How many own captions come first, and where each stands; in slices, for there may be thousands. */
async function ranked({imageEmbeddings, captionEmbeddings, width, indices}: EmbeddedPairs) {
  const n = indices.length;
  const going = () => true;
  const cosines = (await inSlices(cosineLines(imageEmbeddings, captionEmbeddings, width), going))!;
  const firsts = (await inSlices(firstLines(cosines, n, n), going))!;
  return {firsts, ranks: Array.from(indices, (_, i) => rankOf(cosines, n, n, i, i))};
}

/** The ids that both sides have, in the left one's order, and the row of each on either side. */
function matched(left: Side, right: Side, pairs: Pairs | undefined) {
  const rowOf = new Map(idsOf(right, pairs).map((id, row) => [id, row]));
  const ids: string[] = [];
  const rows = {left: [] as number[], right: [] as number[]};
  idsOf(left, pairs).forEach((id, row) => {
    const other = rowOf.get(id);
    if (other === undefined) return;
    ids.push(id);
    rows.left.push(row);
    rows.right.push(other);
  });
  return {ids, rows};
}

function missing(left: Side, right: Side, ids: string[], [one, other]: [string, string]): string {
  const lost = [left, right].map(({embedded}) => embedded.indices.length - ids.length);
  if (lost.every((count) => count === 0)) return "";
  return `Only pairs that both sides have are shown; left out: ${number(lost[0])} ${one}, ${number(lost[1])} ${other}.`;
}

function only({step, indices, captionIndices, imageEmbeddings, captionEmbeddings, width}: EmbeddedPairs, rows: number[]): EmbeddedPairs {
  const take = (from: Float32Array) => {
    const out = new Float32Array(rows.length * width);
    rows.forEach((row, k) => out.set(from.subarray(row * width, (row + 1) * width), k * width));
    return out;
  };
  return {step, width, indices: Int32Array.from(rows, (row) => indices[row]), captionIndices: Int32Array.from(rows, (row) => captionIndices[row]), imageEmbeddings: take(imageEmbeddings), captionEmbeddings: take(captionEmbeddings)};
}

function pointsOf({imageEmbeddings, captionEmbeddings, width}: EmbeddedPairs) {
  const points = new Float32Array(imageEmbeddings.length + captionEmbeddings.length);
  points.set(imageEmbeddings);
  points.set(captionEmbeddings, imageEmbeddings.length);
  return {points, width, kinds: new Uint8Array(points.length / width).fill(1, imageEmbeddings.length / width)};
}
