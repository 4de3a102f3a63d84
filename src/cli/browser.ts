/** Starts the Chromium of this machine, headless, as our commands and tests need it. */
import {chromium} from "playwright-core";
import type {Browser} from "playwright-core";
import {findBrowser} from "./setup.mjs";

/** Keeps the browser from calling home: on a closed network that costs seconds at every start. */
const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps"];

/** Software WebGPU: right numbers, meaningless times. */
const softwareGpu = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];

export interface BrowserOptions {
  /** "none" (the default), "software", or "real" for the machine's own. */
  gpu?: "none" | "software" | "real";
  args?: string[];
  /** Variables of the browser's environment, beside this process's own. */
  env?: Record<string, string>;
}

/** @throws Error saying how to get a browser, where there is none. */
export async function launchBrowser({gpu = "none", args = [], env = {}}: BrowserOptions = {}): Promise<Browser> {
  const executablePath = findBrowser();
  if (!executablePath) throw new Error("no Chrome or Chromium was found; install one, or set CHROME_PATH");
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const graphics = {none: [], software: softwareGpu, real: ["--enable-unsafe-webgpu", "--enable-features=Vulkan"]}[gpu];
  return chromium.launch({executablePath, env: {...process.env, ...env} as Record<string, string>, args: [...sandbox, ...quiet, ...graphics, ...args]});
}
