/** Where a map's points stand on the screen, and how large a thumbnail may be there. */
import type {Points} from "./map-data.ts";

export interface MapView {
  width: number;
  height: number;
  em: number;
  /** Zoom and shift of the fitted picture, as d3-zoom has them. */
  k: number;
  x: number;
  y: number;
  /** Width and height of the fitted places. */
  extent: [number, number];
}

/** A point's place on the screen. */
export function screenOf(places: Float32Array, p: number, {width, height, em, k, x, y, extent}: MapView): [number, number] {
  const pad = 2.4 * em;
  const size = Math.min((width - 2 * pad) / Math.max(0.05, extent[0]), (height - 2 * pad) / Math.max(0.05, extent[1]));
  return [(width / 2 + (places[2 * p] - 0.5) * size) * k + x, (height / 2 - (places[2 * p + 1] - 0.5) * size) * k + y];
}

/** All points' places on the screen, [count, 2]. */
export function screenPlaces(places: Float32Array, {width, height, em, k, x, y, extent}: MapView): Float32Array {
  const pad = 2.4 * em;
  const size = k * Math.min((width - 2 * pad) / Math.max(0.05, extent[0]), (height - 2 * pad) / Math.max(0.05, extent[1]));
  const [x0, y0] = [(width / 2) * k + x, (height / 2) * k + y];
  const at = new Float32Array(places.length);
  for (let i = 0; i < places.length; i += 2) {
    at[i] = x0 + (places[i] - 0.5) * size;
    at[i + 1] = y0 - (places[i + 1] - 0.5) * size;
  }
  return at;
}

/** How large a thumbnail may be: as large as the images in sight leave room for; 0 for circles. */
export function thumbSize({points, places, view}: {points: Points; places: Float32Array; view: MapView}): number {
  const at = screenPlaces(places.subarray(0, 2 * points.images), view);
  let seen = 0;
  for (let i = 0; i < at.length; i += 2) if (at[i] > 0 && at[i] < view.width && at[i + 1] > 0 && at[i + 1] < view.height) seen++;
  const room = Math.sqrt((view.width * view.height) / Math.max(1, seen)) * 0.3;
  return room < 1.3 * view.em ? 0 : Math.min(3.4 * view.em, room);
}

/** The part of a line, [x0, y0, x1, y1], that is in sight or nearly so; null where none is, or an end has no place (Liang and Barsky 1984). */
export function clipped([x0, y0, x1, y1]: [number, number, number, number], {width, height}: Pick<MapView, "width" | "height">): [number, number, number, number] | null {
  const [dx, dy] = [x1 - x0, y1 - y0];
  let [from, to] = [0, 1];
  for (const [by, room] of [[-dx, x0 + beyond], [dx, width + beyond - x0], [-dy, y0 + beyond], [dy, height + beyond - y0]]) {
    if (by === 0 && room < 0) return null;
    if (by < 0) from = Math.max(from, room / by);
    else if (by > 0) to = Math.min(to, room / by);
  }
  return from <= to && Number.isFinite(dx + dy) ? [x0 + from * dx, y0 + from * dy, x0 + to * dx, y0 + to * dy] : null;
}

/** How far past the edge a line goes on, in px: its end is not seen. */
const beyond = 10;
