/**
 * Postcards, the built-in set: small flat scenes with five captions each and their true factors as labels. Nothing is
 * downloaded; the same seed gives the same pixels and words on every machine.
 */
import {seededRandom} from "../../tensor/random.ts";
import type {PairSet, Split} from "../pairs.ts";
import {captionsOf} from "./captions.ts";
import type {Card} from "./factors.ts";
import {combinationsBySplit, coverFirst, postcardFactors, splitOf} from "./factors.ts";
import type {Style} from "./scene.ts";
import {drawCard} from "./scene.ts";

export {captionsOf} from "./captions.ts";
export {postcardFactors} from "./factors.ts";
export type {Card} from "./factors.ts";
export {colours, drawCard} from "./scene.ts";
export type {Style} from "./scene.ts";

export interface PostcardOptions {
  /** How many cards. */
  count?: number;
  seed?: number | string;
  /** Side in pixels: 16 at least. */
  sizePx?: number;
  /** "chalk" draws the very same scenes as chalk on a board: a natural shift of distribution. */
  style?: Style;
}

/**
 * Draws `count` postcards. Card `i` depends on the seed and on `i` alone, so a smaller set is the beginning of a larger one.
 * 15 of 20 cards train, 2 are for validation and 3 for tests; no two splits share a combination of factors, whatever the
 * seeds, and every value of every factor is in the train split from 60 cards on.
 */
export function postcards({count = 512, seed = 1, sizePx = 32, style = "flat"}: PostcardOptions = {}): PairSet {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`postcards: count must be a whole number from 1, not ${count}`);
  if (!Number.isInteger(sizePx) || sizePx < 16) throw new RangeError(`postcards: sizePx must be a whole number from 16, not ${sizePx}`);
  const cards = dealCards(count, seed);
  const bytes = sizePx * sizePx * 3;
  const pixels = new Uint8Array(count * bytes);
  cards.forEach((card, i) => pixels.set(drawCard(card, {sizePx, style, random: seededRandom(`postcards/${seed}/${i}/picture`)}), i * bytes));
  return {
    name: style === "flat" ? "postcards" : `postcards (${style})`,
    ids: cards.map((_, i) => `postcard-${String(i).padStart(6, "0")}`),
    sizePx,
    pixels,
    captions: cards.map((card, i) => captionsOf(card, seededRandom(`postcards/${seed}/${i}/captions`))),
    splits: cards.map((_, i) => splitOf(i)),
    factors: Object.fromEntries((Object.keys(postcardFactors) as (keyof Card)[]).map((factor) => [factor, cards.map((card) => card[factor])])),
    problems: []
  };
}

/** The combination on each card. A split's combinations are dealt in a seeded order, all of them before any comes again. */
function dealCards(count: number, seed: number | string): Card[] {
  const random = seededRandom(`postcards/${seed}/deal`);
  const decks = combinationsBySplit();
  const piles: Record<Split, Card[]> = {train: [], val: [], test: []};
  for (const split of ["train", "val", "test"] as const) piles[split] = coverFirst(random.shuffle(decks[split]));
  const dealt: Record<Split, number> = {train: 0, val: 0, test: 0};
  return Array.from({length: count}, (_, i) => {
    const split = splitOf(i);
    const pile = piles[split];
    return pile[dealt[split]++ % pile.length];
  });
}
