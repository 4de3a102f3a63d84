import {describe, expect, it} from "vitest";
import {createBatches, gatherPixels, postcards, shuffleTrainCaptions} from "../../src/data/index.ts";
import type {Split} from "../../src/data/index.ts";

/** `count` images with five captions each; every `repeat`-th image shares its first caption with the one before it. */
function made(count: number, {captions = 5, repeat = 0} = {}) {
  return {
    splits: Array.from({length: count}, (): Split => "train"),
    captions: Array.from({length: count}, (_, i) => Array.from({length: captions}, (_, k) => (repeat && k === 0 && i % repeat === 1 ? `image ${i - 1} caption 0` : `image ${i} caption ${k}`)))
  };
}

const take = <T>(n: number, next: () => T) => Array.from({length: n}, next);

describe("createBatches", () => {
  it("shows every image once an epoch, in an order of its own each time", () => {
    const batches = createBatches(made(64), {batchSize: 16, seed: 1});
    const [first, second] = [0, 1].map(() => take(4, () => [...batches.next().indices]).flat());
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({length: 64}, (_, i) => i));
    expect([...second].sort((a, b) => a - b)).toEqual(Array.from({length: 64}, (_, i) => i));
    expect(second).not.toEqual(first);
  });

  it("is the same for the same seed and goes on from a saved state", () => {
    const options = {batchSize: 8, seed: "x", captions: "one", avoidDuplicates: true} as const;
    const [a, b, c] = [createBatches(made(50), options), createBatches(made(50), options), createBatches(made(50), {...options, seed: "y"})];
    expect(take(20, a.next)).toEqual(take(20, b.next));
    expect(c.next().indices).not.toEqual(createBatches(made(50), options).next().indices);
    const resumed = createBatches(made(50), options);
    resumed.restore(JSON.parse(JSON.stringify(a.state())));
    expect(take(15, resumed.next)).toEqual(take(15, a.next));
  });

  it("takes the captions in turn: five epochs show all five of each image", () => {
    const batches = createBatches(made(20), {batchSize: 10, captions: "in turn"});
    const seen = new Set<string>();
    for (const {indices, captionIndices} of take(10, batches.next)) indices.forEach((row, i) => seen.add(`${row}/${captionIndices[i]}`));
    expect(seen.size).toBe(100);
  });

  it("draws one caption at random, all with about the same frequency", () => {
    const batches = createBatches(made(50), {batchSize: 50, captions: "one"});
    const counts = [0, 0, 0, 0, 0];
    for (const {captionIndices} of take(40, batches.next)) captionIndices.forEach((k) => counts[k]++);
    for (const count of counts) expect(count).toBeGreaterThan(320);
  });

  it("gives all captions at once, each with its row", () => {
    const batch = createBatches(made(20), {batchSize: 4, captions: "all"}).next();
    expect([...batch.captionRows]).toEqual([0, 1, 2, 3].flatMap((row) => [row, row, row, row, row]));
    expect([...batch.captionIndices]).toEqual([0, 1, 2, 3].flatMap(() => [0, 1, 2, 3, 4]));
    expect(batch.falseNegatives).toBe(0);
  });

  it("counts the false negatives of a batch, and avoids them when asked", () => {
    const pairs = made(12);
    const loose = take(10, createBatches(pairs, {batchSize: 6, captions: "each", seed: 4}).next);
    for (const {indices, falseNegatives} of loose) {
      const expected = [...indices].reduce((sum, row, i) => sum + [...indices].filter((other, j) => j !== i && other === row).length, 0);
      expect(falseNegatives).toBe(expected);
    }
    expect(loose.some(({falseNegatives}) => falseNegatives > 0)).toBe(true);
    const strict = take(9, createBatches(pairs, {batchSize: 6, captions: "each", seed: 4, avoidDuplicates: true}).next);
    for (const {indices, falseNegatives} of strict) {
      expect(new Set(indices).size).toBe(6);
      expect(falseNegatives).toBe(0);
    }
  });

  it("keeps identical captions of different images apart", () => {
    const pairs = made(8, {captions: 1, repeat: 2});
    const together = take(20, createBatches(pairs, {batchSize: 8}).next);
    // Four couples share their words: each gives two true entries off the diagonal.
    for (const {falseNegatives} of together) expect(falseNegatives).toBe(8);
    for (const {falseNegatives} of take(20, createBatches(pairs, {batchSize: 4, avoidDuplicates: true}).next)) expect(falseNegatives).toBe(0);
  });

  it("makes neighbourhoods whose pictures share some factors, still every image once an epoch", () => {
    const pairs = {...made(96), factors: {colour: Array.from({length: 96}, (_, i) => "rgb"[i % 3]), place: Array.from({length: 96}, (_, i) => i % 2)}};
    const alike = (hardNegatives?: {share: string[]; size: number}) => {
      const batches = take(6, createBatches(pairs, {batchSize: 16, seed: 2, avoidDuplicates: true, hardNegatives}).next);
      expect(new Set(batches.flatMap(({indices}) => [...indices])).size).toBe(96);
      const couples = batches.flatMap(({indices}) => [...indices].flatMap((a, i) => [...indices].slice(i + 1).map((b) => a % 6 === b % 6)));
      return couples.filter(Boolean).length / couples.length;
    };
    expect(alike()).toBeLessThan(0.22);
    expect(alike({share: ["colour", "place"], size: 8})).toBeGreaterThan(0.4);
    expect(() => createBatches(pairs, {batchSize: 16, hardNegatives: {share: ["smell"], size: 8}})).toThrow(/hardNegatives: the set has the factors colour, place, not smell/);
    expect(() => createBatches(made(20), {batchSize: 16, hardNegatives: {share: ["colour"], size: 8}})).toThrow(/no factors/);
    expect(() => createBatches(pairs, {batchSize: 16, hardNegatives: {share: ["place"], size: 1}})).toThrow(/size must be a whole number from 2, not 1/);
  });

  it("says how many images there are when a batch needs more", () => {
    expect(() => createBatches(made(10), {batchSize: 64})).toThrow(/batchSize is 64, but the train split has only 10/);
  });
});

describe("gatherPixels and shuffleTrainCaptions", () => {
  const set = postcards({count: 40, seed: 1, sizePx: 16});

  it("copies the images of a batch in its order", () => {
    const bytes = 16 * 16 * 3;
    expect(gatherPixels(set, Int32Array.of(7, 3)).subarray(bytes)).toEqual(set.pixels.subarray(3 * bytes, 4 * bytes));
  });

  it("leaves no train image its captions, and the held-out ones theirs", () => {
    const shuffled = shuffleTrainCaptions(set, {seed: 1});
    set.splits.forEach((split, i) => {
      if (split === "train") expect(shuffled.captions[i]).not.toEqual(set.captions[i]);
      else expect(shuffled.captions[i]).toEqual(set.captions[i]);
    });
    expect(shuffled.captions.flat().sort()).toEqual(set.captions.flat().sort());
  });
});
