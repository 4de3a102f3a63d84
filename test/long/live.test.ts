/** Pages of `npm start` while the files behind them change: what was trained and what was typed stays. */
import {readFile, truncate, writeFile} from "node:fs/promises";
import {join} from "node:path";
import type {Browser, Page} from "playwright-core";
import {afterAll, beforeAll, expect, it} from "vitest";
import {launchBrowser} from "../../src/cli/browser.ts";
import {startSite, type StartedSite} from "../browser/started-site.ts";
import {cellsOf, idle, patient, reloaded, values, visit, write} from "../browser/chromium.ts";

let site: StartedSite;
let browser: Browser;
beforeAll(async () => {
  site = await startSite();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** A busy machine bundles for minutes. */
const rebuilt = {timeout: 300_000};
const lesson = "notebooks/01-first-light.html";
const newPage = async () => (await patient(await browser.newContext())).newPage();
const onDisk = (path: string) => join(site.folder, path);

/** Writes a lesson's file with some words replaced. */
async function change(path: string, ...changes: [string, string][]): Promise<string> {
  const before = await readFile(onDisk(path), "utf8");
  const after = changes.reduce((text, [from, to]) => text.replace(from, () => to), before);
  if (after === before) throw new Error(`nothing to change in ${path}`);
  await writeFile(onDisk(path), after);
  return before;
}

async function train(): Promise<Page> {
  const page = await newPage();
  const frame = await visit(page, `${site.url}notebook.html?${new URLSearchParams({open: lesson, "set.steps": "4", "set.limit": "160"})}`);
  await frame.locator("button.d-primary").first().press("Enter");
  await expect.poll(() => losses(page)).toHaveLength(4);
  await page.evaluate(() => void Object.assign(window, {isOld: true}));
  return page;
}

const losses = async (page: Page) => (await values(page)).lossHistory;
const isOld = (page: Page) => page.evaluate(() => "isOld" in window);
const message = (page: Page) => page.locator(".h-message");

it("takes in what changed in the notebook's file, and keeps what was trained", async () => {
  const page = await train();
  const trained = await losses(page);
  const elsewhere = await newPage();
  await visit(elsewhere, `${site.url}notebook.html?open=notebooks/00-how-to.html`);
  await elsewhere.evaluate(() => void Object.assign(window, {isOld: true}));
  const frame = cellsOf(page);

  // Prose shows at once.
  await change(lesson, ["It is learned, too.", "It is learned, too, says the file."]);
  await expect.poll(() => frame.locator("#cell-8").textContent()).toContain("It is learned, too, says the file.");
  // Code waits to be run: that of the run would end it.
  await change(lesson, ["display(lossCurve(", "display(`a curve of ${run.info.chanceLoss.toFixed(2)}`); display(lossCurve("]);
  await message(page).filter({hasText: "Cell 12 changed in the notebook’s file."}).waitFor();
  expect(await frame.locator("#cell-12").textContent()).not.toContain("a curve of");
  await message(page).getByRole("button", {name: "Run it"}).press("Enter");
  await expect.poll(() => frame.locator("#cell-12").textContent()).toContain("a curve of 4.16");
  await change(lesson, ["batchSize: 64, steps", "batchSize: 32, steps"]);
  await message(page).filter({hasText: "Cell 3 changed"}).waitFor();

  // Half a file is no file.
  const whole = await readFile(onDisk(lesson), "utf8");
  await truncate(onDisk(lesson), 900);
  await expect.poll(async () => (await (await fetch(`${site.url}${lesson}`)).text()).length).toBeLessThan(1000);
  await writeFile(onDisk(lesson), whole.replace("says the file.", "says the file again."));
  await expect.poll(() => frame.locator("#cell-8").textContent()).toContain("says the file again.");

  // Code that another needs is gone: that waits for a yes.
  await change(lesson, [/<script id="3"[^]*?<\/script>/.exec(whole)![0], ""]);
  await message(page).filter({hasText: "cell 3 is no code or is gone"}).waitFor();
  expect(await losses(page)).toEqual(trained);
  expect(await isOld(page)).toBe(true);
  expect(await isOld(elsewhere)).toBe(true);
  await writeFile(onDisk(lesson), whole);
  await page.context().close();
  await elsewhere.context().close();
});

it("keeps a draft beside what changed in the file, and what was typed just before the page is loaded again", async () => {
  const page = await train();
  await page.locator('.h-cell[data-cell="11"] .h-handle').press("Enter");
  await write(page, 11, "## My own heading");
  await change(lesson, ["## How wrong is it?", "## How wrong is it now?"], ["It is learned, too", "It is, they say, learned, too"]);
  await message(page).filter({hasText: "Your draft of cell 11 stays."}).waitFor();
  await expect.poll(() => cellsOf(page).locator("#cell-8").textContent()).toContain("It is, they say, learned, too");
  expect(await page.locator('.h-cell[data-cell="11"] .h-code').textContent()).toContain("## My own heading");
  await write(page, 11, "## My last heading");
  await reloaded(page, () => page.reload());
  expect(await cellsOf(page).locator("#cell-11").textContent()).toContain("My last heading");
  expect(await cellsOf(page).locator("#cell-8").textContent()).toContain("It is, they say, learned, too");
  await page.context().close();
});

it("says on the page that code cannot be built, until it is mended; code that is as before loads no page again, other code does", async () => {
  const page = await train();
  const source = "src/notebook/hands.ts";
  const good = await readFile(onDisk(source), "utf8");
  await writeFile(onDisk(source), `${good}\nlet = 3;\n`);
  await expect.poll(() => page.locator(".h-build").textContent(), rebuilt).toMatch(/A change could not be built; this page is the last build that could be\. src\/notebook\/hands\.ts:\d+:\d+: /);
  const late = await newPage();
  await visit(late, `${site.url}notebook.html?open=notebooks/00-how-to.html`);
  await expect.poll(() => late.locator(".h-build").textContent()).toContain("hands.ts");
  await writeFile(onDisk(source), good);
  await expect.poll(() => page.locator(".h-build").isVisible(), rebuilt).toBe(false);
  expect(await isOld(page)).toBe(true);
  expect(await losses(page)).toHaveLength(4);
  await writeFile(onDisk(source), `${good}\nObject.assign(globalThis, {newCode: 7});\n`);
  await late.waitForFunction(() => "newCode" in window && "diagonal" in window, undefined, rebuilt);
  expect(await late.evaluate(() => (window as unknown as {newCode: number}).newCode)).toBe(7);
  await idle(late);
  await late.context().close();
  await page.context().close();
});
