import {expect, test} from "vitest";
import {expectSameValues} from "./same-values.ts";

test("finds the element that is another, the missing one and NaN", () => {
  expectSameValues([1, NaN, 3], [1, NaN, 3]);
  expectSameValues([1.01], [1], {within: 0.02});
  expect(() => expectSameValues([1, 2, 3], [1, 2, 4], {of: "a.weight"})).toThrow("a.weight: element 2 is 3, expected 4");
  expect(() => expectSameValues([1, NaN], [1, 2], {within: 9})).toThrow("element 1 is NaN");
  expect(() => expectSameValues([1], [1, 2])).toThrow("length");
  expect(() => expectSameValues(undefined, [1])).toThrow("length");
  expect(() => expectSameValues([2], [1], {within: (x) => x / 2})).toThrow("within 0.5");
});
