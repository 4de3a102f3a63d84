import {expect, test} from "vitest";
import {placeLabels, widthOf} from "../../widgets/shared/chart-labels.ts";

const em = 14;
const size = {em, width: 400, height: 200};
const flat = (y: number): [number, number][] => [[40, y], [380, y]];
/** From the top of the letters to below the line. */
const boxOf = (y: number) => [y - 0.9 * em, y + 0.3 * em];

test("of two lines close to each other one has its name above, the other below, and no line goes through a name", () => {
  const lines = [flat(80), flat(95)];
  const places = placeLabels([{text: "alignment", near: [[200, 80], [250, 80]], line: 0}, {text: "gap", near: [[200, 95], [120, 95]], line: 1}], {...size, lines});
  for (const {y} of places) for (const [[, line]] of lines) expect(boxOf(y)[0] < line && line < boxOf(y)[1]).toBe(false);
  expect(places[0].y).toBeLessThan(80);
  expect(places[1].y).toBeGreaterThan(95);
});

test("a name goes along its line to where nothing is in the way", () => {
  const fence: [number, number][] = Array.from({length: 40}, (_, i) => [200 + i, i % 2 ? 40 : 160]);
  const [place] = placeLabels([{text: "loss", near: [[200, 100], [60, 100]]}], {...size, lines: [flat(100), fence]});
  expect(place.x).toBeLessThan(100);
});

test("names of one place stand one under the other, inside the chart", () => {
  const places = placeLabels(["one", "two", "three"].map((text) => ({text, near: [[390, 60]] as [number, number][]})), {...size, lines: []});
  const rows = places.map(({y}) => y).sort((a, b) => a - b);
  expect(rows[1] - rows[0]).toBeGreaterThan(em);
  expect(rows[2] - rows[1]).toBeGreaterThan(em);
  for (const {x} of places) expect(x + widthOf("three", em)).toBeLessThanOrEqual(400);
});

test("where lines are everywhere, names still do not stand on each other", () => {
  const lines = Array.from({length: 30}, (_, i) => flat(10 * i));
  const [a, b] = placeLabels([{text: "a", near: [[200, 100]]}, {text: "b", near: [[200, 100]]}], {...size, lines});
  expect(Math.abs(a.y - b.y)).toBeGreaterThan(em);
});

test("a name beside a mark keeps out of the way of a line that stands upright through the chart", () => {
  const cross: [number, number][] = [[220, 20], [220, 170]];
  const [{x}] = placeLabels([{text: "learned 0.07", near: [[200, 100]]}], {...size, lines: [cross]});
  expect(x + widthOf("learned 0.07", em)).toBeLessThan(200);
});
