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
