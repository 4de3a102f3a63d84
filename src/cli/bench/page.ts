/** The first notebook as its reader meets it: bytes, first paint, the time from pressing Run to the diagonal, and the longest task meanwhile. */
import {spawnSync} from "node:child_process";
import type {Frame, Page} from "playwright-core";
import {launchBrowser} from "../browser.ts";
import {serveSite} from "../serve.ts";
import type {Row} from "./rows.ts";

const notebook = "notebooks/01-first-light.html";
/** Recall at 1 in both directions at which the diagonal counts as seen. */
const seen = 0.5;
const patienceMs = 300_000;

interface HostPage {
  diagonal: {idle(): Promise<void>; values(): Promise<{lossHistory?: number[]; heldOutRecall?: {imageToText: Record<string, number>; textToImage: Record<string, number>}}>};
  longestTaskMs?: number;
}

/** Builds the site and opens it once. Rows of what was demanded say "allowed"; the others have no peer. */
export async function measurePage(): Promise<Row[]> {
  spawnSync(process.execPath, ["build.mjs", "build"], {stdio: ["ignore", "ignore", "inherit"]});
  const server = await serveSite({root: "dist"});
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({viewport: {width: 1280, height: 800}});
    const sizes: Promise<number>[] = [];
    context.on("requestfinished", (request) => sizes.push(request.sizes().then(({responseBodySize}) => responseBodySize, () => 0)));
    await context.addInitScript(() => {
      new PerformanceObserver((list) => {
        const page = window as unknown as HostPage;
        for (const {duration} of list.getEntries()) page.longestTaskMs = Math.max(page.longestTaskMs ?? 0, duration);
      }).observe({type: "longtask"});
    });
    const page = await context.newPage();
    await page.goto(new URL(`notebook.html?open=${notebook}`, server.url).href);
    await settle(page);
    const bytes = (await Promise.all(sizes)).reduce((a, b) => a + b, 0);
    const paintMs = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN);
    const openTaskMs = Math.max(...(await Promise.all(page.frames().map(longestTask))));
    await forgetTasks(page);
    const seconds = await secondsToDiagonal(page);
    const taskMs = Math.max(...(await Promise.all(page.frames().map(longestTask))));
    const handsTaskMs = await longestTaskUnderHands(page);
    return [
      row("bytes to the first notebook", "MB", bytes / 1e6, "none", NaN),
      row("first paint", "ms", paintMs, "none", NaN),
      row("longest task while opening", "ms", openTaskMs, "none", NaN),
      row("first diagonal after Run", "s", seconds, "allowed", 30),
      row("longest task while training, nobody touching the page", "ms", taskMs, "none", NaN),
      row("longest task while training under pointer and wheel", "ms", handsTaskMs, "allowed", 50)
    ];
  } finally {
    await browser.close();
    await server.close();
  }
}

const row = (what: string, unit: string, ours: number, peer: string, theirs: number): Row => ({what, backend: "wasm", unit, ours, peer, theirs, ratio: ours / theirs});

async function settle(page: Page): Promise<void> {
  await page.waitForFunction(() => "diagonal" in window);
  await page.evaluate(() => (window as unknown as HostPage).diagonal.idle());
}

async function pressRun(page: Page): Promise<void> {
  for (const frame of page.frames()) {
    const button = frame.locator("button.d-primary").first();
    if (await button.count()) await button.click();
  }
}

/**
 * In ms, over ten seconds of a new training, from its third on: training leaves a core to a page that hands are on.
 * @throws Error where nothing was trained meanwhile, or the training came to its end: the page was then no busier than at rest.
 */
async function longestTaskUnderHands(page: Page): Promise<number> {
  const steps = 1000;
  await page.goto(`${page.url()}&set.steps=${steps}`);
  await settle(page);
  await pressRun(page);
  await page.waitForTimeout(3000);
  const before = await stepsTrained(page);
  await forgetTasks(page);
  for (let turn = 0; turn < 160; turn++) {
    await page.mouse.move(300 + ((turn * 37) % 600), 200 + ((turn * 53) % 400));
    await page.mouse.wheel(0, turn % 3 === 2 ? -180 : 150);
    await page.waitForTimeout(60);
  }
  const longestMs = Math.max(...(await Promise.all(page.frames().map(longestTask))));
  const after = await stepsTrained(page);
  if (after <= before || after >= steps) throw new Error(`the longest task under hands was to be measured while ${steps} steps were trained, but ${before} were done before and ${after} after`);
  return longestMs;
}

const stepsTrained = (page: Page) => page.evaluate(async () => (await (window as unknown as HostPage).diagonal.values()).lossHistory?.length ?? 0);

/** Presses Run in the notebook's frame and waits until both recalls are high enough; NaN when the run ends before. */
async function secondsToDiagonal(page: Page): Promise<number> {
  const began = Date.now();
  await pressRun(page);
  while (Date.now() - began < patienceMs) {
    await page.waitForTimeout(250);
    const {heldOutRecall} = await page.evaluate(() => (window as unknown as HostPage).diagonal.values());
    if (heldOutRecall && Math.min(heldOutRecall.imageToText[1], heldOutRecall.textToImage[1]) >= seen) return (Date.now() - began) / 1000;
  }
  return NaN;
}

const longestTask = (frame: Frame) => frame.evaluate(() => (window as unknown as HostPage).longestTaskMs ?? 0);

/** What the page did while it opened is no part of the training. */
async function forgetTasks(page: Page): Promise<void> {
  for (const frame of page.frames()) await frame.evaluate(() => void ((window as unknown as HostPage).longestTaskMs = 0));
}
