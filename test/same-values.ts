/** Long arrays compared in one go: an `expect` an element takes longer than what it tests. */
import {expect} from "vitest";

/** Expects two rows of numbers to be as long as each other and no further apart anywhere than `within`; 0 unless given, where NaN is the same as NaN. */
export function expectSameValues(found: ArrayLike<number> | undefined, wanted: ArrayLike<number>, {within = 0, of = "values"}: {within?: number | ((wanted: number) => number); of?: string} = {}): void {
  expect(found?.length, `${of}: length`).toBe(wanted.length);
  const allowed = typeof within === "number" ? () => within : within;
  for (let i = 0; i < wanted.length; i++) {
    if (Object.is(found![i], wanted[i]) || Math.abs(found![i] - wanted[i]) <= allowed(wanted[i])) continue;
    expect.fail(`${of}: element ${i} is ${found![i]}, expected ${wanted[i]}${within === 0 ? "" : ` within ${allowed(wanted[i])}`}`);
  }
}
