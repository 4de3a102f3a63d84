/** A browser and a server that lack everything which makes training fast: it trains all the same, and the page says what is missing and how to get it. */
import {afterAll, beforeAll, expect, it} from "vitest";
import {errors, openSite, values, visit, type Site} from "./chromium.ts";
import {plainServer} from "./plain-server.ts";

let site: Site;
let plain: Awaited<ReturnType<typeof plainServer>>;
beforeAll(async () => void ([site, plain] = await Promise.all([openSite(), plainServer()])));
afterAll(async () => {
  await site?.close();
  await plain?.close();
});

it("trains without WebGPU, relaxed SIMD and threads, and says so", async () => {
  // A plain file server sends no isolation headers, and no service worker adds them.
  const context = await site.newContext({serviceWorkers: "block"});
  const page = await context.newPage();
  // As in a browser without relaxed SIMD: its instructions (253, 128 and up, 2) are not valid there.
  await page.route("**/workers/train-worker.js", async (route) => {
    const response = await route.fetch();
    const without = `{const {validate} = WebAssembly; WebAssembly.validate = (bytes) => !/253,1[2-4]\\d,2/.test(String(bytes)) && validate(bytes);}`;
    await route.fulfill({response, body: `${without}\n${await response.text()}`});
  });
  const frame = await visit(page, `${plain.url}notebook.html?open=notebooks/01-first-light.html&unattended=&set.model=cbow-tiny&set.steps=2&set.limit=128`);
  expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(false);
  expect(await errors(page)).toEqual([]);
  const {lossHistory} = (await values(page)) as {lossHistory: number[]};
  expect(lossHistory).toHaveLength(2);
  for (const loss of lossHistory) expect(loss).toBeGreaterThan(0);

  const lacks = frame.locator(".d-run details");
  await expect.poll(() => frame.getByText("Trains on").first().textContent()).toBe("Trains on WebAssembly with SIMD, because this browser offers no WebGPU adapter.");
  await expect.poll(() => lacks.locator("summary").textContent()).toBe("Missing for full speed: WebGPU, Relaxed SIMD, Threads");
  await lacks.locator("summary").press("Enter");
  await expect.poll(() => lacks.locator("p").allInnerTexts()).toEqual([expect.stringMatching(/WebGPU: .*Chrome and Edge 113/), expect.stringMatching(/Relaxed SIMD: .*or later/), expect.stringMatching(/Threads: one core .*Load the page again.*Cross-Origin-Opener-Policy/)]);
  await context.close();
});
