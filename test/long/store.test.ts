/** The real private file system: the page or the worker that replaces a set is killed right before any of its operations, and the old or the new set is whole in the next one. */
import {mkdtemp, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import * as esbuild from "esbuild";
import type {Browser, BrowserContext, Page} from "playwright-core";
import {afterAll, beforeAll, expect, it} from "vitest";
import {launchBrowser} from "../../src/cli/browser.ts";
import {serveSite, type Server} from "../../src/cli/serve.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import {patient} from "../browser/chromium.ts";

let folder: string;
let server: Server;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "diagonal-store-"));
  await esbuild.build({entryPoints: ["test/browser/harness/store-worker.ts"], bundle: true, format: "esm", target: "es2022", outdir: folder, external: ["node:*"]});
  await writeFile(join(folder, "index.html"), "<!doctype html><title>store</title>");
  server = await serveSite({root: folder});
  browser = await launchBrowser();
  context = patient(await browser.newContext());
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, {recursive: true, force: true});
});

async function openPage(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(server.url);
  return page;
}

/** Asks a worker of its own, started for this and ended after; a worker that stops dead is killed, by itself or with its page. */
const ask = <T>(page: Page, message: object, kill: "worker" | "page" = "worker") =>
  page.evaluate(
    ([message, kill]) =>
      new Promise((answer) => {
        const worker = new Worker("./store-worker.js", {type: "module"});
        worker.onmessage = ({data}) => {
          if (data !== "stopped" || kill === "worker") worker.terminate();
          answer(data);
        };
        worker.postMessage(message);
      }),
    [message, kill] as const
  ) as Promise<T>;

it("a set that is replaced is whole as it was or as it becomes, wherever its worker or page is killed", async () => {
  let page = await openPage();
  expect(typeof (await ask(page, {keep: 1}))).toBe("number");
  const count = await ask<number>(page, {stopAt: Number.MAX_SAFE_INTEGER, keep: 2});
  expect(count).toBeGreaterThan(20);
  expect(await ask(page, {ask: "read"})).toBe(2);

  // The last ones, in which the old set goes, and some of those before.
  const random = seededRandom("kills");
  const moments = [...random.shuffle(Array.from({length: count - 12}, (_, k) => k + 1)).slice(0, 8), ...Array.from({length: 12}, (_, k) => count - 11 + k)];
  const seen = new Set<string>();
  let version = 2;
  for (const [turn, stopAt] of moments.entries()) {
    const kill = turn % 2 === 0 ? "worker" : "page";
    const next = (version % 250) + 1;
    expect(await ask(page, {stopAt, keep: next}, kill), `stopped before operation ${stopAt} of ${count}`).toBe("stopped");
    if (kill === "page") {
      await page.close();
      page = await openPage();
    }
    const found = await ask<number>(page, {ask: "read"});
    expect([version, next], `killed before operation ${stopAt} of ${count}`).toContain(found);
    seen.add(found === version ? "old" : "new");
    version = found;

    // What was half-written goes as soon as the browser has let go of the dead one's files, and is named.
    const notes = new Set<string>();
    await expect.poll(async () => {
      for (const note of await ask<string[]>(page, {ask: "sweep"})) notes.add(note);
      return (await ask<string[]>(page, {ask: "paths"})).map((path) => path.replace(/^pairs\/[0-9a-f]{32}\.\d+\//, "")).sort();
    }).toEqual(["begun.json", "index.json", "kept.json", "pixels.bin"]);
    for (const note of notes) expect(note).toBe("The set “mine” was not finished when its page was closed, and what there was of it is removed. The one of that name that was kept before is still there.");
    expect(await ask(page, {ask: "read"})).toBe(version);
  }
  expect([...seen].sort()).toEqual(["new", "old"]);
  expect(typeof (await ask(page, {keep: 251}))).toBe("number");
  expect(await ask(page, {ask: "read"})).toBe(251);
});

it("two pages that keep the same set at once leave one whole set", async () => {
  const pages = await Promise.all([openPage(), openPage(), openPage()]);
  expect(await Promise.all(pages.map((page, k) => ask(page, {keep: 10 + k})))).toEqual(pages.map(() => expect.any(Number)));
  const version = await ask<number>(pages[0], {ask: "read"});
  expect([10, 11, 12]).toContain(version);
  await ask(pages[1], {ask: "sweep"});
  expect(await ask<string[]>(pages[2], {ask: "paths"})).toHaveLength(4);
});
