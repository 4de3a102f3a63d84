/** What the page does when what it talks to floods it, dies, or wants the focus. */
import type {Page} from "playwright-core";
import {afterAll, beforeAll, expect, it} from "vitest";
import {cellsOf, errors, idle, openNotebook, openSite, rewrite, values, write, type Site} from "./chromium.ts";

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
  "messages to the page itself": 'for (let i = 0; i < 3e6; i++) parent.postMessage({i}, "*");',
  "large messages": 'const {client} = globalThis.diagonalFrame; const pixels = new Uint8Array(1e8); for (let i = 0; i < 60; i++) client.call("run.embed", {id: "none", pixels}).catch(() => {});',
  "messages of many parts": 'const {client} = globalThis.diagonalFrame; const rows = Array.from({length: 9e5}, () => ({})); for (let i = 0; i < 60; i++) client.call("run.embed", {id: "none", rows}).catch(() => {});'
};

for (const [what, code] of Object.entries(floods)) {
  it(`takes a frame away that floods the page with ${what}, and goes on when it is mended`, async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await run(page, 7, code);
    const message = page.locator(".h-message", {hasText: "The cells flooded this page with"});
    await message.waitFor();
    await write(page, 7, "const seed = 3;");
    await message.getByRole("button", {name: "Run again"}).click();
    await page.locator('.h-cell[data-cell="7"] .cm-content').focus();
    await page.keyboard.press("ControlOrMeta+Enter");
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

it("tells a cell that its worker died while it waited", async () => {
  const {page} = await openNotebook(site, "fixtures/basics.html");
  const makesRun = (loss: string) => `const {createRun, openPairs} = await import("diagonal"); const pairs = await openPairs("postcards", {limit: 64, invalidation}); const run = await createRun({pairs, model: "cbow-tiny", batchSize: 8, steps: 2, watch: 4, map: 0${loss}}, {invalidation}); const seed = (await run.step(1)).step;`;
  await rewrite(page, 7, makesRun(", loss: () => { self.close(); throw new Error(\"gone\"); }"));
  expect((await errors(page)).find(({cell}) => cell === 7)?.message).toContain("The training worker ended by itself");
  await rewrite(page, 7, makesRun(""));
  expect(await values(page)).toMatchObject({seed: 1});
  await page.context().close();
});

/** Code that wants the focus as often as it can, and counts its attempts. */
const wantsFocus = 'const field = display(document.createElement("input")); window.attempts = 0; const timer = setInterval(() => { window.attempts++; window.focus(); field.focus(); }, 5); invalidation.then(() => clearInterval(timer)); const seed = 1;';

/** Waits until the cells have tried some more. */
async function attempts(page: Page, more: number) {
  const made = () => cellsOf(page).evaluate(() => (window as unknown as {attempts: number}).attempts);
  const before = await made();
  await expect.poll(made).toBeGreaterThan(before + more);
}

it("keeps the focus in the editor and in a dialog, whatever the cells want", async () => {
  const {page} = await openNotebook(site, "fixtures/basics.html");
  await rewrite(page, 7, wantsFocus);
  await write(page, 3, "const doubled = count * 2;");
  await attempts(page, 20);
  const typed = " // what one types goes where one types it";
  for (const letter of typed) await page.keyboard.press(letter === " " ? "Space" : letter);
  await attempts(page, 5);
  expect(await page.locator('.h-cell[data-cell="3"] .cm-content').innerText()).toBe(`const doubled = count * 2;${typed}`);
  expect(await cellsOf(page).locator("input").last().inputValue()).toBe("");

  await page.keyboard.press("Escape");
  await page.getByRole("button", {name: "Notebook menu"}).click();
  await page.getByRole("menuitem", {name: "Share by link"}).click();
  await page.getByRole("dialog").waitFor();
  await attempts(page, 20);
  expect(await page.evaluate(() => document.activeElement?.closest("dialog") !== null)).toBe(true);
  await page.context().close();
});
