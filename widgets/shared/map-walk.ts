/** The keyboard's way over a map: from mark to mark, and what each is in words. */
import type {Points} from "./map-data.ts";
import {screenOf} from "./map-picture.ts";
import type {MapView} from "./map-picture.ts";

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
