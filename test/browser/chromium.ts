/** Starts Debian's Chromium over the built site, for tests that do what a person does. */
import {resolve} from "node:path";
import {deflateRawSync} from "node:zlib";
import type {Browser, BrowserContext, BrowserContextOptions, Frame, Locator, Page} from "playwright-core";
import {launchBrowser} from "../../src/cli/browser.ts";
import {serveSite, type ServeOptions, type Server} from "../../src/cli/serve.ts";

/** Folders that tests serve beside dist/: the fixtures, as a part of the site, and the prepared sets where there are any. */
const usualFolders = {own: {"/fixtures/": resolve("test/fixtures")}, mounts: {"/data/": resolve("data")}};

/** How long a page may take over one thing before a test gives it up, in ms: to be slow on a busy machine is no fault. */
const patienceMs = 120_000;

/** Gives a context's pages the time that they need. */
export function patient<T extends BrowserContext>(context: T): T {
  context.setDefaultTimeout(patienceMs);
  return context;
}

export interface Site extends Server {
  browser: Browser;
  /** A profile of its own: no draft of another test is found there. */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** A page in a profile of its own. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
}

/** Serves dist/, folders that are a part of the site (`own`) or lie beside it (`mounts`), and starts a browser; `close` ends both. */
export async function openSite({notebooks, own = {}, mounts = {}, args = [], env = {}}: Pick<ServeOptions, "notebooks" | "own" | "mounts"> & {args?: string[]; env?: Record<string, string>} = {}): Promise<Site> {
  const server = await serveSite({root: "dist", own: {...usualFolders.own, ...own}, mounts: {...usualFolders.mounts, ...mounts}, notebooks});
  const browser = await launchBrowser({args, env});
  const newContext = async (options?: BrowserContextOptions) => patient(await browser.newContext(options));
  return {
    ...server,
    browser,
    newContext,
    newPage: async (options) => (await newContext(options)).newPage(),
    close: async () => {
      await browser.close();
      await server.close();
    }
  };
}

/** Opens a notebook in a profile of its own and waits until it stands still; gives the page, the frame with the cells' outputs, and what was said of errors. */
export async function openNotebook(site: Site, address: string, query: Record<string, string> = {}): Promise<{page: Page; frame: Frame; said: string[]}> {
  const page = await site.newPage();
  const said: string[] = [];
  page.on("console", (message) => message.type() === "error" && said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  const frame = await visit(page, `${site.url}notebook.html?${new URLSearchParams({open: address, ...query})}`);
  return {page, frame, said};
}

/** Goes to a notebook's page and waits until it stands still; gives the frame with the cells' outputs. */
export async function visit(page: Page, address: string): Promise<Frame> {
  await page.goto(address);
  await page.waitForFunction(() => "diagonal" in window);
  await settled(page);
  return cellsOf(page);
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

/** Waits until every cell has come to rest and nothing in the frame moves any more. */
export async function settled(page: Page): Promise<void> {
  await idle(page);
  await still(cellsOf(page));
}

/**
 * Waits until nothing in a frame moves any more: letters, pictures and formulas come after the cells that show them, and what stands below moves from under a
 * pointer. One that never stands still is left after a while.
 */
export async function still(frame: Frame): Promise<void> {
  await frame.evaluate(async () => {
    const [restMs, limitMs] = [150, 15_000];
    const {letters} = (globalThis as unknown as {diagonalFrame: {letters: {areComing(): boolean}}}).diagonalFrame;
    const isComing = () => letters.areComing() || [...document.fonts].some(({status}) => status === "loading") || [...document.images].some(({complete}) => !complete) || document.querySelector(".d-term > span:empty") !== null;
    const places = () => [...document.querySelectorAll(".n-cell, button, input, select, summary, [tabindex]")].map((element) => Math.round(element.getBoundingClientRect().top)).join();
    const began = performance.now();
    let before = places();
    for (let since = began; performance.now() - since < restMs && performance.now() - began < limitMs; ) {
      await new Promise((after) => setTimeout(after, 50));
      const now = places();
      if (now !== before || isComing()) since = performance.now();
      before = now;
    }
  });
}

/** Opens a notebook in a profile of its own, as a link from elsewhere; it has not run yet. */
export async function openLink(site: Site, text: string, query: Record<string, string> = {}): Promise<Page> {
  const page = await site.newPage();
  await page.goto(`${site.url}notebook.html?${new URLSearchParams(query)}#nb=${deflateRawSync(text).toString("base64url")}`);
  await page.waitForFunction(() => "diagonal" in window);
  return page;
}

/** Lets a notebook from elsewhere run, as its reader would: when the button can be pressed. */
export const letRun = (page: Page) => answered(page.getByRole("button", {name: "Run it"}));

/** Answers a question, once it was in sight for long enough. */
export async function answered(button: Locator): Promise<void> {
  await button.and(button.page().locator(":not([aria-disabled])")).waitFor();
  await button.press("Enter");
}

/** Does what loads the page anew, and waits for the new page's cells: the old page answers until it is gone. */
export async function reloaded(page: Page, act: () => Promise<unknown>): Promise<void> {
  await page.evaluate(() => void Object.assign(window, {isOld: true}));
  await act();
  await page.waitForFunction(() => "diagonal" in window && !("isOld" in window));
  await settled(page);
}

/** Replaces a cell's code as a person would by keys: Enter, everything marked, typed over. Ends with the focus in the code. */
export async function write(page: Page, cell: number, text: string): Promise<void> {
  const place = page.locator(`.h-cell[data-cell="${cell}"]`);
  // By its handle, which a cell has whose code is folded, too.
  if ((await place.locator(".cm-content, .h-field").count()) === 0) await place.locator(".h-handle").press("Enter");
  await place.locator(".cm-content").focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

/** `write`, then Ctrl+Enter, then waits for the cells to come to rest. */
export async function rewrite(page: Page, cell: number, text: string): Promise<void> {
  await write(page, cell, text);
  await page.keyboard.press("ControlOrMeta+Enter");
  await idle(page);
}
