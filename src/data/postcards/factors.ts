/** What can be on a postcard: five factors, 12 x 8 x 8 x 3 x 2 = 4,608 combinations, and how these are divided among the splits. */
import {seededRandom} from "../../tensor/random.ts";
import type {Split} from "../pairs.ts";

/** Every value of every factor, in the order used for labels. */
export const postcardFactors = {
  subject: ["dog", "cat", "bird", "fish", "boat", "car", "house", "tree", "flower", "kite", "balloon", "rocket"],
  colour: ["red", "yellow", "green", "blue", "purple", "pink", "brown", "white"],
  place: ["meadow", "beach", "city", "mountains", "forest", "desert", "sea", "snow"],
  count: [1, 2, 3],
  time: ["day", "night"]
} as const;

export type SubjectName = (typeof postcardFactors.subject)[number];
export type ColourName = (typeof postcardFactors.colour)[number];
export type PlaceName = (typeof postcardFactors.place)[number];
export type TimeName = (typeof postcardFactors.time)[number];

/** One combination of factors. */
export interface Card {
  subject: SubjectName;
  colour: ColourName;
  place: PlaceName;
  count: 1 | 2 | 3;
  time: TimeName;
}

/** Of 20 combinations, how many go to val and to test; the rest trains. */
const share = {val: 2, test: 3};

/**
 * Every combination, in its split. The division is fixed, whatever the seed of the pictures: a model trained on one
 * set of postcards can be tested on another, and has still never seen the combination.
 */
export function combinationsBySplit(): Record<Split, Card[]> {
  const all: Card[] = [];
  for (const subject of postcardFactors.subject)
    for (const colour of postcardFactors.colour)
      for (const place of postcardFactors.place)
        for (const count of postcardFactors.count)
          for (const time of postcardFactors.time) all.push({subject, colour, place, count, time});
  const parts: Record<Split, Card[]> = {train: [], val: [], test: []};
  seededRandom("postcards: splits").shuffle(all).forEach((card, i) => parts[splitOf(i)].push(card));
  return parts;
}

/** The split of the i-th card: 15 train, 2 val and 3 test of every 20, spread out, so that any first N have all three. */
export function splitOf(i: number): Split {
  const place = (i * 7) % 20;
  return place < share.val ? "val" : place < share.val + share.test ? "test" : "train";
}

/** Moves cards forward so that a short prefix already shows every value of every factor. */
export function coverFirst(cards: Card[]): Card[] {
  const seen = new Set<string>();
  const isNew = (card: Card) => {
    const fresh = Object.entries(card).filter(([factor, value]) => !seen.has(`${factor}=${value}`));
    fresh.forEach(([factor, value]) => seen.add(`${factor}=${value}`));
    return fresh.length > 0;
  };
  const first = cards.filter(isNew);
  return [...first, ...cards.filter((card) => !first.includes(card))];
}
