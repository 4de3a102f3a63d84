/** Starts Debian's Chromium over the built site, for tests that do what a person does. */
import {resolve} from "node:path";
import type {Browser, Frame, Page} from "playwright-core";
import {launchBrowser} from "../../src/cli/browser.ts";
import {serveSite, type Server} from "../../src/cli/serve.ts";

/** Folders that tests serve beside dist/: the fixtures, and the prepared sets where there are any. */
const usualMounts = {"/fixtures/": resolve("test/fixtures"), "/data/": resolve("data")};

export interface Site extends Server {
  browser: Browser;
}

/** Serves dist/ and starts a browser; `close` ends both. */
export async function openSite({notebooks, mounts = {}, args = []}: {notebooks?: string; mounts?: Record<string, string>; args?: string[]} = {}): Promise<Site> {
  const server = await serveSite({root: "dist", mounts: {...usualMounts, ...mounts}, notebooks});
  const browser = await launchBrowser({args});
  return {
    ...server,
    browser,
    close: async () => {
      await browser.close();
      await server.close();
    }
  };
}

/** Opens a notebook and waits for its cells to come to rest; gives the page and the frame with the cells' outputs. */
export async function openNotebook(site: Site, address: string, {settle = true, ...query}: Record<string, string | boolean> = {}): Promise<{page: Page; frame: Frame; said: string[]}> {
  // A context of its own: no draft of another test is found.
  const page = await (await site.browser.newContext()).newPage();
  const said: string[] = [];
  page.on("console", (message) => message.type() === "error" && said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  const search = new URLSearchParams({open: address, ...(query as Record<string, string>)});
  await page.goto(`${site.url}notebook.html?${search}`);
  await page.waitForFunction(() => "diagonal" in window);
  if (settle) await idle(page);
  return {page, frame: cellsOf(page), said};
}

/** The sandboxed frame of a notebook page. */
export function cellsOf(page: Page): Frame {
  const frame = page.frames().find((frame) => frame !== page.mainFrame() && !frame.isDetached());
  if (!frame) throw new Error("the page has no frame yet");
  return frame;
}

interface Diagonal {
  idle(): Promise<void>;
  values(): Promise<Record<string, unknown>>;
  errors(): {cell: number; name?: string; message: string; line?: number}[];
  snapshotHtml(): Promise<string>;
}

const ask = <T>(page: Page, name: keyof Diagonal) => page.evaluate<unknown>(`window.diagonal.${name}()`) as Promise<T>;

/** Waits until every cell has come to rest. */
export const idle = (page: Page) => ask<void>(page, "idle");
export const values = (page: Page) => ask<Record<string, unknown>>(page, "values");
export const errors = (page: Page) => ask<ReturnType<Diagonal["errors"]>>(page, "errors");

/** Does what loads the page anew, and waits for the new page's cells: the old page answers until it is gone. */
export async function reloaded(page: Page, act: () => Promise<unknown>): Promise<void> {
  await page.evaluate(() => void Object.assign(window, {isOld: true}));
  await act();
  await page.waitForFunction(() => "diagonal" in window && !("isOld" in window));
  await idle(page);
}

/** Replaces a cell's code as a person would: a click into it, everything marked, typed over. Ends with the focus in the code. */
export async function write(page: Page, cell: number, text: string): Promise<void> {
  const section = page.locator(`.h-cell[data-cell="${cell}"]`);
  await section.locator(".h-code").click();
  await section.locator(".cm-content").waitFor();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

/** `write`, then Ctrl+Enter, then waits for the cells to come to rest. */
export async function rewrite(page: Page, cell: number, text: string): Promise<void> {
  await write(page, cell, text);
  await page.keyboard.press("ControlOrMeta+Enter");
  await idle(page);
}
