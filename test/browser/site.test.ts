/** The static site on a plain file server: offline after the first visit, isolated, from a sub-path; and what a first visit loads. */
import {mkdtemp, rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {openSite, values, visit, type Site} from "./chromium.ts";
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
    const page = await site.newPage();
    await page.goto(plain.url);
    await page.waitForFunction(() => window.crossOriginIsolated && navigator.serviceWorker.controller !== null);
    await plain.close();
    await visit(page, `${plain.url}notebook.html?open=notebooks/00-how-to.html`);
    expect(await values(page)).toMatchObject({size: 7, temperature: 0.2});
    expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true);

    // Workers that were never started while there was a network: training, and importing with its helpers.
    const frame = await visit(page, `${plain.url}notebook.html?open=notebooks/03-pairs-and-tokens.html&set.limit=60`);
    const folder = await mkdtemp(join(tmpdir(), "diagonal-offline-"));
    await frame.locator(".d-zone input").nth(1).setInputFiles(await writeZip(join(folder, "offline.zip"), 24));
    await expect.poll(async () => ((await values(page)).facts as {images: number}).images).toBe(24);
    await rm(folder, {recursive: true});
    await page.context().close();
  });
});

describe("a first visit", () => {
  /** Opens a notebook with nothing cached, and gives what went over the wire until it came to rest, by path. */
  async function firstVisit(address: string) {
    const wire = await openWire(site.url);
    const page = await site.newPage();
    await visit(page, `${wire.url}notebook.html?open=${address}`);
    // What comes after the last cell belongs to it, too.
    for (let before = -1; before !== wire.total(); await page.waitForTimeout(500)) before = wire.total();
    await page.context().close();
    await wire.close();
    return wire;
  }

  it("loads at most 500 KB for the environment itself: page, frame, letters, no editor and no formulas", async () => {
    const bytes = (await firstVisit("new:visit")).total();
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThanOrEqual(500_000);
  });

  it("loads at most 700 KB for the first lesson, workers and kernels too, up to the press of its button", async () => {
    const wire = await firstVisit("notebooks/01-first-light.html");
    expect([...wire.sent.keys()].join(" ")).toContain("train-worker.js");
    expect(wire.total()).toBeGreaterThan(300_000);
    expect(wire.total()).toBeLessThanOrEqual(700_000);
  });
});
