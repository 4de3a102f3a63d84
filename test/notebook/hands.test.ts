/** Whether somebody's hands are on the page: told at once, and then at most five times a second. */
import {expect, it} from "vitest";
import {watchHands} from "../../src/notebook/hands.ts";

/** A target that is watched, how often it told, and a touch of it at a time in ms. */
function watched() {
  const target = new EventTarget();
  const told: number[] = [];
  let nowMs = 0;
  watchHands(target as Window, () => told.push(nowMs));
  const touch = (type: string, atMs: number) => {
    nowMs = atMs;
    target.dispatchEvent(Object.defineProperty(new Event(type), "timeStamp", {value: atMs}));
  };
  return {told, touch};
}

it.each(["pointermove", "pointerdown", "wheel", "keydown"])("tells of a %s at once, a page's first moment included", (type) => {
  const {told, touch} = watched();
  touch(type, 0);
  expect(told).toEqual([0]);
});

it("tells at most five times a second, whatever the hands do meanwhile", () => {
  const {told, touch} = watched();
  for (let atMs = 0; atMs < 1000; atMs += 10) touch(["pointermove", "wheel", "keydown"][(atMs / 10) % 3], atMs);
  expect(told).toEqual([0, 200, 400, 600, 800]);
});

it("tells at once after a rest", () => {
  const {told, touch} = watched();
  for (const atMs of [1000, 1199, 5003, 5004]) touch("pointermove", atMs);
  expect(told).toEqual([1000, 5003]);
});

it("hears nothing of what no hand does", () => {
  const {told, touch} = watched();
  for (const type of ["scroll", "focusin", "pointerup", "mousemove"]) touch(type, 0);
  expect(told).toEqual([]);
});
