/** Notebook 03 as a person uses it: look through pairs, replay merges, drop a zip of one's own, train on it, delete it. */
import {mkdtemp, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {BlobWriter, TextReader, Uint8ArrayReader, ZipWriter} from "@zip.js/zip.js";
import sharp from "sharp";
import {afterAll, beforeAll, expect, it} from "vitest";
import {postcards} from "../../src/data/index.ts";
import {cellsOf, errors, idle, openNotebook, openSite, values, type Site} from "./chromium.ts";

let site: Site;
let folder: string;
beforeAll(async () => {
  site = await openSite();
  folder = await mkdtemp(join(tmpdir(), "diagonal-"));
});
afterAll(async () => {
  await site?.close();
  await rm(folder, {recursive: true, force: true});
});

const patience = {timeout: 90_000, interval: 500};

it("shows pairs, patches and tokens; takes a zip, keeps it over a reload, trains on it and deletes it", async () => {
  const set = postcards({count: 40, seed: 3, sizePx: 48});
  const zip = new ZipWriter(new BlobWriter(), {level: 0});
  for (const [i, id] of set.ids.entries()) {
    const rgb = set.pixels.subarray(i * 6912, (i + 1) * 6912);
    await zip.add(`images/${id}.jpg`, new Uint8ArrayReader(new Uint8Array(await sharp(rgb, {raw: {width: 48, height: 48, channels: 3}}).jpeg().toBuffer())));
  }
  await zip.add("captions.txt", new TextReader(["image,caption", ...set.captions.flatMap((five, i) => five.map((caption) => `${set.ids[i]}.jpg,"${caption}"`))].join("\n")));
  const path = join(folder, "some pairs.zip");
  await writeFile(path, new Uint8Array(await (await zip.close()).arrayBuffer()));

  const {page, frame} = await openNotebook(site, "notebooks/03-pairs-and-tokens.html", {"set.limit": "200"});
  expect(await errors(page)).toEqual([]);
  expect(await values(page)).toMatchObject({facts: {set: "postcards", images: 200, splits: {train: 150}}});

  // The picture cut into 4 by 4 patches, and the caption's tokens, which follow the choice of another caption.
  await expect.poll(() => frame.locator(".d-board canvas").count(), patience).toBe(16);
  const second = frame.locator(".d-captions button").nth(1);
  await second.click();
  await idle(page);
  await expect.poll(() => frame.getByLabel("The caption").inputValue(), patience).toBe(await second.textContent());
  // Back to single letters: more tokens than words.
  const whole = await frame.locator(".d-token").count();
  await frame.getByLabel("Merges done").fill("0");
  expect(await frame.locator(".d-token").count()).toBeGreaterThan(whole);

  await frame.locator(".d-zone input").nth(1).setInputFiles(path);
  await expect.poll(async () => ((await values(page)).facts as {images: number}).images, patience).toBe(40);
  expect(await frame.locator(".d-kept").textContent()).toContain("some pairs 40 images, 200 captions");

  // In a page of the same browser profile, a reload later, the set trains.
  await page.goto(`${site.url}notebook.html?open=fixtures/kept-pairs.html`);
  await page.waitForFunction(() => "diagonal" in window);
  await idle(page);
  expect(await errors(page)).toEqual([]);
  const {losses} = (await values(page)) as {losses: number[]};
  expect(losses.length).toBe(4);
  for (const loss of losses) expect(loss).toBeGreaterThan(0);

  await page.goto(`${site.url}notebook.html?open=notebooks/03-pairs-and-tokens.html&set.limit=40`);
  await page.waitForFunction(() => "diagonal" in window);
  await idle(page);
  const again = cellsOf(page);
  await again.getByRole("button", {name: "Delete some pairs"}).click();
  await expect.poll(() => again.locator(".d-kept").textContent(), patience).not.toContain("some pairs");
  await page.close();
});
