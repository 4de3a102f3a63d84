import {expect, test} from "vitest";
import {clipped} from "../../widgets/shared/map-places.ts";

const view = {width: 100, height: 60};

test("of a line through the view the part in sight is left, and a little more", () => {
  expect(clipped([-5000, 30, 5000, 30], view)).toEqual([-10, 30, 110, 30]);
  const [x0, y0, x1, y1] = clipped([50, 30, 50 + 4000, 30 + 4000], view)!;
  expect([x0, y0]).toEqual([50, 30]);
  expect(x1).toBeCloseTo(90, 6);
  expect(y1).toBeCloseTo(70, 6);
});

test("a line in sight stays as it is, also where it is a point", () => {
  expect(clipped([1, 2, 90, 50], view)).toEqual([1, 2, 90, 50]);
  expect(clipped([1, 2, 1, 2], view)).toEqual([1, 2, 1, 2]);
});

test("of a line past the view nothing is left", () => {
  expect(clipped([-500, -40, 500, -40], view)).toBeNull();
  expect(clipped([-300, 30, 30, -300], view)).toBeNull();
  expect(clipped([200, 30, 200, 30], view)).toBeNull();
});

test("a line whose end has no place is not drawn", () => {
  expect(clipped([NaN, NaN, 50, 30], view)).toBeNull();
});
