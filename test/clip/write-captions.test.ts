import {expect, test} from "vitest";
import {writeCaptions} from "../../src/clip/write-captions.ts";
import type {NextToken} from "../../src/clip/write-captions.ts";
import {seededRandom} from "../../src/tensor/random.ts";

// Ids: 0 padding, 1 "a", 2 "b", 3 start, 4 end. What follows which draft, by its ids.
const vocabulary = {startId: 3, endId: 4, contextLength: 5};
const table: Record<string, number[]> = {
  "3": [0, 0.6, 0.4, 0, 0],
  "3,1": [0, 0.3, 0.3, 0, 0.4], // a, then nothing is likely
  "3,2": [0, 0, 0.05, 0, 0.95] // b, then surely the end
};
const next: NextToken = async (drafts) => drafts.map(({ids}) => Float32Array.from(table[ids.join()] ?? [0, 0, 0, 0, 1], Math.log));
const ids = (captions: Awaited<ReturnType<typeof writeCaptions>>) => captions.map(({tokens}) => tokens.map(({id}) => id).join());

test("greedy takes the likeliest token each time and says how likely it was", async () => {
  const [caption] = await writeCaptions(1, next, vocabulary);
  expect(caption.tokens.map(({id}) => id)).toEqual([1, 4]);
  expect(caption.tokens.map(({probability}) => probability)).toEqual([expect.closeTo(0.6), expect.closeTo(0.4)]);
  expect(caption.logProbability).toBeCloseTo(Math.log(0.24));
});

test("a beam finds the caption that is likelier as a whole", async () => {
  expect(ids(await writeCaptions(2, next, vocabulary, {strategy: "beam", beams: 2}))).toEqual(["2,4", "2,4"]);
});

test("top-k draws by chance, among k only, the same for the same seed", async () => {
  const many = await writeCaptions(400, next, vocabulary, {strategy: "top-k", k: 2, random: seededRandom(1)});
  expect(ids(many)).toEqual(ids(await writeCaptions(400, next, vocabulary, {strategy: "top-k", k: 2, random: seededRandom(1)})));
  const share = many.filter(({tokens}) => tokens[0].id === 1).length / 400;
  expect(share).toBeGreaterThan(0.5);
  expect(share).toBeLessThan(0.7);
  const only = await writeCaptions(50, next, vocabulary, {strategy: "top-k", k: 1, random: seededRandom(1)});
  expect(new Set(ids(only))).toEqual(new Set(["1,4"]));
});

test("stops where there is no more room", async () => {
  const endless: NextToken = async (drafts) => drafts.map(() => Float32Array.from([0, 1, 0, 0, 0], Math.log));
  expect(ids(await writeCaptions(1, endless, vocabulary))).toEqual(["1,1,1,1"]);
});

test("refuses options out of range, by name", async () => {
  await expect(writeCaptions(1, next, vocabulary, {strategy: "beam", beams: 0})).rejects.toThrow("beams is a whole number of at least 1; it was given 0");
  await expect(writeCaptions(1, next, vocabulary, {strategy: "top-k"})).rejects.toThrow("give it a seeded random");
  await expect(writeCaptions(1, next, vocabulary, {temperature: -1})).rejects.toThrow("temperature is a number above 0");
  await expect(writeCaptions(1, next, vocabulary, {strategy: "worst" as "greedy"})).rejects.toThrow('it was given "worst"');
});
