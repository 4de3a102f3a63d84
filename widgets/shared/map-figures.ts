/** The figures under the honest map: what holds in the space itself, and how far the map keeps it. */
import type {HonestMap} from "../honest-map.ts";
import {html} from "./dom.ts";
import {fixed, number, percent} from "./text.ts";

/** Figures of pairs and of a map of them. */
export interface MapJudgement {
  /** Rank from 1 of each image's own caption, by cosine. */
  ranks: ArrayLike<number>;
  /** Loss of each pair, and their mean. */
  losses: ArrayLike<number>;
  loss: number;
  /** Images whose own caption comes first. */
  firsts: number;
  /** The share of nearest neighbours that cross from images to captions: in the space, and on the map. */
  crossing?: number;
  crossingShown?: number;
  trustworthiness?: number;
}

/** One definition a figure, for a list of definitions. */
export function figuresOf({gap, loss, firsts, count, crossing, crossingShown, trustworthiness}: NonNullable<HonestMap["value"]>): HTMLElement[] {
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
