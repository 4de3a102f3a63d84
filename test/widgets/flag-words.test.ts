import {expect, test} from "vitest";
import {seededRandom} from "../../src/tensor/random.ts";
import {freeStart, placeFlags} from "../../widgets/shared/flag-words.ts";

const em = 14;

/** Poles that go through the words of another, as "pole through flag". */
function crossings(flags: {at: number; long: number}[], width: number): string[] {
  const places = placeFlags(flags, {em, width});
  expect(places.map(({row}) => row).sort()).toEqual(flags.map((_, k) => k));
  return places.flatMap(({row, start, room}, k) => flags.flatMap(({at}, other) => (other !== k && places[other].row < row && start < at && at < start + room ? [`${other} through ${k}`] : [])));
}

test("no pole goes through the words of another, on a telephone and on a laptop", () => {
  const random = seededRandom(7);
  for (let turn = 0; turn < 500; turn++) {
    const width = turn % 2 ? 350 : 900;
    const flags = Array.from({length: 1 + random.integer(7)}, () => ({at: 10 + random() * (width - 20), long: em * (4 + 9 * random())}));
    expect({flags, crossings: crossings(flags, width)}).toEqual({flags, crossings: []});
  }
});

test("words keep inside the picture, and are whole where there is room", () => {
  const flags = [{at: 120, long: 180}, {at: 240, long: 180}, {at: 330, long: 180}];
  for (const {start, room} of placeFlags(flags, {em, width: 350})) {
    expect(room).toBe(180);
    expect(start).toBeGreaterThanOrEqual(0);
    expect(start + room).toBeLessThanOrEqual(350);
  }
});

test("two flags at one place have their words beside it, a row each", () => {
  const places = placeFlags([{at: 300, long: 150}, {at: 300, long: 170}], {em, width: 350});
  for (const {start, room, over} of places) {
    expect(over).toBe(false);
    expect(start + room).toBeLessThan(300);
  }
});

test("a word moves sideways to where no pole is", () => {
  expect(freeStart(100, 60, [300], {gap: 4, width: 350})).toBe(100);
  expect(freeStart(100, 60, [110], {gap: 4, width: 350})).toBe(114);
  expect(freeStart(100, 60, [150], {gap: 4, width: 350})).toBe(86);
});
