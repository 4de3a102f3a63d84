/** What a film keeps of a run, and where its points lie: on the same two axes, in the same part of the plane, in every frame. */
import type {Snapshot} from "../../src/train/protocol.ts";
import type {MapLayout, MapTrail} from "./map-data.ts";
import {pointsOf} from "./map-data.ts";
import {cosineMatrix, finiteExtent, rankOf} from "./matrix.ts";
import type {Pairs} from "./pairs.ts";
import type {Axes} from "./projection.ts";
import {projectOn} from "./projection.ts";

export type FilmFrame = Pick<Snapshot, "step" | "steps" | "loss" | "lossHistory" | "logitScaleLog" | "watched" | "heldOut">;

export interface Kept {
  frame: FilmFrame;
  measures: Record<string, number>;
}

/** A frame with its further figures. */
export function keep(frame: FilmFrame, measures?: (frame: FilmFrame) => Record<string, number>): Kept {
  return {frame, measures: measures?.(frame) ?? {}};
}

/** Remembers the first step at which each image had its own caption first. */
export function noteFirsts({watched, step}: FilmFrame, firsts: Map<string, number>, pairs?: Pairs): void {
  const n = watched.indices.length;
  const cosines = cosineMatrix(watched.imageEmbeddings, watched.captionEmbeddings, watched.width);
  for (let i = 0; i < n; i++) {
    const id = pairs?.ids[watched.indices[i]] ?? String(watched.indices[i]);
    if (!firsts.has(id) && n > 1 && Number.isFinite(cosines[i * n + i]) && rankOf(cosines, n, n, i, i) === 1) firsts.set(id, step);
  }
}

/** A part of the plane: least and greatest x, then y. */
export type Window = NonNullable<MapLayout["window"]>;

/** A frame's points on the film's two axes. */
export function layoutOf({watched}: FilmFrame, axes: Axes, window: Window): MapLayout {
  const {width, imageEmbeddings, captionEmbeddings} = watched;
  return {pairs: watched, images: projectOn(axes, imageEmbeddings, width), captions: projectOn(axes, captionEmbeddings, width), window};
}

/** The part of the plane that holds the first, the middle and the newest frame: the same for the whole film, so that motion is motion. */
export function windowOf(film: Kept[], axes: Axes): Window {
  const picked = [film[0], film[film.length >> 1], film[film.length - 1]];
  const all = picked.flatMap(({frame: {watched}}) => [projectOn(axes, watched.imageEmbeddings, watched.width), projectOn(axes, watched.captionEmbeddings, watched.width)]);
  const [x0, x1] = finiteExtent(all.flatMap(({x}) => Array.from(x))) ?? [-1, 1];
  const [y0, y1] = finiteExtent(all.flatMap(({y}) => Array.from(y))) ?? [-1, 1];
  return [x0, x1, y0, y1];
}

/** The ways of the pinned pairs' images and captions up to now. */
export function trailsOf(film: Kept[], place: (frame: FilmFrame) => MapLayout, pinned: readonly string[], pairs?: Pairs): MapTrail[] {
  if (pinned.length === 0 || !pairs) return [];
  const points = film.map(({frame}) => pointsOf(place(frame), pairs));
  return pinned.flatMap((id) => {
    const row = points.at(-1)?.ids.indexOf(id) ?? -1;
    if (row < 0) return [];
    const way = (p: number) => Float32Array.from(points.flatMap(({places}) => [places[2 * p], places[2 * p + 1]]));
    return [
      {kind: "image" as const, places: way(row)},
      {kind: "caption" as const, places: way(points.at(-1)!.images + row)}
    ];
  });
}
