/** One space seen in several projections, with what each hides said beside it, and the figures that hold in the space itself. */
import type {EmbeddedPairs} from "../src/train/protocol.ts";
import {jointMap} from "./joint-map.ts";
import type {JointMap} from "./joint-map.ts";
import {emitInput, extend, html, root, segments} from "./shared/dom.ts";
import {follow} from "./shared/live.ts";
import {cosineMatrix, firstOnDiagonal, rankOf} from "./shared/matrix.ts";
import type {Pairs} from "./shared/pairs.ts";
import type {Selection} from "./shared/selection.ts";
import {sharedSelection} from "./shared/selection.ts";
import {symmetricLoss} from "./shared/temperature-data.ts";
import {fixed, number, percent} from "./shared/text.ts";

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
  /** Figures of a projection: the share of nearest neighbours that cross from images to captions, and trustworthiness. */
  figures?: (request: {points: Float32Array; width: number; kinds: Uint8Array; x: Float32Array; y: Float32Array}) => {crossing?: number; crossingShown?: number; trustworthiness?: number};
  projection?: Projection;
  seed?: number;
  selection?: Selection;
  invalidation?: Promise<unknown>;
}

export type HonestMap = HTMLElement & {
  readonly value: {projection: Projection; seed: number; shift: number; gap: number; loss: number; firsts: number; count: number; crossing?: number; crossingShown?: number; trustworthiness?: number} | null;
  projection: Projection;
  /** How far the images have been moved along the gap: 0 as they are, 1 onto the captions. */
  shift: number;
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
  const {pairs, layout, figures, selection = sharedSelection, invalidation} = options;
  let frame: HonestFrame | null = null;
  let seed = options.seed ?? 1;
  let shift = 0;
  let value: HonestMap["value"] = null;
  let working: Promise<void> = Promise.resolve();
  let places: {x: Float32Array; y: Float32Array} | undefined;
  let asked = 0;

  const projection = segments<Projection>("Projection", {pca: "main axes", gap: "gap axis", umap: "UMAP", pairing: "UMAP, pairs forced together"}, options.projection ?? "umap");
  const dice = html("button", {type: "button", class: "d-button", title: "The same data with another seed", onclick: () => (seed++, ask(true))}, "Throw the dice");
  const colour = html("select", {"aria-label": "colour by"}, html("option", {value: ""}, "images and captions"), ...[...(pairs?.splits ? ["split"] : []), ...Object.keys(pairs?.factors ?? {})].map((key) => html("option", {value: key}, key)));
  const search = html("input", {type: "search", placeholder: "find in the captions", "aria-label": "find in the captions"});
  const lines = segments<"all" | "pointed">("Lines", {all: "join all pairs", pointed: "only the one pointed at"}, "all");
  const lever = html("input", {type: "range", min: 0, max: 1.5, step: 0.01, value: 0, "aria-label": "images moved along the gap"});
  const leverWords = html("output");
  const says = html("p", {class: "d-says"}, hides[projection.value]);
  const numbers = html("dl", {class: "d-figures"});
  const map: JointMap = jointMap({pairs, selection, invalidation, lines: "all"});
  const key = html("p", {class: "d-note"}, "A green line: its own caption comes first among all captions. Grey: among the first five. ", html("span", {class: "d-t-hard"}, "Dashed purple"), ": further down, however near it lies here.");
  const element = root(
    "honest",
    html("div", {class: "d-row d-map-controls"}, projection, dice),
    says,
    map,
    key,
    numbers,
    html("label", {class: "d-slider"}, html("span", {}, "move the images along the gap"), lever, leverWords),
    html("div", {class: "d-row d-map-controls"}, html("label", {}, "colour ", colour), search, lines)
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
    places = await layout({points, width, kinds, view, seed, warm: undefined});
    const cosines = cosineMatrix(images, captionEmbeddings, width);
    const ranks = Array.from({length: n}, (_, i) => rankOf(cosines, n, n, i, i));
    map.update({pairs: {indices, captionIndices}, images: {x: places.x.slice(0, n), y: places.y.slice(0, n)}, captions: {x: places.x.slice(n), y: places.y.slice(n)}, ranks});
    const found = figures?.({points, width, kinds, ...places}) ?? {};
    value = {projection: view, seed, shift, gap: Math.hypot(...gapOf(images, captionEmbeddings, width)), loss: symmetricLoss(cosines, n, Math.exp(logitScaleLog)), firsts: firstOnDiagonal(cosines, n, n), count: n, ...found};
    numbers.replaceChildren(...figuresOf(value));
    says.textContent = hides[view];
  };

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
    get settled() {
      return working;
    },
    update
  });
}

/** Mean image less mean caption: [width]. */
function gapOf(images: Float32Array, captions: Float32Array, width: number): Float64Array {
  const gap = new Float64Array(width);
  const n = images.length / width;
  for (let i = 0; i < images.length; i++) gap[i % width] += (images[i] - captions[i]) / n;
  return gap;
}

/** The rows moved by `share` of the gap, and scaled back to length 1 (Liang et al. 2022, "Mind the Gap"). */
function moved(rows: Float32Array, gap: Float64Array, share: number, width: number): Float32Array {
  const out = rows.slice();
  if (share === 0) return out;
  for (let i = 0; i < rows.length / width; i++) {
    let square = 0;
    for (let k = 0; k < width; k++) square += (out[i * width + k] += share * gap[k]) ** 2;
    const length = Math.sqrt(square) || 1;
    for (let k = 0; k < width; k++) out[i * width + k] /= length;
  }
  return out;
}

function figuresOf({gap, loss, firsts, count, crossing, crossingShown, trustworthiness}: NonNullable<HonestMap["value"]>): HTMLElement[] {
  const figure = (name: string, words: string) => html("div", {}, html("dt", {}, name), html("dd", {}, words));
  return [
    figure("width of the gap", fixed(gap)),
    figure("loss of these pairs", fixed(loss)),
    figure("own caption first", `${number(firsts)} of ${number(count)}`),
    ...(crossing === undefined ? [] : [figure("nearest neighbours across kinds", percent(crossing))]),
    ...(crossingShown === undefined ? [] : [figure("the same, on this map", percent(crossingShown))]),
    ...(trustworthiness === undefined ? [] : [figure("neighbours kept (trustworthiness)", fixed(trustworthiness))])
  ];
}

function foundBy(words: string, pairs: Pairs | undefined, map: JointMap): string[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return (map.shown?.ids ?? []).filter((_, k) => {
    const row = map.shown!.index[k];
    const text = (pairs?.captions[row] ?? []).join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
