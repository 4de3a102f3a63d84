import {readFileSync} from "node:fs";
import {expect, it} from "vitest";
import {compileWasm, sources} from "../../src/tensor/compile-wasm.mjs";
import {innerProduct, innerProducts} from "../../src/tensor/products.ts";
import {seededRandom} from "../../src/tensor/random.ts";

const random = seededRandom(1);
const cloud = (count: number, width: number) => ({values: Float32Array.from({length: count * width}, () => random.normal()), width});

it.each([1, 3, 4, 7, 64, 65])("sums every product in one order, in WebAssembly and in plain code, at width %i", (width) => {
  const [a, b] = [cloud(71, width), cloud(133, width)];
  const all = innerProducts(a, 0, 71, b, 0, 133);
  for (let r = 0; r < 71; r++) {
    for (let c = 0; c < 133; c++) {
      const at = r * 133 + c;
      if (innerProduct(a, r, b, c) !== all[at]) expect(all[at], `row ${r}, column ${c}`).toBe(innerProduct(a, r, b, c));
    }
  }
  expect([...innerProducts(a, 5, 3, b, 11, 9)]).toEqual([5, 6, 7].flatMap((r) => [...all.subarray(r * 133 + 11, r * 133 + 20)]));
  const exact = a.values.subarray(0, width).reduce((sum, x, k) => sum + x * b.values[k], 0);
  expect(all[0]).toBeCloseTo(exact, 5);
});

it("crosses the borders of its panels", () => {
  const width = 40_000; // a panel holds six rows of these
  const [a, b] = [cloud(2, width), cloud(15, width)];
  expect([...innerProducts(a, 0, 2, b, 0, 15)]).toEqual([0, 1].flatMap((r) => Array.from({length: 15}, (_, c) => innerProduct(a, r, b, c))));
});

it("refuses rows of different widths", () => {
  expect(() => innerProducts(cloud(1, 3), 0, 1, cloud(1, 4), 0, 1)).toThrow("a has 3, b has 4");
});

it.each(sources)("carries the module that %s compiles to", async (source) => {
  expect(await compileWasm(source)).toBe(readFileSync(source.replace(/\.as$/, "-wasm.ts"), "utf8"));
});
