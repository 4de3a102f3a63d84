import {describe, expect, it} from "vitest";
import {judgeMap} from "../../src/explore/judge.ts";
import {pairFigures} from "../../src/explore/pair-figures.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import {normalisedRows} from "../../src/tensor/rows.ts";

function embeddings(count: number, width: number, seed: number) {
  const random = seededRandom(seed);
  return normalisedRows(Float32Array.from({length: count * width}, () => random.normal()), width, "rows").values;
}

/** The same by the definition, in float64, with the whole matrix. */
function plainly(images: Float32Array, captions: Float32Array, width: number, scale: number) {
  const count = images.length / width;
  const cosine = (i: number, j: number) => images.subarray(i * width, (i + 1) * width).reduce((sum, value, k) => sum + value * captions[j * width + k], 0);
  const logits = Array.from({length: count}, (_, i) => Array.from({length: count}, (_, j) => scale * cosine(i, j)));
  const logSum = (values: number[]) => Math.log(values.reduce((sum, value) => sum + Math.exp(value - Math.max(...values)), 0)) + Math.max(...values);
  return {
    ranks: logits.map((row, i) => 1 + row.filter((logit, j) => j !== i && logit >= row[i]).length),
    losses: logits.map((row, i) => (logSum(row) + logSum(logits.map((other) => other[i]))) / 2 - row[i])
  };
}

describe("pairFigures", () => {
  it.each([1, 2, 65, 150])("agrees with the definition for %i pairs", (count) => {
    const [images, captions] = [embeddings(count, 24, 1), embeddings(count, 24, 2)];
    for (let i = 0; i < images.length; i++) captions[i] += images[i];
    const rows = normalisedRows(captions, 24, "captions").values;
    const expected = plainly(images, rows, 24, 14);
    const {ranks, losses, loss, firsts} = pairFigures({images, captions: rows, width: 24, scale: 14});
    expect(Array.from(ranks)).toEqual(expected.ranks);
    losses.forEach((value, i) => expect(value).toBeCloseTo(expected.losses[i], 4));
    expect(loss).toBeCloseTo(expected.losses.reduce((a, b) => a + b) / count, 4);
    expect(firsts).toBe(expected.ranks.filter((rank) => rank === 1).length);
  });

  it("stays finite at the greatest scale, and counts ties as ahead", () => {
    const same = new Float32Array(12).fill(0.5);
    const {ranks, losses} = pairFigures({images: same, captions: same, width: 4, scale: 100});
    expect(Array.from(ranks)).toEqual([3, 3, 3]);
    losses.forEach((value) => expect(value).toBeCloseTo(Math.log(3), 5));
  });

  it("names what is missing", () => {
    expect(() => pairFigures({images: new Float32Array(8), captions: new Float32Array(4), width: 4, scale: 1})).toThrow("one caption an image, got 2 images and 1 captions");
  });
});

describe("judgeMap", () => {
  it("finds every neighbour kept on a map that is the space itself, and no crossing between clouds apart", () => {
    const count = 40;
    const points = new Float32Array(4 * count);
    const angle = (p: number) => (p < count ? 0 : 2) + ((p % count) / 50) ** 1.3;
    for (let p = 0; p < 2 * count; p++) points.set([Math.cos(angle(p)), Math.sin(angle(p))], 2 * p);
    const [x, y] = [0, 1].map((axis) => Float32Array.from({length: 2 * count}, (_, p) => points[2 * p + axis]));
    const kinds = new Uint8Array(2 * count).fill(1, count);
    const found = judgeMap({points, width: 2, kinds, x, y, scale: 10});
    expect(found.trustworthiness).toBeCloseTo(1, 6);
    expect(found.crossing).toBe(0);
    expect(found.crossingShown).toBe(0);
  });

  it("keeps to the pairs where there are too few points for neighbours", () => {
    const rows = embeddings(4, 8, 3);
    expect(judgeMap({points: rows, width: 8, kinds: new Uint8Array([0, 0, 1, 1]), x: new Float32Array(4), y: new Float32Array(4), scale: 1}).trustworthiness).toBeUndefined();
  });
});
