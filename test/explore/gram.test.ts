/** Vectors made of cosines have exactly these cosines. */
import {expect, it} from "vitest";
import {gramVectors} from "../../src/explore/gram.ts";
import {seededRandom} from "../../src/tensor/random.ts";

const cosine = (vectors: Float32Array, width: number, i: number, j: number) => {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += vectors[i * width + k] * vectors[j * width + k];
  return sum;
};

function gramOf(rows: number[][]): number[][] {
  const unit = rows.map((row) => row.map((x) => x / Math.hypot(...row)));
  return unit.map((a) => unit.map((b) => a.reduce((sum, x, k) => sum + x * b[k], 0)));
}

it.each([
  ["as many directions as points", 12, 12],
  ["fewer directions than points, so that pivots vanish", 12, 3]
])("gives the cosines back: %s", (_, count, dimensions) => {
  const random = seededRandom(1);
  const gram = gramOf(Array.from({length: count}, () => Array.from({length: dimensions}, () => random() - 0.5)));
  const {vectors, width} = gramVectors(gram);
  for (let i = 0; i < count; i++) for (let j = 0; j < count; j++) expect(cosine(vectors, width, i, j)).toBeCloseTo(gram[i][j], 5);
});

it("gives equal points equal rows", () => {
  const {vectors, width} = gramVectors([[1, 1, 0.2], [1, 1, 0.2], [0.2, 0.2, 1]]);
  expect([...vectors.subarray(0, width)]).toEqual([...vectors.subarray(width, 2 * width)]);
});
