/** Memory: a notebook that is edited and run again a hundred times holds no more than at first, in its page, its frame and its workers. */
import type {CDPSession, Frame, Page} from "playwright-core";
import {afterAll, beforeAll, expect, test} from "vitest";
import {errors, idle, openNotebook, openSite, type Site} from "./chromium.ts";

let site: Site;
beforeAll(async () => void (site = await openSite()));
afterAll(() => site?.close());

/** Tensors, runs and sets of the training worker. */
const memoryOf = (frame: Frame) => frame.evaluate(() => (globalThis as unknown as {diagonalFrame: {client: {call(name: string): Promise<unknown>}}}).diagonalFrame.client.call("train.memory")) as Promise<Record<"numTensors" | "numBytes" | "runs" | "sets", number>>;

/** What a process holds after a collection. */
async function held(protocol: CDPSession): Promise<{heap: number; nodes: number; listeners: number}> {
  for (let i = 0; i < 3; i++) await protocol.send("HeapProfiler.collectGarbage");
  const {metrics} = await protocol.send("Performance.getMetrics");
  const metric = (wanted: string) => metrics.find(({name}) => name === wanted)!.value;
  return {heap: metric("JSHeapUsedSize"), nodes: metric("Nodes"), listeners: metric("JSEventListeners")};
}

/** Changes the last sign of every cell by keyboard. Each runs on its own, without waiting for those before, or all edited cells at the end together. */
async function editAll(page: Page, cells: number[], text: string, {together = false} = {}): Promise<void> {
  for (const id of cells) {
    await page.locator(`.h-cell[data-cell="${id}"] .h-handle`).focus();
    await page.keyboard.press("Enter");
    await page.locator(`.h-cell[data-cell="${id}"] .cm-focused`).waitFor();
    await page.keyboard.press("ControlOrMeta+End");
    if (text.length === 1) await page.keyboard.press("Backspace");
    await page.keyboard.insertText(text);
    if (!together) await page.keyboard.press("ControlOrMeta+Enter");
    await page.keyboard.press("Escape");
  }
  if (together) await page.keyboard.press("ControlOrMeta+Shift+Enter");
  await idle(page);
}

test("a hundred edits and re-runs over all cells of the first lesson leave memory flat", async () => {
  const {page, frame} = await openNotebook(site, "notebooks/01-first-light.html", {unattended: "", "set.model": "cbow-tiny", "set.steps": "2", "set.limit": "128"});
  const cells = await page.locator(".h-cell").evaluateAll((all) => all.map((cell) => Number((cell as HTMLElement).dataset.cell)));
  const inPage = await page.context().newCDPSession(page);
  const inFrame = await page.context().newCDPSession(frame);
  for (const protocol of [inPage, inFrame]) await protocol.send("Performance.enable");
  const all = async () => ({counts: {...(await memoryOf(frame)), workers: page.workers().length}, page: await held(inPage), frame: await held(inFrame)});

  await editAll(page, cells, "\n// round 0", {together: true});
  const before = await all();
  const rounds = Math.ceil(100 / cells.length);
  for (let round = 1; round <= rounds; round++) await editAll(page, cells, String(round % 10), {together: round > 1});
  expect(await errors(page)).toEqual([]);
  // The editor that was used last stays until the next collection or two: at most one, not a hundred.
  const most = {page: {nodes: 300, listeners: 400, heap: 2 ** 21}, frame: {nodes: 20, listeners: 20, heap: 2 ** 20}};
  const grown = async () => {
    const after = await all();
    // Fewer are no fault: something may have been on its way out at first.
    const counts = (["numTensors", "numBytes", "runs", "sets", "workers"] as const).flatMap((what) => {
      const more = after.counts[what] - before.counts[what];
      return more > 0 ? [`${more} more ${what}`] : [];
    });
    const places = (["page", "frame"] as const).flatMap((place) =>
      (["nodes", "listeners", "heap"] as const).flatMap((what) => {
        const more = after[place][what] - before[place][what];
        return more < most[place][what] ? [] : [`${more} more ${what} of the ${place}`];
      })
    );
    return [...counts, ...places];
  };
  await expect.poll(grown, {interval: 1000}).toEqual([]);
  await page.context().close();
});
