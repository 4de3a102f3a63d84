/** The WGSL kernels on Chromium's software WebGPU: right numbers, whatever the times. */
import {expect, test} from "vitest";
import {askWorker, openBrowser, softwareWebgpuFlags} from "../../src/cli/bench/browser.ts";
import type {WebgpuAnswer} from "./kernels-webgpu-worker.ts";

test("layer norm and AdamW agree with their definitions at odd sizes, and ran", async () => {
  const {page, close} = await openBrowser({entries: {kernels: "test/browser/kernels-webgpu-worker.ts"}, flags: softwareWebgpuFlags});
  try {
    const {adapter, wrong, runs} = await askWorker<WebgpuAnswer>(page, "kernels", {});
    expect(adapter, "a software WebGPU adapter").toBe(true);
    expect(wrong).toEqual([]);
    for (const name of ["layer-norm", "layer-norm-gradient", "layer-norm-turned", "sum-rows", "adamw-m", "adamw-v", "adamw-p", "adamw-average"]) expect(runs[name], name).toBeGreaterThan(0);
  } finally {
    await close();
  }
});
