/** What the inspector says of numbers. */
import {describe, expect, it} from "vitest";
import {numbersOf, summarize} from "../../src/notebook/numbers-view.ts";

describe("numbersOf", () => {
  it("knows typed arrays, and objects of a shape with data", () => {
    expect(numbersOf(new Float32Array(6))).toMatchObject({type: "Float32Array", shape: [6]});
    expect(numbersOf({shape: [2, 3], data: new Float32Array(6)})).toMatchObject({type: "Float32Array", shape: [2, 3]});
  });

  it("leaves everything else alone", () => {
    for (const value of [null, undefined, 1, "a", [1, 2], {shape: [2, 2], data: new Float32Array(6)}, {shape: [1], data: [1]}, new DataView(new ArrayBuffer(8))]) expect(numbersOf(value)).toBeUndefined();
  });
});

describe("summarize", () => {
  it("leaves out and counts what is not finite", () => {
    expect(summarize(Float64Array.of(1, NaN, 5, -Infinity))).toEqual({min: 1, max: 5, mean: 3, notFinite: 2});
  });
});
