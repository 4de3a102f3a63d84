/** What the page does when what it talks to floods it, dies, or wants the focus. */
import {readFile} from "node:fs/promises";
import type {Page} from "playwright-core";
import {afterAll, beforeAll, expect, it} from "vitest";
import {cellsOf, errors, idle, letRun, openLink, openNotebook, openSite, rewrite, values, write, type Site} from "./chromium.ts";

let site: Site;
beforeAll(async () => void (site = await openSite()));
afterAll(() => site?.close());

/** Writes a cell and runs it, without waiting for it. */
async function run(page: Page, cell: number, code: string) {
  await write(page, cell, code);
  await page.keyboard.press("ControlOrMeta+Enter");
}

const floods: Record<string, string> = {
  "calls that nobody waits for": 'const {client} = globalThis.diagonalFrame; for (let i = 0; i < 1e6; i++) client.call("busy").catch(() => {});',
  "messages to the page itself": 'for (let i = 0; i < 3e6; i++) globalThis.parent.postMessage({i}, "*");',
  "messages of many parts": 'const {client} = globalThis.diagonalFrame; const rows = Array.from({length: 9e5}, () => ({})); for (let i = 0; i < 60; i++) client.call("run.embed", {id: "none", rows}).catch(() => {});'
};

for (const [what, code] of Object.entries(floods)) {
  it(`takes a frame away that floods the page with ${what}, and goes on when it is mended`, async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await run(page, 7, code);
    const message = page.locator(".h-message", {hasText: "The cells flooded this page with"});
    await message.waitFor();
    await run(page, 7, "const seed = 3;");
    await message.getByRole("button", {name: "Run again"}).press("Enter");
    await idle(page);
    expect(await values(page)).toMatchObject({seed: 3, doubled: 10});
    await page.context().close();
  });
}

it("leaves code alone that waits for its answers, however much it asks", async () => {
  const {page} = await openNotebook(site, "fixtures/basics.html");
  await rewrite(page, 7, 'const {client} = globalThis.diagonalFrame; let seed = 0; for (let i = 0; i < 3000; i++) { await client.call("busy"); seed++; }');
  expect(await values(page)).toMatchObject({seed: 3000});
  expect(await page.locator(".h-message").count()).toBe(0);
  await page.context().close();
});

const opensPairs = 'const {openPairs} = await import("diagonal"); const pairs = await openPairs("postcards", {limit: 8, invalidation}); const seed = pairs.count;';

it("tells a cell that its worker could not be loaded, and starts another when it is run again", async () => {
  const {page} = await openNotebook(site, "fixtures/basics.html");
  await page.route("**/workers/train-worker.js", (route) => route.fulfill({status: 404}));
  await rewrite(page, 7, opensPairs);
  expect((await errors(page)).find(({cell}) => cell === 7)?.message).toContain("The training worker could not be loaded");
  await page.unroute("**/workers/train-worker.js");
  await page.keyboard.press("ControlOrMeta+Enter");
  await idle(page);
  expect(await values(page)).toMatchObject({seed: 8});
  await page.context().close();
});

it("tells of a worker that died, ends what waits for it, and starts another", async () => {
  const {page} = await openNotebook(site, "fixtures/basics.html");
  const makesRun = (loss: string) => `const {createRun, openPairs} = await import("diagonal"); const pairs = await openPairs("postcards", {limit: 64, invalidation}); const run = await createRun({pairs, model: "cbow-tiny", batchSize: 8, steps: 2, watch: 4, map: 0${loss}}, {invalidation}); await run.step(1).catch(() => {}); const seed = (await run.snapshot()).step;`;
  await rewrite(page, 7, makesRun(", loss: () => { self.close(); throw new Error(\"gone\"); }"));
  await page.locator(".h-message", {hasText: "The training worker ended by itself"}).waitFor();
  // Asked before its end was noticed, or after: of the new one, which knows no such run.
  expect((await errors(page)).find(({cell}) => cell === 7)?.message).toMatch(/The training worker ended by itself|run .* is gone/);
  await rewrite(page, 7, makesRun(""));
  expect(await values(page)).toMatchObject({seed: 1});
  await page.context().close();
});

/** A notebook from elsewhere, at work. */
async function openGuest() {
  const page = await openLink(site, await readFile("test/fixtures/basics.html", "utf8"));
  await letRun(page);
  await idle(page);
  return page;
}

/** A cell whose field takes the focus when it is told to. */
const wantsFocus = 'const field = display(document.createElement("input")); window.take = (what) => (what === "window" ? window : field).focus(); const seed = 1;';

const take = (page: Page, what: "field" | "window") => cellsOf(page).evaluate((what) => void (window as unknown as {take(what: string): void}).take(what), what);
/** How often the page has lost the focus since `count`. */
const losses = {
  count: (page: Page) => page.evaluate(() => {
    Object.assign(window, {losses: 0});
    addEventListener("blur", () => void (window as unknown as {losses: number}).losses++);
  }),
  of: (page: Page) => page.evaluate(() => (window as unknown as {losses: number}).losses)
};
const focusIsIn = (page: Page, selector: string) => page.evaluate((selector) => document.activeElement?.closest(selector) !== null, selector);

it("gives the focus back to the editor and to a dialog when cells take it", async () => {
  const page = await openGuest();
  await rewrite(page, 7, wantsFocus);
  await write(page, 3, "const doubled = count * 2;");
  await losses.count(page);
  await take(page, "field");
  await expect.poll(() => losses.of(page)).toBe(1);
  await expect.poll(() => focusIsIn(page, ".cm-content")).toBe(true);
  await page.keyboard.type(" // here");
  expect(await page.locator('.h-cell[data-cell="3"] .cm-content').innerText()).toBe("const doubled = count * 2; // here");
  expect(await cellsOf(page).locator("input").last().inputValue()).toBe("");

  await page.keyboard.press("Escape");
  await page.getByRole("button", {name: "Notebook menu"}).click();
  await page.getByRole("menuitem", {name: "Share by link"}).click();
  await page.getByRole("dialog").waitFor();
  const before = await losses.of(page);
  await take(page, "window");
  await expect.poll(() => losses.of(page)).toBe(before + 1);
  await expect.poll(() => focusIsIn(page, "dialog")).toBe(true);
  await page.context().close();
});

it("takes a frame away that takes the focus again and again", async () => {
  const page = await openGuest();
  await rewrite(page, 7, wantsFocus);
  await write(page, 3, "const doubled = count * 2;");
  await cellsOf(page).evaluate(() => void setInterval(() => (window as unknown as {take(what: string): void}).take("field"), 5));
  await page.locator(".h-message", {hasText: "The cells took the focus again and again"}).waitFor();
  await expect.poll(() => focusIsIn(page, ".cm-content")).toBe(true);
  await page.context().close();
});
