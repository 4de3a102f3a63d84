/** Runs one notebook in a headless Chromium and brings back what it shows and what its cells are called. */
import type {Page} from "playwright-core";
import {launchBrowser} from "./browser.ts";
import type {BrowserOptions} from "./browser.ts";
import {serveSite} from "./serve.ts";

export interface RenderOptions {
  /** The notebook's path, relative to the project. */
  notebook: string;
  /** Named values that replace the notebook's own. */
  settings?: Record<string, string>;
  /** Folders of this machine that the page may read: name -> folder, at `mounts/NAME/`. */
  mounts?: Record<string, string>;
  timeoutMs?: number;
  widthPx?: number;
  dark?: boolean;
  gpu?: BrowserOptions["gpu"];
  log?: (line: string) => void;
}

export interface CellError {
  cell: number;
  name?: string;
  message: string;
  line?: number;
}

export interface Rendered {
  /** Static HTML with the outputs. */
  html: string;
  png: Buffer;
  /** Named values of all cells that can be written as JSON. */
  json: Record<string, unknown>;
  errors: CellError[];
}

/** What the host page offers to whoever drives it; see notebooks/site/host.ts. */
interface HostPage {
  diagonal: {idle(): Promise<void>; values(): Promise<Record<string, unknown>>; errors(): CellError[] | Promise<CellError[]>; snapshotHtml(): Promise<{body: string; css: string}>};
}

/**
 * @throws Error when the page cannot be opened, or is not done within `timeoutMs`; cells that fail are reported in `errors`.
 */
export async function renderNotebook({notebook, settings = {}, mounts = {}, timeoutMs = 900_000, widthPx = 1280, dark = false, gpu, log = () => {}}: RenderOptions): Promise<Rendered> {
  const server = await serveSite({root: "dist", mounts: {"/data/": "data", ...Object.fromEntries(Object.entries(mounts).map(([name, folder]) => [`/mounts/${name}/`, folder]))}});
  const browser = await launchBrowser({gpu});
  try {
    const context = await browser.newContext({viewport: {width: widthPx, height: 800}, colorScheme: dark ? "dark" : "light", reducedMotion: "reduce"});
    const page = await context.newPage();
    page.setDefaultTimeout(timeoutMs);
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && log(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => log(`page error: ${error.message}`));
    await page.goto(addressOf(server.url, notebook, settings));
    await page.waitForFunction(() => "diagonal" in window);
    await withLimit(page.evaluate(() => (window as unknown as HostPage).diagonal.idle()), timeoutMs, `${notebook} was not done after ${timeoutMs / 1000} s`);
    return await collect(page);
  } finally {
    await browser.close();
    await server.close();
  }
}

function addressOf(site: string, notebook: string, settings: Record<string, string>) {
  const address = new URL("notebook.html", site);
  address.searchParams.set("open", notebook);
  address.searchParams.set("unattended", "");
  for (const [name, value] of Object.entries(settings)) address.searchParams.set(`set.${name}`, value);
  return address.href;
}

async function collect(page: Page): Promise<Rendered> {
  const [json, errors, {body, css}, title] = await page.evaluate(async () => {
    const {diagonal} = window as unknown as HostPage;
    return Promise.all([diagonal.values(), diagonal.errors(), diagonal.snapshotHtml(), document.title]);
  });
  const html = `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n<title>${escapeText(title)}</title>\n<style>${css.replaceAll("</", "<\\/")}</style>\n${body}\n</html>\n`;
  return {json, errors, html, png: await wholePage(page)};
}

/** The page from top to bottom. A frame paints only what is in view, so the window is made as tall as the page first. */
async function wholePage(page: Page): Promise<Buffer> {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({width: page.viewportSize()!.width, height: Math.min(height, 16_000)});
  await page.waitForTimeout(800);
  return page.screenshot();
}

function escapeText(text: string) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function withLimit<T>(work: Promise<T>, limitMs: number, sentence: string): Promise<T> {
  let timer: NodeJS.Timeout;
  const limit = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(sentence)), limitMs)));
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
