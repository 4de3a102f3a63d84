import {expect, it} from "vitest";
import {laidOver} from "../../widgets/shared/procrustes.ts";
import {seededRandom} from "../../src/tensor/random.ts";

const random = seededRandom(1);
const fixed = {x: Array.from({length: 30}, () => random.normal()), y: Array.from({length: 30}, () => random.normal())};

it.each([false, true])("finds a turned, scaled and shifted map again (mirrored: %s)", (mirrored) => {
  const [cos, sin] = [Math.cos(2) * 3, Math.sin(2) * 3];
  const moved = fixed.x.map((x, i) => [cos * x - sin * fixed.y[i] + 7, sin * x + cos * fixed.y[i] - 2]);
  const found = laidOver({x: moved.map(([x]) => x), y: moved.map(([, y]) => (mirrored ? -y : y))}, fixed);
  fixed.x.forEach((x, i) => {
    expect(found.x[i]).toBeCloseTo(x, 5);
    expect(found.y[i]).toBeCloseTo(fixed.y[i], 5);
  });
});

it("lays points that are all in one place onto the middle", () => {
  const {x, y} = laidOver({x: [5, 5, 5], y: [1, 1, 1]}, {x: [0, 1, 2], y: [0, 0, 3]});
  expect([...x, ...y]).toEqual([1, 1, 1, 1, 1, 1]);
});

it("wants as many points in both", () => {
  expect(() => laidOver({x: [1], y: [1]}, {x: [], y: []})).toThrow("as many points in both maps, got 1 and 0");
});
