/** The way over a map by keyboard and pointer: from mark to mark, and what each is in words. */
import type {Points} from "./map-data.ts";
import {screenOf, screenPlaces, thumbSize} from "./map-places.ts";
import type {MapView} from "./map-places.ts";
import type {MapZoom} from "./map-zoom.ts";

/** What a mark is, in words. */
export function describe(points: Points, p: number): string {
  const pair = points.pair[p];
  return p < points.images ? `image ${pair + 1}: ${points.words[pair] ?? points.ids[pair]}` : `caption ${p - points.images + 1}: ${points.words[p - points.images]}`;
}

/** The nearest point in a direction: the least distance, sideways counted double. */
export function walkFrom(points: Points, places: Float32Array, view: MapView, from: number | null, [dx, dy]: [number, number]): number | null {
  if (from === null) return points.count > 0 ? 0 : null;
  const [x0, y0] = screenOf(places, from, view);
  let best = from;
  let least = Infinity;
  for (let p = 0; p < points.count; p++) {
    const [x, y] = screenOf(places, p, view);
    const ahead = (x - x0) * dx + (y - y0) * dy;
    const aside = Math.abs((x - x0) * dy) + Math.abs((y - y0) * dx);
    if (p !== from && ahead > 0.5 && aside <= 2 * ahead && ahead + 2 * aside < least) [best, least] = [p, ahead + 2 * aside];
  }
  return best;
}

/** The point next to a place in px, within reach of a finger or a thumbnail. */
export function nearestTo([x, y]: [number, number], points: Points, places: Float32Array, view: MapView): number | null {
  const reach = Math.max(0.8 * view.em, thumbSize({points, places, view}) / 2);
  const at = screenPlaces(places, view);
  let best: number | null = null;
  let bestSquare = reach * reach;
  for (let p = 0; p < points.count; p++) {
    const square = (at[2 * p] - x) ** 2 + (at[2 * p + 1] - y) ** 2;
    if (square < bestSquare) [best, bestSquare] = [p, square];
  }
  return best;
}

const directions: Record<string, [number, number]> = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

/** A map's keys: arrows walk its points, Enter pins, Escape lets go, plus and minus zoom, 0 shows all again. */
export function mapKeys(canvas: HTMLCanvasElement, {walk, pin, letGo, zooming}: {walk(direction: [number, number]): unknown; pin(): unknown; letGo(): unknown; zooming: MapZoom}): void {
  const actions: Record<string, () => unknown> = {Enter: pin, Escape: letGo, "+": () => zooming.by(1.4), "=": () => zooming.by(1.4), "-": () => zooming.by(1 / 1.4), "0": () => zooming.reset()};
  canvas.addEventListener("keydown", (event) => {
    const {key} = event;
    if (Object.hasOwn(directions, key)) walk(directions[key]);
    else if (Object.hasOwn(actions, key)) actions[key]();
    else return;
    event.preventDefault();
  });
}
