/** The first notebook as its readers have it: headless, over the built site, in a real Chromium. */
import {afterAll, beforeAll, expect, test} from "vitest";
import type {HeldOutRecall} from "../../src/train/protocol.ts";
import type {Site} from "./chromium.ts";
import {openSite} from "./chromium.ts";
import {hasNoViolation, openLessonPage, valuesOf} from "./lesson-page.ts";

let site: Site;
beforeAll(async () => void (site = await openSite()));
afterAll(() => site?.close());

interface Values {
  lossHistory: number[];
  heldOutRecall: HeldOutRecall;
  seed: number;
}

async function train(settings: Record<string, string>, {looksAtIt = false} = {}) {
  const lesson = await openLessonPage(site, "01-first-light", settings);
  const values = await valuesOf<Values>(lesson);
  const words = await lesson.frame.locator("body").innerText();
  if (looksAtIt) await hasNoViolation(lesson);
  await lesson.close();
  return {values, words};
}

test("the diagonal appears on cards that were never trained on, the page says what it found, and axe finds nothing", async () => {
  const {values: {lossHistory, heldOutRecall}, words} = await train({steps: "60"}, {looksAtIt: true});
  expect(lossHistory).toHaveLength(60);
  expect(lossHistory[0]).toBeGreaterThan(Math.log(64) - 0.6);
  expect(lossHistory[0]).toBeLessThan(Math.log(64) + 1.5);
  expect(mean(lossHistory.slice(-10))).toBeLessThan(lossHistory[0] - 2);
  expect(heldOutRecall.gallery).toBe(64);
  expect(Math.min(heldOutRecall.imageToText[1], heldOutRecall.textToImage[1])).toBeGreaterThanOrEqual(0.3);
  expect(words).toContain("First light");
});

test("with the captions shuffled it stays at chance", async () => {
  const {values: {heldOutRecall, seed}} = await train({shuffled: "true", steps: "45", seed: "4", limit: "640"});
  expect(seed).toBe(4);
  expect(heldOutRecall.gallery).toBe(64);
  expect(Math.max(heldOutRecall.imageToText[1], heldOutRecall.textToImage[1])).toBeLessThan(0.08);
});

function mean(values: number[]) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
