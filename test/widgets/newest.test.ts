import {expect, test} from "vitest";
import {newest} from "../../widgets/shared/newest.ts";

const raise = (error: unknown) => {
  throw error;
};

test("what is there at once is shown before the caller goes on", () => {
  const shown: number[] = [];
  void newest((frame: number) => frame, (layout) => shown.push(layout), raise)(1);
  expect(shown).toEqual([1]);
});

test("a promise resolves when its frame is shown; of those that wait only the newest is placed", async () => {
  const shown: number[] = [];
  const place = newest((frame: number) => Promise.resolve(frame), (layout) => shown.push(layout), raise);
  const promises = [1, 2, 3].map(place);
  await promises[0];
  expect(shown).toEqual([1]);
  await promises[1];
  await promises[2];
  expect(shown).toEqual([1, 3]);
});

test("a frame that cannot be placed is said, and the next one is placed", async () => {
  const said: string[] = [];
  const shown: number[] = [];
  const place = newest((frame: number) => (frame < 0 ? Promise.reject(new Error("below zero")) : frame), (layout) => shown.push(layout), (error) => said.push(String(error)));
  await place(-1);
  await place(2);
  expect({said, shown}).toEqual({said: ["Error: below zero"], shown: [2]});
});
