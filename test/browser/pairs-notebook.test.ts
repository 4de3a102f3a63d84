/** Notebook 03 as a person uses it: look through pairs, replay merges, drop a zip of one's own, train on it, delete it. */
import {createServer} from "node:http";
import type {AddressInfo} from "node:net";
import {join} from "node:path";
import {expect, it} from "vitest";
import {violationsInBothSchemes} from "./axe.ts";
import {errors, idle, openNotebook, values, visit} from "./chromium.ts";
import {somePairs, writeZip} from "./some-pairs.ts";
import {useSite} from "./use-site.ts";

const place = useSite();

it("shows pairs, patches and tokens; takes a zip, keeps it over a reload, trains on it and deletes it", async () => {
  const path = await writeZip(join(place.folder, "some pairs.zip"), 40);

  const {page, frame} = await openNotebook(place.site, "notebooks/03-pairs-and-tokens.html", {"set.limit": "200"});
  expect(await errors(page)).toEqual([]);
  expect(await values(page)).toMatchObject({facts: {set: "postcards", images: 200, splits: {train: 150}}});

  // The picture cut into 4 by 4 patches, and the caption's tokens, which follow the choice of another caption.
  await expect.poll(() => frame.locator(".d-board canvas").count()).toBe(16);
  const second = frame.locator(".d-captions button").nth(1);
  await second.press("Enter");
  await idle(page);
  const caption = frame.getByLabel("The caption", {exact: true});
  await expect.poll(() => caption.inputValue()).toBe(await second.textContent());
  // The exercise takes what the reader counts.
  await caption.fill("zeppelin");
  const boxes = frame.locator(".d-token:not(.d-mark)");
  await expect.poll(async () => (await boxes.allInnerTexts()).join("").replace(/[^a-z]/g, "")).toBe("zeppelin");
  const exercise = frame.locator(".d-exercise", {hasText: "zeppelin"});
  await exercise.getByRole("textbox").fill(String(await boxes.count()));
  await exercise.getByRole("button", {name: "Check"}).press("Enter");
  await expect.poll(() => exercise.getByRole("status").textContent()).toContain("No caption that the merges were learned from has the word");
  // Back to single letters: more tokens than words.
  const whole = await frame.locator(".d-token").count();
  await frame.getByLabel("Merges done").fill("0");
  await expect.poll(() => frame.locator(".d-token").count()).toBeGreaterThan(whole);

  expect(await violationsInBothSchemes(page, frame)).toEqual([]);

  await frame.locator(".d-zone input").nth(1).setInputFiles(path);
  await expect.poll(async () => ((await values(page)).facts as {images: number}).images).toBe(40);
  await expect.poll(() => frame.locator(".d-kept").textContent()).toContain("some pairs 40 images, 200 captions");

  // In a page of the same browser profile, a reload later, the set trains.
  await visit(page, `${place.site.url}notebook.html?open=fixtures/kept-pairs.html`);
  expect(await errors(page)).toEqual([]);
  const {losses} = (await values(page)) as {losses: number[]};
  expect(losses.length).toBe(4);
  for (const loss of losses) expect(loss).toBeGreaterThan(0);

  const again = await visit(page, `${place.site.url}notebook.html?open=notebooks/03-pairs-and-tokens.html&set.limit=40`);
  await again.getByRole("button", {name: "Delete some pairs"}).press("Enter");
  await expect.poll(() => again.locator(".d-kept").textContent()).not.toContain("some pairs");
  await page.context().close();
});

it("loads pairs of the public mirror at the press of a button, and says what is missing when offline", async () => {
  const {images, texts} = await somePairs(12);
  const hub = createServer((request, response) => {
    const {pathname, searchParams} = new URL(request.url!, "http://x");
    response.setHeader("Access-Control-Allow-Origin", "*");
    const asset = /^\/assets\/(\d+)/.exec(pathname);
    if (asset) return void response.end(images[Number(asset[1])].bytes);
    const offset = Number(searchParams.get("offset"));
    const rows = images.slice(offset, offset + Number(searchParams.get("length"))).map(({name}, i) => ({
      row_idx: offset + i,
      row: {image: {src: `https://datasets-server.huggingface.co/assets/${offset + i}/image.jpg`}, caption: texts[offset + i], filename: name}
    }));
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({rows, num_rows_total: images.length}));
  });
  await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
  const {page, frame} = await openNotebook(place.site, "notebooks/03-pairs-and-tokens.html", {"set.limit": "60"});
  const button = frame.getByRole("button", {name: "Load 500 pairs of Flickr30k"});
  try {
    await page.context().setOffline(true);
    await button.press("Enter");
    await expect.poll(() => frame.locator(".d-zone [role=status]").textContent()).toMatch(/datasets-server\.huggingface\.co could not be reached: this needs a connection to the internet/);
    await page.context().setOffline(false);
    await page.context().route("https://datasets-server.huggingface.co/**", async (route) => {
      const {pathname, search} = new URL(route.request().url());
      await route.fulfill({response: await route.fetch({url: `http://127.0.0.1:${(hub.address() as AddressInfo).port}${pathname}${search}`})});
    });
    await button.press("Enter");
    await expect.poll(() => frame.locator(".d-kept").textContent()).toContain("Flickr30k 12 images, 60 captions");
  } finally {
    await page.context().close();
    await new Promise((resolve) => hub.close(resolve));
  }
});

interface Trained {
  losses: number[];
  falseNegatives: {perBatch: number; ifNotAvoided: number};
}

it("trains on a set that is only in memory where there is no private file system, with augmented pictures", async () => {
  const page = await place.site.newPage();
  // As in a private window of some browsers.
  await page.route("**/workers/*-worker.js", async (route) => {
    const response = await route.fetch();
    await route.fulfill({response, body: `delete StorageManager.prototype.getDirectory;\n${await response.text()}`});
  });
  await visit(page, `${place.site.url}notebook.html?open=fixtures/import-and-train.html`);
  expect(await errors(page)).toEqual([]);
  const {keptIn, plain, augmented, wrong} = (await values(page)) as {keptIn: string; wrong: string} & Record<"plain" | "augmented", Trained>;
  expect(keptIn).toBe("memory");
  expect(plain.losses.length).toBe(2);
  expect(augmented.losses[0]).not.toBe(plain.losses[0]);
  expect(plain.falseNegatives.perBatch).toBe(0);
  expect(wrong).toMatch(/augment: crop must be \[least, most\]/);
  await page.context().close();
});
