/** The notebook of real CLIPs, at a tiny size: with none at hand; then one fetched from a hub that drops the connection, looked at, kept over a reload without a network, deleted. */
import {afterAll, beforeAll, expect, it} from "vitest";
import {repository} from "../../src/cli/bench/random-models.ts";
import {checkConfig} from "../../src/clip/config.ts";
import {trainTokenizer} from "../../src/clip/train-tokenizer.ts";
import {postcards} from "../../src/data/index.ts";
import {startHub, type Hub} from "../train/hub.ts";
import {violationsInBothSchemes} from "./axe.ts";
import {cellsOf, errors, idle, openNotebook, openSite, reloaded, values, visit, type Site} from "./chromium.ts";

let site: Site;
let hub: Hub;
let repositories: Record<string, Record<string, Uint8Array>>;
beforeAll(async () => {
  const tokenizer = trainTokenizer(postcards({count: 60, seed: 2}).captions.flat(), {vocabularySize: 200, contextLength: 20});
  const config = checkConfig({
    embedDim: 24, activation: "quickGelu", imageHead: "linear", textHead: "linear", headDropout: 0,
    image: {kind: "vit", sizePx: 48, patchPx: 16, width: 128, heads: 2, layers: 2},
    text: {kind: "transformer", contextLength: 20, vocabularySize: tokenizer.vocabularySize, width: 64, heads: 1, layers: 2}
  });
  repositories = {"some/vit": await repository(config, {layout: "huggingFace", dtype: "F16"}, tokenizer)};
  hub = await startHub(repositories);
  site = await openSite({args: ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]});
});
afterAll(async () => {
  await site?.close();
  await hub?.close();
});

const tiny = {"set.limit": "60", "set.steps": "2", "set.watch": "4", "set.searched": "8"};
/** Each with settings that make it small, and what is to be found in its values. */
const lessons: [string, Record<string, string>, Record<string, unknown>][] = [
  ["09-retrieval", {"set.searched": "12"}, {retrievalRecall: {step: 0, gallery: {images: 12, captions: 60}}}],
  ["10-zero-shot", {"set.tested": "12"}, {judged: {count: 12}, comparison: [{seed: 1}], subjectAccuracy: expect.any(Number)}]
];
const factsOf = async (page: Parameters<typeof values>[0]) => (await values(page)).facts as {model: string; sizePx: number; embedDim: number; labels: string[]; occlusion?: {patches: number; words: number; cosine: number}};

it("opens usefully without a model, then shows one that was fetched, in every view", async () => {
  hub.repositories = new Map(Object.entries(repositories));
  const {page, frame} = await openNotebook(site, "notebooks/13-real-clip.html", tiny);
  expect(await errors(page)).toEqual([]);
  expect(await factsOf(page)).toMatchObject({model: "vit-tiny", sizePx: 32});

  // A name that is not there.
  const field = frame.getByLabel("a model's name on the hub, or its address");
  await field.fill(`${hub.url}/some/other/`);
  await frame.getByRole("button", {name: "Fetch the model"}).press("Enter");
  await expect.poll(() => frame.locator(".d-model-import [role=status]").textContent()).toMatch(/has no safetensors weights/);
  // Stopped by keys, whose focus stays in the field, and gone on with over a connection that breaks once.
  const address = `${hub.url}/some/vit/`;
  hub.faults = {trickleBytes: 5_000, trickleMs: 200};
  await field.fill(address);
  await field.press("Enter");
  await expect.poll(() => frame.locator(".d-model-import [role=status]").textContent()).toMatch(/^Fetching/);
  await frame.getByRole("button", {name: "Stop"}).press("Enter");
  await expect.poll(() => frame.locator(".d-model-import [role=status]").textContent()).toMatch(/^Stopped\. What came so far is kept/);
  expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
  hub.ranges = [];
  hub.faults = {dropAfter: 50_000, drops: 1};
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await factsOf(page)).model).toBe(address);
  await idle(page);
  expect(await errors(page)).toEqual([]);
  expect(hub.faults.drops).toBe(0);
  expect(hub.ranges.length).toBeGreaterThan(1);
  expect(hub.ranges[0]).not.toMatch(/^0-/);
  await expect.poll(async () => (await factsOf(page)).occlusion?.patches).toBe(49);
  const {occlusion, embedDim, sizePx} = await factsOf(page);
  expect([sizePx, embedDim]).toEqual([48, 24]);
  expect(Math.abs(occlusion!.cosine)).toBeLessThanOrEqual(1);
  await expect.poll(() => frame.locator(".d-attention rect").count()).toBe(9);
  await frame.getByRole("button", {name: "Take a photo"}).press("Enter");
  await expect.poll(() => frame.locator("figure", {hasText: "Your photo"}).count()).toBeGreaterThan(0);

  expect(await violationsInBothSchemes(page, frame)).toEqual([]);

  // Kept: there again with no hub to ask, and gone when it is deleted.
  hub.repositories.clear();
  await reloaded(page, () => page.reload());
  const again = cellsOf(page);
  await again.locator(".d-model-import .d-kept").getByRole("button", {name: "Use"}).press("Enter");
  await expect.poll(async () => (await factsOf(page)).model).toBe(address);
  expect(await again.evaluate(() => document.activeElement?.textContent)).toBe("In use");
  // Other lessons take it in the place of the network that they would train.
  const other = await page.context().newPage();
  for (const [lesson, settings, shown] of lessons) {
    const query = new URLSearchParams({open: `notebooks/${lesson}.html`, unattended: "", "set.model": address, "set.limit": "40", ...settings});
    const cells = await visit(other, `${site.url}notebook.html?${query}`);
    expect(await errors(other)).toEqual([]);
    expect(await values(other)).toMatchObject({fetched: true, ...shown});
    await expect.poll(() => cells.locator("body").innerText()).toContain(`${address} is looked at here, not trained.`);
  }
  await other.close();

  await again.getByRole("button", {name: `Delete ${address}`}).press("Enter");
  await expect.poll(() => again.locator(".d-model-import .d-kept").textContent()).toBe("");
  await expect.poll(async () => (await factsOf(page)).model).toBe("vit-tiny");
  await page.context().close();
});
