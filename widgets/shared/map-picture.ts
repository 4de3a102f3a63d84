/** Drawing a joint map on a canvas: pair lines, squares for captions, circles or thumbnails for images, rings, and words where there is room. Holds no state. */
import type {Colours} from "./colour.ts";
import {categories} from "./colour.ts";
import {set} from "./dom.ts";
import type {Colouring, Points} from "./map-data.ts";
import type {Thumbnails} from "./pairs.ts";
import type {MapView} from "./map-places.ts";
import {clipped, screenOf, screenPlaces, thumbSize} from "./map-places.ts";
import {inkOf, stampsOn} from "./map-stamps.ts";
import {ThumbDrawing} from "./map-thumbs.ts";
import {shorten} from "./text.ts";

export interface MapScene {
  points: Points;
  /** Places now, on their way to `points.places`. */
  places: Float32Array;
  view: MapView;
  colours: Colours;
  thumbnails: Thumbnails;
  colouring: Colouring | null;
  lines: "pointed" | "all" | "none";
  /** Ids (by place in `points.ids`) to ring and join. */
  marked: number[];
  /** Ways that points have come, each [x, y, x, y, ...] in fitted places. */
  trails: {kind: "image" | "caption"; places: ArrayLike<number>}[];
  /** Ids found by a search or a lasso; others fade. Null where nothing is sought. */
  found: Set<number> | null;
  /** Ids drawn hollow: held out. */
  heldOut: (pair: number) => boolean;
}

/** A canvas of that many CSS px, and its context in CSS px. */
export function sizedContext(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const dpr = globalThis.devicePixelRatio || 1;
  set(canvas, {width: Math.round(width * dpr), height: Math.round(height * dpr), style: `width: ${width}px; height: ${height}px`});
  const context = canvas.getContext("2d")!;
  context.setTransform(dpr, 0, 0, dpr, 0, 0);
  return context;
}

/** Draws the scene; returns the image rows whose thumbnails it would have liked, and whether thumbnails will be sharper in another drawing. */
export function drawMap(context: CanvasRenderingContext2D, scene: MapScene): {wanted: number[]; isRough: boolean} {
  const {points, places, view, colours, colouring, lines, marked, found, heldOut} = scene;
  const {width, height, em} = view;
  context.clearRect(0, 0, width, height);
  const at = screenPlaces(places, view);
  const inSight = (p: number) => at[2 * p] > -40 && at[2 * p] < width + 40 && at[2 * p + 1] > -40 && at[2 * p + 1] < height + 40;
  const faded = (p: number) => found !== null && !found.has(points.pair[p]);
  const isMarked = new Set(marked);
  for (const trail of scene.trails) drawTrail(context, trail, view, colours);

  for (let p = points.images; p < points.count; p++) {
    const pair = points.pair[p];
    if (lines === "none" || (lines === "pointed" && !isMarked.has(pair)) || pair >= points.images) continue;
    joinPair(context, at, pair, p, points.ranks?.[p - points.images] ?? 1, scene, isMarked.has(pair) ? 2 : 1, isMarked.has(pair) ? 1 : faded(p) ? 0.08 : 0.5);
  }

  const side = Math.max(4, Math.min(0.62 * em, 90 / Math.sqrt(points.count / 20)));
  const fill = (p: number, own: string) => (colouring ? (colouring.classes[points.pair[p]] >= 0 ? (colouring.fills ?? categories)[colouring.classes[points.pair[p]]] : colours.chance) : own);
  const thumb = thumbSize(scene);
  const thumbs = new ThumbDrawing(context);
  const wanted: number[] = [];
  const crowded = thumb === 0 && points.count > crowd;
  if (crowded) stampMarks(context, {at, side, points, heldOut, faded, fill, colours});
  for (let p = 0; p < points.images && !crowded; p++) {
    if (!inSight(p)) continue;
    context.globalAlpha = faded(p) ? 0.15 : 1;
    const row = points.index[p];
    const picture = thumb > 0 && row >= 0 ? scene.thumbnails.get(row) : null;
    if (thumb > 0 && row >= 0 && !picture) wanted.push(row);
    const own = fill(p, colours.image);
    if (picture) thumbs.draw(picture, {x: at[2 * p], y: at[2 * p + 1], size: thumb, edge: own});
    else drawCircle(context, at[2 * p], at[2 * p + 1], 0.55 * side, own, heldOut(p));
  }
  context.fillStyle = colours.caption;
  for (let p = points.images; p < points.count && !crowded; p++) {
    if (!inSight(p)) continue;
    context.globalAlpha = faded(p) ? 0.15 : 1;
    const corner: [number, number, number, number] = [at[2 * p] - side / 2, at[2 * p + 1] - side / 2, side, side];
    if (heldOut(points.pair[p])) {
      if (thumb > 0) {
        context.fillStyle = colours.paper;
        context.fillRect(...corner);
      }
      context.lineWidth = 1.5;
      context.strokeStyle = fill(p, colours.caption);
      context.strokeRect(...corner);
    } else {
      if (thumb > 0) {
        // A thin edge of paper keeps it apart from a thumbnail beneath.
        context.fillStyle = colours.paper;
        context.fillRect(corner[0] - 1, corner[1] - 1, side + 2, side + 2);
      }
      if (thumb > 0 || colouring) context.fillStyle = fill(p, colours.caption);
      context.fillRect(...corner);
    }
  }
  context.globalAlpha = 1;
  for (const pair of marked) ringPair(context, {points, at, pair, side, thumb}, colours);
  drawWords(context, scene, at, inSight, isMarked);
  return {wanted, isRough: thumbs.isRough};
}

function drawTrail(context: CanvasRenderingContext2D, {kind, places}: MapScene["trails"][number], view: MapView, colours: Colours): void {
  const way = Float32Array.from(places);
  context.globalAlpha = 0.65;
  context.lineWidth = 1.5;
  context.strokeStyle = kind === "image" ? colours.image : colours.caption;
  context.beginPath();
  for (let p = 0; p < way.length / 2; p++) context.lineTo(...screenOf(way, p, view));
  context.stroke();
  context.globalAlpha = 1;
}

function joinPair(context: CanvasRenderingContext2D, at: Float32Array, image: number, caption: number, rank: number, {view, colours}: MapScene, lineWidth: number, alpha: number): void {
  // A magnified line is many screens long, and a canvas counts every dash of it: only what is in sight is drawn.
  const line = clipped([at[2 * image], at[2 * image + 1], at[2 * caption], at[2 * caption + 1]], view);
  if (!line) return;
  context.globalAlpha = alpha;
  context.lineWidth = lineWidth;
  // Its own caption first: green, solid. Outside the first five: purple, dashed. Between: grey.
  context.strokeStyle = rank === 1 ? colours.pair : rank <= 5 ? colours.chance : colours.hard;
  context.setLineDash(rank > 5 ? [4, 3] : []);
  context.beginPath();
  context.moveTo(line[0], line[1]);
  context.lineTo(line[2], line[3]);
  context.stroke();
  context.setLineDash([]);
}

/** Marks above this number are stamped: the same shapes, on whole pixels. */
const crowd = 200;

interface Marks extends Pick<MapScene, "points" | "heldOut" | "colours"> {
  at: Float32Array;
  side: number;
  faded(p: number): boolean;
  fill(p: number, own: string): string;
}

/** All marks without thumbnails: circles for images, squares for captions, hollow where held out. */
function stampMarks(context: CanvasRenderingContext2D, {at, side, points, heldOut, faded, fill, colours}: Marks): void {
  const stamps = stampsOn(context);
  const radius = 0.55 * side;
  const [disc, circle] = [false, true].map((hollow) => stamps.stampOf(`circle ${radius} ${hollow}`, radius + 2, (context) => drawCircle(context, 0, 0, radius, "#000", hollow)));
  const [square, frame] = [false, true].map((hollow) => stamps.stampOf(`square ${side} ${hollow}`, side / 2 + 2, (context) => {
    context.lineWidth = 1.5;
    if (hollow) context.strokeRect(-side / 2, -side / 2, side, side);
    else context.fillRect(-side / 2, -side / 2, side, side);
  }));
  const inks = new Map<string, number>();
  const inkAs = (colour: string) => {
    let ink = inks.get(colour);
    if (ink === undefined) inks.set(colour, (ink = inkOf(colour)));
    return ink;
  };
  for (let p = 0; p < points.count; p++) {
    const isImage = p < points.images;
    const hollow = heldOut(points.pair[p]);
    const stamp = isImage ? (hollow ? circle : disc) : hollow ? frame : square;
    stamps.put(stamp, at[2 * p], at[2 * p + 1], inkAs(fill(p, isImage ? colours.image : colours.caption)), faded(p) ? 0.15 : 1);
  }
  stamps.paint();
}

function drawCircle(context: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string, hollow: boolean): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  if (hollow) {
    context.lineWidth = 1.5;
    context.strokeStyle = colour;
    context.stroke();
  } else {
    context.fillStyle = colour;
    context.fill();
  }
}

function ringPair(context: CanvasRenderingContext2D, {points, at, pair, side, thumb}: {points: Points; at: Float32Array; pair: number; side: number; thumb: number}, colours: Colours): void {
  context.strokeStyle = colours.selected;
  context.lineWidth = 2;
  for (let p = 0; p < points.count; p++) {
    if (points.pair[p] !== pair) continue;
    const reach = p < points.images && thumb > 0 ? thumb / 2 + 3 : side / 2 + 3;
    context.beginPath();
    if (p < points.images && thumb === 0) context.arc(at[2 * p], at[2 * p + 1], reach, 0, 2 * Math.PI);
    else context.rect(at[2 * p] - reach, at[2 * p + 1] - reach, 2 * reach, 2 * reach);
    context.stroke();
  }
}

/** Captions as words: those of marked pairs always, the others where few are in sight and neither words nor a mark are beneath. */
function drawWords(context: CanvasRenderingContext2D, {points, view, colours}: MapScene, at: Float32Array, inSight: (p: number) => boolean, isMarked: Set<number>): void {
  const {em, width} = view;
  const captions = Array.from({length: points.count - points.images}, (_, k) => points.images + k).filter(inSight);
  const order = [...captions.filter((p) => isMarked.has(points.pair[p])), ...(captions.length <= 40 ? captions.filter((p) => !isMarked.has(points.pair[p])) : [])];
  const taken: [number, number, number, number][] = [];
  const coversMark = ([x0, y0, x1, y1]: [number, number, number, number], own: number) => {
    for (let q = 0; q < points.count; q++) if (q !== own && at[2 * q] > x0 && at[2 * q] < x1 && at[2 * q + 1] > y0 && at[2 * q + 1] < y1) return true;
    return false;
  };
  context.font = `${0.93 * em}px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textBaseline = "middle";
  for (const p of order) {
    const words = shorten(points.words[p - points.images], 34);
    const length = context.measureText(words).width;
    const left = at[2 * p] + 0.7 * em + length > width ? at[2 * p] - 0.7 * em - length : at[2 * p] + 0.7 * em;
    const box: [number, number, number, number] = [left, at[2 * p + 1] - 0.6 * em, left + length, at[2 * p + 1] + 0.6 * em];
    const clear = taken.every(([x0, y0, x1, y1]) => box[2] < x0 || box[0] > x1 || box[3] < y0 || box[1] > y1);
    if (!isMarked.has(points.pair[p]) && coversMark(box, p)) continue;
    if (!clear || left < 0) continue;
    taken.push(box);
    context.lineWidth = 4;
    context.strokeStyle = colours.paper;
    context.lineJoin = "round";
    context.strokeText(words, left, at[2 * p + 1]);
    context.fillStyle = colours["caption-ink"];
    context.fillText(words, left, at[2 * p + 1]);
  }
}
