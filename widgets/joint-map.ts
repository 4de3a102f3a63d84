/** Images and captions in one space, as places computed elsewhere (UMAP, PCA, ...) put them. */
import {coloursAt} from "./shared/colour.ts";
import {emitInput, extend, hide, html, liveRegion, root, set} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {lasso} from "./shared/lasso.ts";
import {follow, scheduled, tween, typeSize, watchLook} from "./shared/live.ts";
import type {Colouring, MapLayout, MapTrail, Points} from "./shared/map-data.ts";
import {classesBy, pointsOf, startPlaces, tableOf} from "./shared/map-data.ts";
import {drawMap, sizedContext} from "./shared/map-picture.ts";
import type {MapView} from "./shared/map-places.ts";
import {screenOf, screenPlaces} from "./shared/map-places.ts";
import {fillTip, swatches} from "./shared/map-tip.ts";
import {describe, mapKeys, nearestTo, walkFrom} from "./shared/map-walk.ts";
import {mapZoom} from "./shared/map-zoom.ts";
import {newest} from "./shared/newest.ts";
import type {Pairs} from "./shared/pairs.ts";
import {thumbnailsOf} from "./shared/pairs.ts";
import type {Selection} from "./shared/selection.ts";
import {chosen, pinAll, pinnedOf, sharedSelection} from "./shared/selection.ts";

export interface JointMapOptions<F = unknown> {
  /** The layouts themselves, newest last ... */
  layouts?: AsyncIterable<MapLayout>;
  /** ... or a run's frames, with `layout` to place one; asked for the newest frame, one at a time. */
  frames?: AsyncIterable<F>;
  layout?: (frame: F) => MapLayout | null | Promise<MapLayout | null>;
  pairs?: Pairs;
  title?: string;
  /** Which pairs are joined by a line: the one pointed at and the pinned ones, all, or none. */
  lines?: "pointed" | "all" | "none";
  /** The fill of the marks: a factor's name, "split", or "rank" or "loss" where the layout brings them. */
  colourBy?: string | null;
  /** How long a motion takes, in ms. */
  durationMs?: number;
  /** Height over width. */
  aspect?: number;
  selection?: Selection;
  invalidation?: Promise<unknown>;
}

export type JointMap = HTMLElement & {
  /** The pair pointed at, else null; and all pairs chosen by a lasso or a search. */
  readonly value: {id: string; kind: "image" | "caption"} | null;
  /** What is drawn: ids, and fitted places [images then captions, 2]. */
  readonly shown: Points | null;
  colourBy: string | null;
  lines: "pointed" | "all" | "none";
  /** Ids to keep bright while the others fade; null for all. */
  found: string[] | null;
  /** While true, a drag draws a loop, and the pairs with a mark in it are `found`; else it moves the map. */
  lassoing: boolean;
  /** Ways that points have come, drawn under them. */
  trails: MapTrail[];
  /** What a link carries: what colours the marks, and the pairs that are pinned. */
  linkState: {colourBy?: string; pinned?: readonly string[]} | undefined;
  update(layout: MapLayout): void;
};

/** The joint map. Made once and fed: points move to their new places. Drag to move, pinch or Ctrl and wheel to zoom; arrows walk the points. */
export function jointMap<F = unknown>(options: JointMapOptions<F> = {}): JointMap {
  const {pairs, title, aspect = 0.62, durationMs = 450, selection = sharedSelection, invalidation} = options;
  const thumbnails = thumbnailsOf(pairs);
  let points: Points | null = null;
  let places: Float32Array = new Float32Array(0);
  let stopMotion = () => {};
  let colourBy = options.colourBy ?? null;
  let colouring: Colouring | null = null;
  let lines = options.lines ?? "pointed";
  let found: Set<number> | null = null;
  let trails: MapTrail[] = [];
  let pointed: number | null = null;
  let failure = "";
  let view: MapView = {width: 0, height: 0, em: 14, k: 1, x: 0, y: 0, extent: [1, 1]};

  const canvas = html("canvas", {tabindex: 0, role: "application", "aria-roledescription": "map of images and captions"});
  const tip = html("div", {class: "d-tip", hidden: true});
  const loop = lasso(canvas, (inside) => {
    if (!points) return;
    const at = screenPlaces(places, view);
    found = new Set(Array.from(points.pair).filter((_, p) => inside(at[2 * p], at[2 * p + 1])));
    if (found.size === 0) found = null;
    live.say(found ? `${found.size} pairs in the loop` : "no pair in the loop");
    draw();
    emitInput(element);
  });
  const lack = html("p", {class: "d-map-lack d-in-picture", hidden: true}, "Nothing to place: the embeddings are not numbers.");
  const stage = html("div", {class: "d-stage d-map-stage"}, canvas, lack, loop.element, tip);
  const heading = html("p", {class: "d-title"}, ...(title ? [title] : [html("span", {class: "d-t-image d-disc"}, "Images"), " and ", html("span", {class: "d-t-caption d-square"}, "captions"), " in one space"]));
  const key = html("p", {class: "d-key", hidden: true});
  const waiting = html("p", {class: "d-waiting"}, "The map appears with the first layout: images as circles or thumbnails, captions as squares.");
  const live = liveRegion();
  const table = () => tableOf(points);
  const element = root("map", heading, key, waiting, stage, tools("joint-map", table, stage), live.element);

  const draw = scheduled(() => {
    const width = element.clientWidth;
    const empty = !points || points.count === 0;
    hide(waiting, !empty && !failure);
    if (failure) waiting.textContent = failure;
    hide(stage, empty);
    if (empty || width === 0) return;
    const height = Math.round(Math.max(20 * typeSize(element), width * aspect));
    view = {...view, width, height, em: typeSize(element)};
    stage.style.height = `${height}px`;
    hide(lack, points!.isPlaced);
    const context = sizedContext(canvas, width, height);
    const {wanted, isRough} = drawMap(context, {points: points!, places, view, colours: coloursAt(element), thumbnails, colouring, lines, marked: marked(), trails, found, heldOut});
    if (wanted.length > 0) thumbnails.want(wanted, draw);
    if (isRough) draw();
    set(canvas, {"aria-label": `Map of ${points!.images} images and ${points!.count - points!.images} captions. Arrow keys walk the points, Enter pins, plus and minus zoom, Escape lets go.`});
    showTip();
  }, element);
  const heldOut = (pair: number) => (pairs?.splits?.[points?.index[pair] ?? -1] ?? "train") !== "train";
  /** The pinned ones, and last, so on top, the one pointed at. */
  const marked = () => [...new Set([...selection.pinned, selection.pointed].map((id) => (id === null || !points ? -1 : points.ids.indexOf(id))))].filter((pair) => pair >= 0);

  const showTip = () => {
    if (pointed === null || !points) return hide(tip, true);
    const row = points.index[points.pair[pointed]];
    fillTip(tip, {at: screenOf(places, pointed, view), view, picture: row >= 0 ? thumbnails.get(row) : null, words: pointed < points.images ? (pairs?.captions[row]?.[0] ?? points.words[points.pair[pointed]] ?? points.ids[points.pair[pointed]]) : points.words[pointed - points.images]});
  };

  const point = (p: number | null, say = false) => {
    if (p === pointed) return;
    pointed = p;
    selection.point(p === null || !points ? null : points.ids[points.pair[p]]);
    if (say && p !== null && points) live.say(describe(points, p));
    draw();
    emitInput(element);
  };
  const under = (event: PointerEvent | MouseEvent) => {
    const box = canvas.getBoundingClientRect();
    return points && nearestTo([event.clientX - box.left, event.clientY - box.top], points, places, view);
  };
  canvas.addEventListener("pointermove", (event) => event.buttons === 0 && point(under(event)));
  canvas.addEventListener("pointerleave", () => point(null));
  canvas.addEventListener("click", (event) => {
    if (loop.on) return;
    const p = under(event);
    if (p !== null && points) selection.toggle(points.ids[points.pair[p]]);
    emitInput(element);
  });

  const zooming = mapZoom(canvas, {
    scale: () => view.k,
    isDrawing: () => loop.on,
    moved: ({k, x, y}) => {
      view = {...view, k, x, y};
      draw();
    }
  });
  mapKeys(canvas, {
    walk: (direction) => points && point(walkFrom(points, places, view, pointed, direction), true),
    pin: () => pointed !== null && points && selection.toggle(points.ids[points.pair[pointed]]),
    letGo: () => (point(null), selection.clear()),
    zooming
  });

  const recolour = () => {
    colouring = points && colourBy ? classesBy(points, pairs, colourBy) : null;
    key.hidden = !colouring;
    key.replaceChildren(...swatches(colouring));
    draw();
  };
  const update = (layout: MapLayout) => {
    const next = pointsOf(layout, pairs);
    const from = startPlaces(points, places, next);
    const moves = points !== null;
    points = next;
    view = {...view, extent: next.extent};
    pointed = pointed !== null && pointed < next.count ? pointed : null;
    failure = "";
    stopMotion();
    recolour();
    const move = (t: number) => {
      places = next.places.map((to, i) => from[i] + t * (to - from[i]));
      draw();
    };
    places = moves ? from : next.places.slice();
    stopMotion = moves && durationMs > 0 ? tween(move, durationMs) : (move(1), () => {});
    draw();
  };
  const fail = (error: unknown) => {
    failure = `No map: ${error instanceof Error ? error.message : String(error)}`;
    draw();
  };
  follow({frames: options.layouts, invalidation}, update, fail);
  if (options.layout) follow({frames: options.frames, invalidation}, newest(options.layout, update, fail), fail);
  selection.subscribe(draw, invalidation);
  watchLook(element, draw, invalidation);
  void invalidation?.then(() => stopMotion());

  return extend(element, {
    get value() {
      return pointed === null || !points ? null : {id: points.ids[points.pair[pointed]], kind: pointed < points.images ? ("image" as const) : ("caption" as const)};
    },
    get shown() {
      return points;
    },
    get colourBy() {
      return colourBy;
    },
    set colourBy(next: string | null) {
      colourBy = next;
      recolour();
    },
    get linkState() {
      return chosen({colourBy: colourBy === (options.colourBy ?? null) ? undefined : (colourBy ?? undefined), pinned: pinnedOf(selection)});
    },
    set linkState(state: JointMap["linkState"]) {
      if (state?.colourBy) (colourBy = state.colourBy), recolour();
      pinAll(selection, state?.pinned);
    },
    get lines() {
      return lines;
    },
    set lines(next: "pointed" | "all" | "none") {
      lines = next;
      draw();
    },
    get found() {
      return found && points ? [...found].map((k) => points!.ids[k]) : null;
    },
    set found(ids: string[] | null) {
      const wanted = ids && new Set(ids);
      found = wanted && points ? new Set(points.ids.flatMap((id, k) => (wanted.has(id) ? [k] : []))) : null;
      draw();
    },
    get lassoing() {
      return loop.on;
    },
    set lassoing(on: boolean) {
      loop.on = on;
      stage.classList.toggle("d-lassoing", on);
    },
    get trails() {
      return trails;
    },
    set trails(next: MapTrail[]) {
      trails = next;
      draw();
    },
    update
  });
}
