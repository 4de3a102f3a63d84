/** The static site on a plain file server: offline after the first visit, isolated, from a sub-path; and what a first visit loads. */
import {mkdtemp, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {cellsOf, idle, openSite, values, type Site} from "./chromium.ts";
import {plainServer} from "./plain-server.ts";
import {writeZip} from "./some-pairs.ts";
import {openWire} from "./wire.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

describe("the static site", () => {
  it("works offline after one visit, isolated, from a sub-path", async () => {
    const plain = await plainServer();
    const page = await (await site.browser.newContext()).newPage();
    await page.goto(plain.url);
    await page.waitForFunction(() => window.crossOriginIsolated && navigator.serviceWorker.controller !== null, undefined, {timeout: 60_000});
    await plain.close();
    await page.goto(`${plain.url}notebook.html?open=notebooks/00-how-to.html`);
    await page.waitForFunction(() => "diagonal" in window);
    await idle(page);
    expect(await values(page)).toMatchObject({size: 7, temperature: 0.2});
    expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true);

    // Workers that were never started while there was a network: training, and importing with its helpers.
    await page.goto(`${plain.url}notebook.html?open=notebooks/03-pairs-and-tokens.html&set.limit=60`);
    await page.waitForFunction(() => "diagonal" in window);
    await idle(page);
    const folder = await mkdtemp(join(tmpdir(), "diagonal-offline-"));
    await cellsOf(page).locator(".d-zone input").nth(1).setInputFiles(await writeZip(join(folder, "offline.zip"), 24));
    await expect.poll(async () => ((await values(page)).facts as {images: number}).images, {timeout: 60_000}).toBe(24);
    await rm(folder, {recursive: true});
    await page.context().close();
  });
});

describe("a first visit", () => {
  /** Opens a notebook with nothing cached, and gives what went over the wire until it came to rest, by path. */
  async function visit(address: string) {
    const wire = await openWire(site.url);
    const page = await (await site.browser.newContext()).newPage();
    await page.goto(`${wire.url}notebook.html?open=${address}`);
    await page.waitForFunction(() => "diagonal" in window);
    await idle(page);
    await page.waitForTimeout(500);
    await page.context().close();
    await wire.close();
    return wire;
  }

  it("loads at most 500 KB for the environment itself: page, frame, letters, no editor and no formulas", async () => {
    const bytes = (await visit("new:visit")).total();
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThanOrEqual(500_000);
  });

  it("loads at most 700 KB for the first lesson, workers and kernels too, up to the press of its button", async () => {
    const wire = await visit("notebooks/01-first-light.html");
    expect([...wire.sent.keys()].join(" ")).toContain("train-worker.js");
    expect(wire.total()).toBeGreaterThan(300_000);
    expect(wire.total()).toBeLessThanOrEqual(700_000);
  });
});
