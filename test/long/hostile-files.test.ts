/** The hostile files of the terminal's test, read in a page's worker in Chromium. */
import {readdirSync, readFileSync} from "node:fs";
import {mkdtemp, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import * as esbuild from "esbuild";
import {chromium} from "playwright-core";
import type {BrowserContext, Page} from "playwright-core";
import {afterAll, beforeAll, expect, test} from "vitest";
import {complaintsAbout} from "../../src/cli/attack/complaints.ts";
import type {Outcome} from "../../src/cli/attack/complaints.ts";
import {serveSite} from "../../src/cli/serve.ts";
import type {Server} from "../../src/cli/serve.ts";
import {findBrowser} from "../../src/cli/setup.mjs";
import {patient} from "../browser/chromium.ts";

let folder: string;
let server: Server;
let context: BrowserContext;
let page: Page;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "diagonal-hostile-"));
  const site = join(folder, "site");
  const bundle = {bundle: true, format: "esm" as const, target: "es2022", outdir: site, entryNames: "[name]", conditions: ["browser"], external: ["node:*", "fs", "path", "os", "util", "crypto"]} satisfies esbuild.BuildOptions;
  await esbuild.build({...bundle, splitting: true, entryPoints: ["test/browser/harness/hostile-page.ts", "test/browser/harness/hostile-worker.ts"]});
  await writeFile(join(site, "index.html"), '<!doctype html><title>hostile</title><script type="module" src="hostile-page.js"></script>');
  server = await serveSite({root: site});
  context = patient(await chromium.launchPersistentContext(join(folder, "profile"), {executablePath: findBrowser(), args: ["--no-sandbox", "--no-first-run", "--disable-background-networking"]}));
  page = await context.newPage();
  await page.goto(server.url);
  await page.waitForFunction("window.readAll");
});
afterAll(async () => {
  await context?.close();
  await server?.close();
  await rm(folder, {recursive: true, force: true});
});

/** The most that a renderer of this browser ever took, in MB; 0 where the system does not tell. */
function rendererPeakMb(): number {
  const peaks = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid)).map((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      if (!command.includes("--type=renderer") || !command.includes(join(folder, "profile"))) return 0;
      return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
    } catch {
      return 0;
    }
  });
  return Math.max(...peaks);
}

test.each(["checkpoints", "arrays", "archives", "images"])("%s are read rightly or refused in a sentence, and none hangs its worker", async (maker) => {
  const results = (await page.evaluate(`readAll(${JSON.stringify(maker)}, 120_000)`)) as Outcome[];
  const peak = rendererPeakMb();
  console.log(`${maker}: ${results.length} files, the renderer took at most ${Math.round(peak)} MB`);
  expect(results.flatMap(complaintsAbout)).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(40);
  expect(peak).toBeLessThan(2000);
});
