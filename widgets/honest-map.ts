/** One space seen in several projections, with what each hides said beside it, and the figures that hold in the space itself. */
import type {EmbeddedPairs} from "../src/train/protocol.ts";
import {jointMap} from "./joint-map.ts";
import type {JointMap} from "./joint-map.ts";
import {emitInput, extend, html, root, segments} from "./shared/dom.ts";
import {follow} from "./shared/live.ts";
import type {MapJudgement} from "./shared/map-figures.ts";
import {figuresOf} from "./shared/map-figures.ts";
import {gapOf, moved} from "./shared/modality-gap.ts";
import {nearestRows} from "./shared/nearest.ts";
import {nearestList} from "./shared/nearest-list.ts";
import type {Pairs} from "./shared/pairs.ts";
import {thumbnailsOf} from "./shared/pairs.ts";
import type {Selection} from "./shared/selection.ts";
import {chosen, pinAll, pinnedOf, sharedSelection} from "./shared/selection.ts";
import {percent, quoted} from "./shared/text.ts";

/** The projections: two main axes, the gap against the main axis, plain UMAP, and UMAP with neighbours of both kinds. */
export type Projection = "pca" | "gap" | "umap" | "pairing";

export interface HonestFrame {
  watched: EmbeddedPairs;
  /** More pairs, shown instead of `watched` where they are there. */
  map?: EmbeddedPairs | null;
  logitScaleLog?: number;
}

export interface HonestMapOptions {
  frames?: AsyncIterable<HonestFrame>;
  pairs?: Pairs;
  /** Places [images, then captions] in one projection. */
  layout: (request: {points: Float32Array; width: number; kinds: Uint8Array; view: Projection; seed: number; warm?: {x: Float32Array; y: Float32Array}}) => Promise<{x: Float32Array; y: Float32Array}> | {x: Float32Array; y: Float32Array};
  /** What holds in the space, whatever the map shows, and how far the map keeps it. */
  judge: (request: {points: Float32Array; width: number; kinds: Uint8Array; x: Float32Array; y: Float32Array; scale: number}) => Promise<MapJudgement> | MapJudgement;
  /** Embeds a sentence, so that a search finds images by meaning: one row of length 1. */
  embed?: (texts: string[]) => Promise<{texts?: Float32Array}>;
  projection?: Projection;
  seed?: number;
  selection?: Selection;
  invalidation?: Promise<unknown>;
}

export type HonestMap = HTMLElement & {
  readonly value: {projection: Projection; seed: number; shift: number; gap: number; loss: number; firsts: number; count: number; crossing?: number; crossingShown?: number; trustworthiness?: number; chosen: string[] | null} | null;
  projection: Projection;
  /** How far the images have been moved along the gap: 0 as they are, 1 onto the captions. */
  shift: number;
  /** What a link carries: projection, seed, lever, and the pairs that are pinned. */
  linkState: {projection?: Projection; seed?: number; shift?: number; pinned?: readonly string[]} | undefined;
  /** Resolves when what was asked for last is drawn. */
  readonly settled: Promise<void>;
  update(frame: HonestFrame): void;
};

const hides: Record<Projection, string> = {
  pca: "The two directions along which all points spread most. It keeps true straight-line distances as well as two axes can, and hides every other direction.",
  gap: "From left to right: the way from the captions’ centre to the images’ centre. It shows the gap at its true width, and next to nothing of what the pictures show.",
  umap: "Neighbours are kept, distances are not. While no neighbour crosses from images to captions, the two clouds float apart, and how far a pair lies apart is an accident of the seed. Throw the dice.",
  pairing: "Each point was given neighbours of both kinds by force. Now pairs meet, but the gap has been erased: do not read it from this picture."
};

/** The honest map. Choose a projection and read what it hides; lines join each pair, coloured by where its caption truly ranks. */
export function honestMap(options: HonestMapOptions): HonestMap {
  const {pairs, layout, judge, embed, selection = sharedSelection, invalidation} = options;
  let frame: HonestFrame | null = null;
  let seed = options.seed ?? 1;
  let shift = 0;
  let value: HonestMap["value"] = null;
  let working: Promise<void> = Promise.resolve();
  let asked = 0;
  let rows: {images: Float32Array; captions: Float32Array; width: number; indices: ArrayLike<number>; captionIndices: ArrayLike<number>} | null = null;
  const thumbnails = thumbnailsOf(pairs);

  const projection = segments<Projection>("Projection", {pca: "main axes", gap: "gap axis", umap: "UMAP", pairing: "UMAP, pairs forced together"}, options.projection ?? "umap");
  const dice = html("button", {type: "button", class: "d-button", title: "The same data with another seed", onclick: () => (seed++, ask(true))}, "Throw the dice");
  const colour = html("select", {"aria-label": "colour by"}, html("option", {value: ""}, "images and captions"), html("option", {value: "rank"}, "rank of the own caption"), html("option", {value: "loss"}, "loss"), ...[...(pairs?.splits ? ["split"] : []), ...Object.keys(pairs?.factors ?? {})].map((key) => html("option", {value: key}, key)));
  const search = html("input", {type: "search", size: 26, placeholder: embed ? "find words; Enter: by meaning" : "find in the captions", "aria-label": embed ? "find words in the captions; Enter finds images by meaning" : "find in the captions"});
  const loop = html("button", {type: "button", class: "d-button", "aria-pressed": "false", title: "Draw a loop around some points"}, "Lasso");
  const lines = segments<"all" | "pointed">("Lines", {all: "join all pairs", pointed: "only the one pointed at"}, "all");
  const lever = html("input", {type: "range", min: 0, max: 1.5, step: 0.01, value: 0, "aria-label": "images moved along the gap"});
  const leverWords = html("output");
  const says = html("p", {class: "d-says"}, hides[projection.value]);
  const numbers = html("dl", {class: "d-figures"});
  const map: JointMap = jointMap({pairs, selection, invalidation, lines: "all"});
  const near = nearestList(thumbnails, (row) => selection.toggle(idOf(row)));
  const key = html("p", {class: "d-note"}, "A green line: its own caption comes first among all captions. Grey: among the first five. ", html("span", {class: "d-t-hard"}, "Dashed purple"), ": further down, however near it lies here.");
  const element = root(
    "honest",
    html("div", {class: "d-row d-map-controls"}, projection, dice),
    says,
    map,
    key,
    near.element,
    numbers,
    html("label", {class: "d-slider"}, html("span", {}, "move the images along the gap"), lever, leverWords),
    html("div", {class: "d-row d-map-controls"}, html("label", {}, "colour ", colour), search, loop, lines)
  );

  const showLever = () => {
    lever.value = String(shift);
    lever.style.setProperty("--at", `${(100 * shift) / 1.5}%`);
    leverWords.textContent = shift === 0 ? "as trained" : `${percent(shift)} of the way`;
  };
  showLever();
  const ask = (byHand = false) => {
    const mine = ++asked;
    working = working.then(async () => {
      if (mine === asked && frame) await work(frame);
    });
    void working.catch((error: unknown) => (says.textContent = `No map: ${error instanceof Error ? error.message : String(error)}`));
    if (byHand) emitInput(element);
  };
  const work = async ({watched, map: more, logitScaleLog = Math.log(1 / 0.07)}: HonestFrame) => {
    const {indices, captionIndices, captionEmbeddings, width, ...rest} = more ?? watched;
    const n = indices.length;
    const gap = gapOf(rest.imageEmbeddings, captionEmbeddings, width);
    const images = moved(rest.imageEmbeddings, gap, -shift, width);
    const points = new Float32Array(2 * n * width);
    points.set(images);
    points.set(captionEmbeddings, n * width);
    const kinds = new Uint8Array(2 * n).fill(1, n);
    const view = projection.value;
    const placed = await layout({points, width, kinds, view, seed, warm: undefined});
    const {ranks, losses, ...found} = await judge({points, width, kinds, x: placed.x, y: placed.y, scale: Math.exp(logitScaleLog)});
    rows = {images, captions: captionEmbeddings, width, indices, captionIndices};
    map.update({pairs: {indices, captionIndices}, images: {x: placed.x.slice(0, n), y: placed.y.slice(0, n)}, captions: {x: placed.x.slice(n), y: placed.y.slice(n)}, ranks, losses});
    value = {projection: view, seed, shift, gap: Math.hypot(...gapOf(images, captionEmbeddings, width)), count: n, chosen: map.found, ...found};
    showNearest();
    numbers.replaceChildren(...figuresOf(value));
    says.textContent = hides[view];
  };

  const idOf = (row: number) => (rows ? (pairs?.ids[rows.indices[row]] ?? String(rows.indices[row])) : "");
  const wordsOf = (row: number) => (rows ? (pairs?.captions[rows.indices[row]]?.[rows.captionIndices[row]] ?? idOf(row)) : "");
  const listNear = (vector: ArrayLike<number>, of: string) => {
    const {images, captions, width, indices} = rows!;
    near.show({of, images: nearestRows(vector, images, width, listed), captions: nearestRows(vector, captions, width, listed), index: (row) => (pairs ? indices[row] : -1), words: wordsOf});
  };
  /** The neighbours of the point that was pinned last, or is pointed at; with neither, the list stays as it is. */
  const showNearest = () => {
    const id = selection.pinned.at(-1) ?? selection.pointed;
    const row = rows && id !== undefined && id !== null ? Array.from(rows.indices).findIndex((_, k) => idOf(k) === id) : -1;
    if (!rows || row < 0) return;
    const kind = map.value?.id === id ? map.value.kind : "image";
    const all = kind === "image" ? rows.images : rows.captions;
    listNear(all.subarray(row * rows.width, (row + 1) * rows.width), kind === "image" ? `the image of ${quoted(wordsOf(row))}` : quoted(wordsOf(row)));
  };
  selection.subscribe(showNearest, invalidation);

  loop.addEventListener("click", () => {
    map.lassoing = !map.lassoing;
    loop.setAttribute("aria-pressed", String(map.lassoing));
  });
  map.addEventListener("input", (event) => {
    event.stopPropagation();
    if (value) value = {...value, chosen: map.found};
    emitInput(element);
  });
  search.addEventListener("keydown", async (event) => {
    const words = search.value.trim();
    if (event.key !== "Enter" || !embed || !rows || words === "") return;
    event.preventDefault();
    try {
      const {texts} = await embed([words]);
      if (!texts) return;
      listNear(texts, quoted(words));
      map.found = nearestRows(texts, rows.images, rows.width, listed).map(({row}) => idOf(row));
    } catch (error) {
      says.textContent = `No search: ${error instanceof Error ? error.message : String(error)}`;
    }
  });
  projection.addEventListener("input", (event) => (event.stopPropagation(), ask(true)));
  lines.addEventListener("input", (event) => (event.stopPropagation(), (map.lines = lines.value)));
  colour.addEventListener("input", (event) => (event.stopPropagation(), (map.colourBy = colour.value || null)));
  search.addEventListener("input", (event) => {
    event.stopPropagation();
    map.found = search.value.trim() === "" ? null : foundBy(search.value, pairs, map);
  });
  lever.addEventListener("input", (event) => {
    event.stopPropagation();
    shift = lever.valueAsNumber;
    showLever();
    ask(true);
  });

  const update = (next: HonestFrame) => {
    frame = next;
    ask();
  };
  follow({frames: options.frames, invalidation}, update, (error) => (says.textContent = String(error)));
  return extend(element, {
    get value() {
      return value;
    },
    get projection() {
      return projection.value;
    },
    set projection(next: Projection) {
      projection.value = next;
      ask();
    },
    get shift() {
      return shift;
    },
    set shift(next: number) {
      shift = next;
      showLever();
      ask();
    },
    get linkState() {
      const was = <T>(value: T, first: T) => (value === first ? undefined : value);
      return chosen({projection: was(projection.value, options.projection ?? "umap"), seed: was(seed, options.seed ?? 1), shift: was(shift, 0), pinned: pinnedOf(selection)});
    },
    set linkState(state: HonestMap["linkState"]) {
      if (state?.projection) projection.value = state.projection;
      seed = state?.seed ?? seed;
      shift = state?.shift ?? shift;
      pinAll(selection, state?.pinned);
      showLever();
      ask();
    },
    get settled() {
      return working;
    },
    update
  });
}

/** Neighbours listed of each kind. */
const listed = 5;

function foundBy(words: string, pairs: Pairs | undefined, map: JointMap): string[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return (map.shown?.ids ?? []).filter((_, k) => {
    const row = map.shown!.index[k];
    const text = (pairs?.captions[row] ?? []).join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
