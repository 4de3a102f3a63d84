/** A run in a real page: a loss written in a cell, its errors, and nothing left behind when cells run again. */
import type {Frame} from "playwright-core";
import {afterAll, beforeAll, expect, test} from "vitest";
import type {HeldOutRecall} from "../../src/train/protocol.ts";
import {errors, idle, openNotebook, openSite, rewrite, values, visit, write} from "./chromium.ts";
import type {Site} from "./chromium.ts";

let site: Site;
beforeAll(async () => void (site = await openSite()));
afterAll(() => site?.close());

interface Outcome {
  state: string;
  error: string | null;
  losses: number[];
  lossImage: number;
  lossText: number;
  heldOut: HeldOutRecall;
}

/** The named values of a fixture's cells, none of which may fail, once its run has gone by itself. */
async function valuesOf(name: string, settings: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const {page} = await openNotebook(site, `fixtures/${name}.html`, {unattended: "", ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [`set.${key}`, value]))});
  expect(await errors(page)).toEqual([]);
  const found = await values(page);
  await page.context().close();
  return found;
}

const outcomeWith = async (settings: Record<string, string>) => (await valuesOf("own-loss", settings)).outcome as Outcome;

/** The cell of own-loss.html that makes the run, with more said of it: it waits for somebody to play it. */
const runCell = (more: string, batchSize = 32) => `const pairs = await openPairs("postcards", {limit, seed: 1, invalidation});
const run = await createRun({pairs, model: "cbow-tiny", batchSize: ${batchSize}, steps, ${more}}, {invalidation});`;

test("with one half of the loss deleted in a cell, the other direction suffers", async () => {
  const enough = {steps: "30", limit: "800"};
  const captions = await outcomeWith({half: "captions", ...enough}); // images choose among captions, and nothing else is asked
  const images = await outcomeWith({half: "images", ...enough});
  const lead = ({heldOut: {imageToText, textToImage}}: Outcome) => imageToText[1] + imageToText[5] - textToImage[1] - textToImage[5];
  expect(lead(captions)).toBeGreaterThan(lead(images));
  const cost = ({lossImage, lossText}: Outcome) => lossText - lossImage; // of the direction over images, against that over captions
  expect(cost(captions)).toBeGreaterThan(cost(images) + 0.05);
});

test("an error in a cell's loss stops the run and names the cell's own line", async () => {
  const {state, error, losses} = await outcomeWith({broken: "true"});
  expect(state).toBe("failed");
  expect(losses).toEqual([]);
  expect(error).toMatch(/^loss: .*deep.*line 3 of its cell/);
});

interface Memory {
  numTensors: number;
  runs: number;
  sets: number;
}

const memoryOf = (frame: Frame) =>
  frame.evaluate(() => (globalThis as unknown as {diagonalFrame: {client: {call(name: string): Promise<unknown>}}}).diagonalFrame.client.call("train.memory")) as Promise<Memory>;

test("ten re-runs of the cell that makes the run leave no tensor, run or worker behind", async () => {
  const {page, frame} = await openNotebook(site, "fixtures/own-loss.html", {"set.limit": "400", "set.steps": "2"});
  const cell = (i: number) => `${runCell(`seed: ${i}`, 16)}\nawait run.step(1);`;
  const protocol = await page.context().newCDPSession(frame);
  /** Bytes in use in the frame's process, after a collection. */
  const heap = async () => {
    await protocol.send("HeapProfiler.collectGarbage");
    return ((await protocol.send("Runtime.getHeapUsage")) as {usedSize: number}).usedSize;
  };
  await rewrite(page, 6, cell(0));
  await rewrite(page, 6, cell(0));
  const first = await memoryOf(frame);
  const heapBefore = await heap();
  const workers = page.workers().length;
  for (let i = 1; i <= 10; i++) await rewrite(page, 6, cell(i));
  await idle(page);
  expect(await memoryOf(frame)).toEqual(first);
  expect(first.runs).toBe(1);
  expect(page.workers().length).toBe(workers);
  // The captions of ten sets left behind would weigh more.
  await expect.poll(async () => (await heap()) - heapBefore).toBeLessThan(2 ** 20);
  await page.context().close();
});

test("a hidden tab goes on training: nothing in the loop waits for the page to paint", async () => {
  const {page, frame} = await openNotebook(site, "fixtures/own-loss.html", {"set.limit": "320", "set.steps": "5"});
  await rewrite(page, 6, `${runCell("seed: 1")}\nglobalThis.held = run;`);
  // What a browser does to a hidden tab: no frame is painted any more, and scripts are told. Headless, no tab is ever hidden.
  const hide = () => {
    Object.defineProperty(document, "visibilityState", {value: "hidden"});
    globalThis.requestAnimationFrame = () => 0;
    document.dispatchEvent(new Event("visibilitychange"));
  };
  await page.evaluate(hide);
  await frame.evaluate(hide);
  const last = await frame.evaluate(async () => {
    const {held} = globalThis as unknown as {held: {play(): Promise<void>; snapshot(): Promise<{state: string; step: number}>}};
    await held.play();
    for (;;) {
      const {state, step} = await held.snapshot();
      if (state !== "running") return {state, step};
      await new Promise((after) => setTimeout(after, 100));
    }
  });
  expect(last).toEqual({state: "finished", step: 5});
  await page.context().close();
});

test("training leaves a core to a page that hands are on, and goes on while another cell loops for ever and is stopped", async () => {
  const page = await site.newPage();
  // What the page tells its workers, counted.
  await page.addInitScript(() => {
    const asked: Record<string, number> = {};
    const {postMessage} = Worker.prototype as {postMessage(...args: unknown[]): void};
    Worker.prototype.postMessage = function (...args: unknown[]) {
      const {name} = args[0] as {name?: string};
      if (name) asked[name] = (asked[name] ?? 0) + 1;
      postMessage.apply(this, args);
    };
    Object.assign(window, {asked});
  });
  const frame = await visit(page, `${site.url}notebook.html?open=fixtures/own-loss.html&set.limit=320&set.steps=100000`);
  await rewrite(page, 6, `${runCell("seed: 1")}\nglobalThis.held = run;`);
  const look = async () => {
    const {state, seconds} = await frame.evaluate(() => (globalThis as unknown as {held: {snapshot(): Promise<{state: string; seconds: number}>}}).held.snapshot());
    return {state, seconds, atMs: Date.now()};
  };
  await page.locator('.h-cell[data-cell="8"] .h-handle').press("Enter");
  await write(page, 8, "while (true) {}");
  await frame.evaluate(() => void (globalThis as unknown as {held: {play(): unknown}}).held.play());
  await expect.poll(async () => (await look()).seconds).toBeGreaterThan(0);

  const askedFor = () => page.evaluate(() => (window as unknown as {asked: Record<string, number>}).asked["train.leaveACore"] ?? 0);
  const {x, y} = (await page.locator("iframe.h-frame").boundingBox())!;
  await page.mouse.move(x + 20, y + 20);
  const beforePointer = await askedFor();
  // Over the frame alone, whose events the page around it does not hear; a touch shortly after another is not told.
  let px = 20;
  await expect.poll(async () => (await page.mouse.move(x + 20, y + ++px), askedFor())).toBeGreaterThan(beforePointer);
  await frame.locator("#cell-7 .n-output").focus();
  await page.waitForTimeout(300);
  const beforeKey = await askedFor();
  await expect.poll(async () => (await page.keyboard.press("Shift"), askedFor())).toBeGreaterThan(beforeKey);

  await page.locator('.h-cell[data-cell="8"] .cm-content').focus();
  const before = await look();
  await page.keyboard.press("ControlOrMeta+Enter");
  await frame.locator("#cell-8 [role=alert]", {hasText: "without a pause"}).waitFor();
  const after = await look();
  expect(after.state).toBe("running");
  const passed = (after.atMs - before.atMs) / 1000;
  expect(passed).toBeGreaterThan(4);
  expect(after.seconds - before.seconds).toBeGreaterThan(0.6 * passed);
  await page.context().close();
});

test("a run is exported from the page, weights, tokenizer, shards and script in one file", async () => {
  const {names, weights, bytes, tar} = (await valuesOf("export")).exported as {names: string[]; weights: number; bytes: number; tar: number};
  expect(names).toEqual(expect.arrayContaining(["clip/train.sh", "clip/README.md", "clip/open_clip/open_clip_config.json", "clip/open_clip/tokenizer.json", "clip/hugging_face/model.safetensors", "clip/shards/train-000000.tar", "clip/shards/index.json"]));
  expect(weights).toBeGreaterThan(4e6);
  expect(bytes).toBe(tar);
});
