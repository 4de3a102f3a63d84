/** The font of formulas is a part of STIX Two Math: what sets formulas is in it as in the whole. */
import {readFileSync} from "node:fs";
import {expect, it} from "vitest";
import {mathTable} from "./woff2.ts";

const part = readFileSync("notebooks/site/letters/formulas.woff2");
const whole = readFileSync("node_modules/@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2");
const [partTable, wholeTable] = [part, whole].map((font) => mathTable(font)!);

/** The 56 constants: the first four as they are, of the others the value without its device table, and the last as it is (OpenType, MathConstants). */
function constants(table: Buffer): number[] {
  const start = table.readUInt16BE(4);
  const values = Array.from({length: 51}, (_, k) => table.readInt16BE(start + 8 + 4 * k));
  return [0, 2, 4, 6].map((at) => table.readInt16BE(start + at)).concat(values, table.readInt16BE(start + 8 + 4 * 51));
}

/** How many glyphs have larger forms: upright, and lying. */
function variants(table: Buffer): number[] {
  const start = table.readUInt16BE(8);
  return [table.readUInt16BE(start + 6), table.readUInt16BE(start + 8)];
}

it("keeps the constants by which a formula is laid out", () => {
  expect(constants(partTable)).toEqual(constants(wholeTable));
  expect(constants(partTable)[5]).toBeGreaterThan(0);
});

it("keeps the large forms of the brackets, roots and sums that are in it", () => {
  const [upright, lying] = variants(partTable);
  expect(upright).toBeGreaterThan(50);
  expect(upright).toBeLessThanOrEqual(variants(wholeTable)[0]);
  expect(lying).toBeGreaterThan(10);
});

it("tells a font without the table, such as the one of signs", () => {
  expect(mathTable(readFileSync("notebooks/site/letters/signs.woff2"))).toBeUndefined();
});

it("has its licence beside it", () => {
  expect(readFileSync("notebooks/site/letters/OFL-stix.txt", "utf8")).toMatch(/STIX Fonts Project Authors[^]*SIL Open Font License, Version 1.1/i);
});
