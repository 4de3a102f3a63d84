/**
 * A set of one's own from drop to deletion, on the built site behind a plain file server: cancelled, imported, there again after the browser's restart
 * with the network off, trained on, deleted.
 */
import {mkdtemp, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {chromium, type Page} from "playwright-core";
import {expect, it} from "vitest";
import {findBrowser} from "../../src/cli/setup.mjs";
import {errors, patient, rewrite, values, visit} from "./chromium.ts";
import {drag} from "./drag.ts";
import {plainServer} from "./plain-server.ts";
import {hasFlickr, somePhotos, somePostcards, zipOf, type Photos} from "./some-pairs.ts";

const place = {x: 400, y: 20};

/** Everything in the folders of the origin's private file system, as paths. */
const everythingKept = (page: Page) =>
  page.evaluate(async () => {
    const found: string[] = [];
    const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const [name, handle] of folder.entries()) {
        found.push(path + name);
        if (handle.kind === "directory") await walk(handle as FileSystemDirectoryHandle, `${path}${name}/`);
      }
    };
    await walk(await navigator.storage.getDirectory(), "");
    return found.filter((path) => path.includes("/"));
  });

const training = `import {createRun, openPairs} from "diagonal";
const set = await openPairs("mine", {sizePx: 32, invalidation});
const run = await createRun({pairs: set, model: "vit-tiny", batchSize: 16, steps: 3, seed: 1}, {invalidation});
await run.step(3);
const trained = {count: set.count, losses: Array.from((await run.snapshot()).lossHistory)};`;

async function liveThrough({photos, captions}: Photos) {
  const folder = await mkdtemp(join(tmpdir(), "diagonal-kept-"));
  const zip = join(folder, "mine.zip");
  await writeFile(zip, await zipOf(photos.map(({name, bytes}) => ({name: `images/${name}`, bytes})), {"results.csv": captions}));
  const start = async () => patient(await chromium.launchPersistentContext(join(folder, "profile"), {executablePath: findBrowser(), args: ["--no-sandbox", "--no-first-run", "--disable-background-networking"]}));
  const site = await plainServer();
  const pairsAndTokens = `${site.url}notebook.html?open=notebooks/03-pairs-and-tokens.html&set.limit=60`;
  let context = await start();
  try {
    let page = await context.newPage();
    await page.goto(site.url);
    await page.waitForFunction(() => window.crossOriginIsolated && navigator.serviceWorker.controller !== null);
    let frame = await visit(page, pairsAndTokens);
    const status = frame.locator(".d-pair-import [role=status]");

    // Cancelled as soon as some of the images are done.
    await frame.evaluate(() => {
      const zone = document.querySelector(".d-pair-import")!;
      const cancel = [...zone.querySelectorAll("button")].find(({textContent}) => textContent === "Cancel")!;
      const watch = new MutationObserver(() => {
        if (!/: [1-9]\d* of /.test(zone.querySelector("[role=status]")!.textContent!)) return;
        watch.disconnect();
        cancel.click();
      });
      watch.observe(zone, {subtree: true, childList: true, characterData: true});
    });
    await (await drag(page, [zip], place, place))("drop");
    await expect.poll(() => status.textContent()).toBe("Cancelled. Nothing was kept.");
    await expect.poll(() => everythingKept(page)).toEqual([]);

    await (await drag(page, [zip], place, place))("drop");
    await expect.poll(() => status.textContent()).toMatch(/Kaggle.*300 images with 1,500 captions are kept in this browser\. 1 repaired, 0 left out/);
    await expect.poll(() => frame.locator(".d-found").textContent()).toMatch(/results\.csv, line \d+: .*second separator/);
    await context.close();
    await site.close();

    context = await start();
    await context.setOffline(true);
    page = await context.newPage();
    await visit(page, `${site.url}notebook.html?open=new:training`);
    await rewrite(page, 2, training);
    expect(await errors(page)).toEqual([]);
    const {trained} = (await values(page)) as {trained: {count: number; losses: number[]}};
    expect(trained.count).toBe(300);
    expect(trained.losses.length).toBe(3);
    for (const loss of trained.losses) expect(loss).toBeGreaterThan(0);

    frame = await visit(page, pairsAndTokens);
    await expect.poll(() => frame.locator(".d-kept").textContent()).toContain("mine 300 images, 1,500 captions");
    await frame.getByRole("button", {name: "Delete mine"}).press("Enter");
    await expect.poll(() => frame.locator(".d-kept").textContent()).not.toContain("mine");
    await expect.poll(() => everythingKept(page)).toEqual([]);
  } finally {
    await context.close();
    await site.close().catch(() => {});
    await rm(folder, {recursive: true, force: true});
  }
}

it("keeps a dropped zip of 300 photos, or postcards where there are none, over a restart with the network off, trains on it, deletes it; cancelled, it leaves nothing", async () =>
  liveThrough(hasFlickr ? await somePhotos(300) : await somePostcards(300)));
