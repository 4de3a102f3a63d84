import {createHash} from "node:crypto";
import {describe, expect, it} from "vitest";
import {captionsOf, drawCard, heldOutGallery, postcardFactors, postcards} from "../../src/data/index.ts";
import type {Card, PairSet} from "../../src/data/index.ts";
import {seededRandom} from "../../src/tensor/random.ts";

const combination = (set: PairSet, i: number) => JSON.stringify(Object.values(set.factors).map((values) => values[i]));
const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const allCards = () =>
  postcardFactors.subject.flatMap((subject) =>
    postcardFactors.colour.flatMap((colour) =>
      postcardFactors.place.flatMap((place) => postcardFactors.count.flatMap((count) => postcardFactors.time.map((time): Card => ({subject, colour, place, count, time}))))
    )
  );

describe("postcards", () => {
  const set = postcards({count: 2000, seed: 1});

  it("has at least 4,608 combinations", () => {
    expect(new Set(allCards().map((card) => JSON.stringify(card))).size).toBeGreaterThanOrEqual(4608);
  });

  it("shares no combination between splits, of any seed", () => {
    const other = postcards({count: 2000, seed: 2, sizePx: 16});
    const splitOf = new Map<string, string>();
    for (const s of [set, other])
      s.ids.forEach((_, i) => {
        const key = combination(s, i);
        expect(splitOf.get(key) ?? s.splits[i]).toBe(s.splits[i]);
        splitOf.set(key, s.splits[i]);
      });
    expect(set.splits.filter((split) => split === "train").length).toBe(1500);
    expect(set.splits.filter((split) => split === "test").length).toBe(300);
  });

  it.each([60, 128, 512])("shows every value in the train split of %i cards", (count) => {
    const small = postcards({count, seed: 5, sizePx: 16});
    for (const [factor, values] of Object.entries(postcardFactors)) {
      const inTrain = new Set(small.factors[factor].filter((_, i) => small.splits[i] === "train"));
      expect([...inTrain].sort(), factor).toEqual([...values].sort());
    }
  });

  it("draws the same bytes for the same seed, others for another, and a smaller set is the beginning of a larger one", () => {
    const again = postcards({count: 40, seed: 1});
    expect(again.pixels).toEqual(set.pixels.slice(0, again.pixels.length));
    expect(again.captions).toEqual(set.captions.slice(0, 40));
    expect(sha(postcards({count: 40, seed: 2}).pixels)).not.toBe(sha(again.pixels));
  });

  it("never draws two cards of one combination alike", () => {
    const card: Card = {subject: "kite", colour: "red", place: "beach", count: 2, time: "night"};
    const drawn = Array.from({length: 50}, (_, i) => sha(drawCard(card, {sizePx: 32, random: seededRandom(i)})));
    expect(new Set(drawn).size).toBe(50);
  });

  it("tells day from night on every place", () => {
    for (const place of postcardFactors.place) {
      const [day, night] = (["day", "night"] as const).map((time) => drawCard({subject: "cat", colour: "red", place, count: 1, time}, {sizePx: 32, random: seededRandom(3)}));
      const mean = (p: Uint8Array) => p.reduce((sum, v) => sum + v, 0) / p.length;
      expect(mean(day) - mean(night), place).toBeGreaterThan(30);
    }
  });

  it("paints the same scene at every size", () => {
    const card: Card = {subject: "house", colour: "yellow", place: "mountains", count: 3, time: "day"};
    const small = drawCard(card, {sizePx: 32, random: seededRandom(9)});
    const large = drawCard(card, {sizePx: 128, random: seededRandom(9)});
    // Averaging blocks of 4 x 4 gives the small picture back, but for its antialiasing.
    let off = 0;
    for (let y = 0; y < 32; y++)
      for (let x = 0; x < 32; x++)
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          for (let j = 0; j < 4; j++) for (let i = 0; i < 4; i++) sum += large[((y * 4 + j) * 128 + x * 4 + i) * 3 + c];
          off += Math.abs(sum / 16 - small[(y * 32 + x) * 3 + c]);
        }
    expect(off / small.length).toBeLessThan(6);
  });

  it("draws chalk differently, with the same words and splits", () => {
    const chalk = postcards({count: 40, seed: 1, style: "chalk"});
    expect(chalk.captions).toEqual(set.captions.slice(0, 40));
    expect(sha(chalk.pixels)).not.toBe(sha(set.pixels.slice(0, chalk.pixels.length)));
  });
});

describe("captions of postcards", () => {
  const cards = allCards();
  const captions = cards.map((card, i) => captionsOf(card, seededRandom(i)));

  it("are five different ones each, short enough for 24 tokens", () => {
    for (const five of captions) {
      expect(new Set(five).size).toBe(5);
      for (const caption of five) expect(caption.split(" ").length).toBeLessThanOrEqual(16);
    }
  });

  it("agree in number and article", () => {
    captions.forEach((five, i) => {
      const {count} = cards[i];
      for (const caption of five) {
        expect(caption).toMatch(/^[A-Z].*[a-z]\.$/);
        expect(caption).not.toMatch(/\ba [aeiou]|\ban [^aeiou]| {2}|\bundefined\b/i);
        expect(/\b(two|pair|three|trio)\b/i.test(caption)).toBe(count > 1);
        if (/there are/i.test(caption)) expect(caption).toMatch(/there are (two|three)/i);
        if (count === 1) expect(caption).not.toMatch(/\b(dogs|puppies|cats|kittens|birds|boats|cars|houses|cottages|trees|flowers|kites|balloons|rockets)\b/i);
      }
    });
  });

  it("always name the subject; some name all else, some only the colour", () => {
    const nouns = {dog: /dog|pupp/i, cat: /cat|kitten/i, bird: /bird/i, fish: /fish/i, boat: /boat/i, car: /\bcars?\b/i, house: /house|cottage/i, tree: /tree/i, flower: /flower|blossom/i, kite: /kite/i, balloon: /balloon/i, rocket: /rocket|spaceship/i};
    const tells: [keyof Card, (card: Card) => RegExp][] = [
      ["colour", ({colour}) => new RegExp({red: "red|scarlet", yellow: "yellow|golden", green: "green|emerald", blue: "blue", purple: "purple|violet", pink: "pink|rosy", brown: "brown", white: "white"}[colour], "i")],
      ["time", ({time}) => (time === "day" ? /\bday|sun|daytime/i : /night|moon|stars|dark/i)],
      ["place", ({place}) => ({meadow: /meadow|grass/i, beach: /beach|shore|palm/i, city: /city|buildings/i, mountains: /mountain|peaks/i, forest: /forest|woods|pines/i, desert: /desert|dunes|cactus/i, sea: /\bsea\b|ocean|waves/i, snow: /snow/i})[place]]
    ];
    let complete = 0;
    let short = 0;
    let total = 0;
    captions.forEach((five, i) => {
      for (const caption of five) {
        const told = tells.filter(([, tell]) => tell(cards[i]).test(caption)).length;
        expect(caption).toMatch(nouns[cards[i].subject]);
        expect(told, caption).toBeGreaterThanOrEqual(1);
        complete += told === 3 ? 1 : 0;
        short += told === 1 ? 1 : 0;
        total++;
      }
    });
    expect(complete / total).toBeGreaterThan(0.3);
    expect(complete / total).toBeLessThan(0.6);
    expect(short / total).toBeGreaterThan(0.15);
    expect(short / total).toBeLessThan(0.4);
  });
});

describe("heldOutGallery", () => {
  it("has 64 test cards of 64 combinations from 512 on, the same for the same seed", () => {
    const set = postcards({count: 512, seed: 3, sizePx: 16});
    const gallery = heldOutGallery(set, {count: 64, seed: 7});
    expect(gallery.indices.length).toBe(64);
    expect(new Set([...gallery.indices].map((i) => combination(set, i))).size).toBe(64);
    for (const i of gallery.indices) expect(set.splits[i]).toBe("test");
    gallery.captions.forEach((caption, i) => expect(set.captions[gallery.indices[i]][gallery.captionIndices[i]]).toBe(caption));
    expect(heldOutGallery(set, {count: 64, seed: 7})).toEqual(gallery);
    expect(heldOutGallery(set, {count: 64, seed: 8}).captions).not.toEqual(gallery.captions);
  });

  it("says which split is empty", () => {
    expect(() => heldOutGallery({splits: ["train"], captions: [["a"]], factors: {}})).toThrow(/test split has no captioned image/);
  });
});
