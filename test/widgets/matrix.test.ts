import {describe, expect, it} from "vitest";
import {seededRandom} from "../../src/tensor/random.ts";
import {isRight} from "../../widgets/exercise.ts";
import {smooth, spread} from "../../widgets/loss-curve.ts";
import {csv} from "../../widgets/shared/files.ts";
import {cosineMatrix, finiteExtent, firstOnDiagonal, rankOf, softmax} from "../../widgets/shared/matrix.ts";
import {domainOf} from "../../widgets/shared/matrix-layout.ts";
import {duration, fixed, number, percent, shorten} from "../../widgets/shared/text.ts";

const random = seededRandom(3);
const unit = (rows: number, width: number) => {
  const out = new Float32Array(rows * width).map(() => random.normal());
  for (let i = 0; i < rows; i++) {
    const row = out.subarray(i * width, (i + 1) * width);
    const length = Math.hypot(...row);
    row.forEach((value, k) => (row[k] = value / length));
  }
  return out;
};

describe("softmax", () => {
  const cosines = cosineMatrix(unit(5, 8), unit(7, 8), 8);

  it("is exp over sum of exp, along rows and along columns", () => {
    for (const along of ["row", "column"] as const) {
      const got = softmax(cosines, 5, 7, 10, along);
      for (let i = 0; i < 5; i++)
        for (let j = 0; j < 7; j++) {
          const line = along === "row" ? Array.from({length: 7}, (_, k) => cosines[i * 7 + k]) : Array.from({length: 5}, (_, k) => cosines[k * 7 + j]);
          const sum = line.reduce((total, value) => total + Math.exp(10 * value), 0);
          expect(got[i * 7 + j]).toBeCloseTo(Math.exp(10 * cosines[i * 7 + j]) / sum, 6);
        }
    }
  });

  it("stays finite from a temperature of .005 to one of 10", () => {
    for (const tau of [0.005, 0.01, 0.07, 1, 10]) for (const p of softmax(cosines, 5, 7, 1 / tau)) expect(Number.isFinite(p)).toBe(true);
  });

  it("is certain of a single caption", () => expect([...softmax([0.3, -0.2], 2, 1, 14)]).toEqual([1, 1]));
});

describe("ranks", () => {
  const values = [0.9, 0.1, 0.5, /* */ 0.2, 0.2, 0.8];
  it("counts who stands strictly above", () => {
    expect([0, 1, 2].map((j) => rankOf(values, 2, 3, 0, j))).toEqual([1, 3, 2]);
    expect([0, 1].map((i) => rankOf(values, 2, 3, i, 1, "column"))).toEqual([2, 1]);
  });
  it("calls no tie a first", () => {
    expect(firstOnDiagonal(values, 2, 3)).toBe(1);
    expect(firstOnDiagonal(new Float32Array(16).fill(0.3), 4, 4)).toBe(0);
    expect(firstOnDiagonal([NaN], 1, 1)).toBe(0);
  });
});

describe("the colour range", () => {
  it("is 0 to 1 for probability, and rounded outward for cosine", () => {
    expect(domainOf("captions", [0.2, 0.3])).toEqual([0, 1]);
    expect(domainOf("cosine", [-0.13, 0.31])).toEqual([-0.2, 0.4]);
  });
  it("is never empty, whatever the data", () => {
    for (const extent of [null, [0.3, 0.3], [1, 1], [-1, -1], [0, 0]] as ([number, number] | null)[]) {
      const [low, high] = domainOf("cosine", extent);
      expect(high).toBeGreaterThan(low);
    }
    expect(finiteExtent([NaN, Infinity])).toBeNull();
    expect(finiteExtent([NaN, 2, -1])).toEqual([-1, 2]);
  });
});

describe("smoothing", () => {
  it("keeps a constant, and a straight line away from its ends", () => {
    expect([...smooth([2, 2, 2, 2], 0.1)].every((value) => Math.abs(value - 2) < 1e-12)).toBe(true);
    const line = Array.from({length: 201}, (_, i) => i);
    expect(smooth(line, 0.3)[100]).toBeCloseTo(100, 6);
  });
  it("passes over what is not a number", () => expect([...smooth([1, NaN, 1], 0.5)]).toEqual([1, 1, 1]));
  it("has nothing to say of nothing", () => expect(Number.isNaN(smooth([NaN], 0.5)[0])).toBe(true));
});

it("moves labels apart and keeps them inside", () => {
  const moved = spread([{y: 50}, {y: 51}, {y: 99}, {y: 98}], 10, 0, 100).map((label) => label.y);
  for (let i = 1; i < moved.length; i++) expect(moved[i] - moved[i - 1]).toBeGreaterThanOrEqual(10);
  expect(Math.max(...moved)).toBeLessThanOrEqual(100);
});

it("writes CSV that quotes what must be quoted", () => {
  expect(csv({columns: ["id", "words"], rows: [[1, 'a "dog", brown']]})).toBe('id,words\r\n1,"a ""dog"", brown"\r\n');
  // What a spreadsheet would take for a formula is text there; numbers stay numbers.
  expect(csv({columns: ["=a", "n"], rows: [["=HYPERLINK(1)", -1], ["@x", 2], ["-0.5", 3], ["+1e-3", 4], ["-x,y", 5], ["\tz", 6], ["a=b", 7]]})).toBe("'=a,n\r\n'=HYPERLINK(1),-1\r\n'@x,2\r\n-0.5,3\r\n+1e-3,4\r\n\"'-x,y\",5\r\n'\tz,6\r\na=b,7\r\n");
});

it("writes numbers as people read them", () => {
  expect([number(-0.27123), number(0), number(14.2857), number(12345.6), number(NaN), number(1e-7)]).toEqual(["−0.271", "0", "14.3", "12,346", "not a number", "1.0\u00a0×\u00a010⁻⁷"]);
  expect([fixed(-0.001), fixed(4.158)]).toEqual(["0.00", "4.16"]);
  expect([percent(38 / 64), percent(0.004), percent(0.9999), percent(0)]).toEqual(["59 %", "0.4 %", "over 99 %", "0 %"]);
  expect([duration(8.4), duration(80)]).toEqual(["8 s", "1 min 20 s"]);
  expect(shorten("a brown dog runs over green grass", 20)).toBe("a brown dog runs…");
});

it("checks an answer as a person writes it", () => {
  expect(isRight("4,16", Math.log(64), 0.01)).toBe(true);
  expect(isRight("59 %", 38 / 64, 0.01)).toBe(true);
  expect(isRight("−0.5", -0.5, 0)).toBe(true);
  expect(["", "four", "3"].some((typed) => isRight(typed, 4, 0.1))).toBe(false);
  expect(isRight("square", "square", 0)).toBe(true);
});
