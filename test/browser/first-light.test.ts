/** The first notebook as its readers have it: headless, over the built site, in a real Chromium. */
import {expect, test} from "vitest";
import {renderNotebook} from "../../src/cli/render-notebook.ts";
import type {HeldOutRecall} from "../../src/train/protocol.ts";

const notebook = "notebooks/01-first-light.html";
const shortest = {steps: "3", limit: "480"}; // 480 cards hold a gallery of 64

interface Values {
  lossHistory: number[];
  heldOutRecall: HeldOutRecall;
  seed: number;
}

async function render(settings: Record<string, string>) {
  const {json, errors, html, png} = await renderNotebook({notebook, settings, timeoutMs: 600_000});
  expect(errors).toEqual([]);
  return {values: json as unknown as Values, html, png};
}

test("a tiny run names what it found, and the page shows it", async () => {
  const {values, html, png} = await render({...shortest, seed: "4"});
  expect(values.seed).toBe(4);
  expect(values.lossHistory).toHaveLength(3);
  expect(values.lossHistory[0]).toBeGreaterThan(3);
  expect(values.heldOutRecall.gallery).toBe(64);
  expect(html).toContain("First light");
  expect(png.length).toBeGreaterThan(10_000);
});

test("the diagonal appears on cards that were never trained on", async () => {
  const {values: trained} = await render({steps: "90"});
  const {imageToText, textToImage} = trained.heldOutRecall;
  expect(trained.lossHistory[0]).toBeGreaterThan(Math.log(64) - 0.6);
  expect(trained.lossHistory[0]).toBeLessThan(Math.log(64) + 1.5);
  expect(mean(trained.lossHistory.slice(-10))).toBeLessThan(trained.lossHistory[0] - 2);
  expect(Math.min(imageToText[1], textToImage[1])).toBeGreaterThanOrEqual(0.3);
});

test("with the captions shuffled it stays at chance", async () => {
  const {values: shuffled} = await render({shuffled: "true", steps: "80"});
  expect(Math.max(shuffled.heldOutRecall.imageToText[1], shuffled.heldOutRecall.textToImage[1])).toBeLessThan(0.08);
});

function mean(values: number[]) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
