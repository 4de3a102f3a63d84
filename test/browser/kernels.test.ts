/** The kernels in a real browser's worker: relaxed SIMD, threads on shared memory, and what a page without isolation says. */
import {beforeAll, expect, test} from "vitest";
import {askWorker, openBrowser} from "../../src/cli/bench/browser.ts";
import {compileKernels} from "../../src/kernels/compile.mjs";
import type {Answer} from "./kernels-worker.ts";

beforeAll(compileKernels);

async function runIn(isolated: boolean): Promise<Answer> {
  const {page, close} = await openBrowser({entries: {kernels: "test/browser/kernels-worker.ts"}, isolated});
  try {
    return await askWorker<Answer>(page, "kernels", {});
  } finally {
    await close();
  }
}

test("an isolated page has threads and agrees with one and with two of them", async () => {
  const {report, compared, shared, wrong} = await runIn(true);
  expect(wrong).toEqual([]);
  expect(shared).toBeGreaterThan(30);
  expect(compared).toBeGreaterThan(60);
  expect(report.simd).toBe(true);
  expect(report.missing).toEqual([]);
});

test("a page that is not isolated computes the same on one thread, and says what is missing", async () => {
  const {report, wrong} = await runIn(false);
  expect(wrong).toEqual([]);
  expect(report.threads).toBe(1);
  expect(report.missing.join(" ")).toContain("Cross-Origin-Opener-Policy");
});
