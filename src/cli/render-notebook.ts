/** Runs one notebook in a headless Chromium and brings back what it shows and what its cells are called. */
import {realpath} from "node:fs/promises";
import {basename, dirname} from "node:path";
import type {Page} from "playwright-core";
import {launchBrowser} from "./browser.ts";
import type {BrowserOptions} from "./browser.ts";
import type {Progress} from "./progress.ts";
import {createWorkWords, type Work} from "./render-progress.ts";
import {serveSite} from "./serve.ts";

export interface RenderOptions {
  /** The notebook's path, from the project or absolute. Whoever calls names it, so it is trusted wherever it lies, as are the folders in `mounts`. */
  notebook: string;
  /** Named values that replace the notebook's own. */
  settings?: Record<string, string>;
  /** Folders of this machine that the page may read: name -> folder, at `mounts/NAME/`. */
  mounts?: Record<string, string>;
  /** Cells may work for so long, in seconds. */
  limitS?: number;
  /** "open" runs what a reader would have to ask for, too; "shut" leaves it as a reader finds it. */
  gates?: "open" | "shut";
  widthPx?: number;
  dark?: boolean;
  gpu?: BrowserOptions["gpu"];
  progress?: Progress;
}

export interface CellError {
  cell: number;
  name?: string;
  message: string;
  line?: number;
}

/** What a page could be asked for. After the limit a page may be too busy to answer: what it did not say is undefined. */
export interface Rendered {
  /** Static HTML with the outputs. */
  html?: string;
  png?: Buffer;
  /** Named values of all cells that can be written as JSON. */
  json?: Record<string, unknown>;
  errors: CellError[];
  /** What was at work when the limit was reached, in words; undefined where all was done before. */
  unfinished?: string;
}

/** What the host page offers to those who drive it; see notebooks/site/host.ts. */
interface HostPage {
  diagonal: {idle(): Promise<void>; work(): Promise<Work>; values(): Promise<Record<string, unknown>>; errors(): CellError[] | Promise<CellError[]>; snapshotHtml(): Promise<{body: string; css: string}>};
}

const quiet: Progress = {show() {}, begin() {}, say() {}, end() {}};
/** What the browser itself does, such as opening a page, may take so long on a busy machine, in milliseconds. */
const openMs = 300_000;
/** A page that is past its limit has so long for each thing that it is asked for, in milliseconds. */
const lastWordMs = 30_000;

/**
 * Past `limitS` the page is taken as it is, and `unfinished` says what was at work; cells that fail are reported in `errors`.
 * @throws Error when the page cannot be opened.
 */
export async function renderNotebook({notebook, settings = {}, mounts = {}, limitS = 900, gates = "open", widthPx = 1280, dark = false, gpu, progress = quiet}: RenderOptions): Promise<Rendered> {
  const {address, own} = await placeOf(notebook);
  const named = Object.fromEntries(Object.entries(mounts).map(([name, folder]) => [`/mounts/${name}/`, folder]));
  const server = await serveSite({root: "dist", mounts: {"/data/": "data"}, own: {...own, ...named}});
  const browser = await launchBrowser({gpu});
  try {
    const context = await browser.newContext({viewport: {width: widthPx, height: 800}, colorScheme: dark ? "dark" : "light", reducedMotion: "reduce"});
    const page = await context.newPage();
    page.setDefaultTimeout(openMs);
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && progress.say(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => progress.say(`page error: ${error.message}`));
    progress.show(`${notebook} is opened`);
    await page.goto(addressOf(server.url, address, settings, gates));
    await page.waitForFunction(() => "diagonal" in window || document.querySelector(".h-broken"));
    const broken = await page.evaluate(() => document.querySelector(".h-broken")?.textContent);
    if (broken) throw new Error(broken);
    const unfinished = await followWork(page, limitS, progress);
    return await collect(page, unfinished);
  } finally {
    progress.end();
    await browser.close();
    await server.close();
  }
}

/** Waits until all is done, and tells meanwhile what is at work; what was at work where the limit comes first. */
async function followWork(page: Page, limitS: number, progress: Progress): Promise<string | undefined> {
  const began = Date.now();
  const describe = createWorkWords();
  let words = "the page";
  let isDone = false;
  const idle = page.evaluate(() => (window as unknown as HostPage).diagonal.idle()).then(() => (isDone = true));
  // A browser that is closed at the limit rejects it.
  idle.catch(() => {});
  while (!isDone) {
    const seconds = Math.round((Date.now() - began) / 1000);
    if (seconds >= limitS) return words;
    // A page that computes for long answers late: what it said last is told again.
    const work = await Promise.race([page.evaluate(() => (window as unknown as HostPage).diagonal.work()), pause(2000)]);
    if (work) words = describe(work);
    progress.show(words, `${seconds} s of at most ${limitS} s`);
    await Promise.race([idle, pause(500)]);
  }
  return undefined;
}

const pause = (ms: number) => new Promise<undefined>((after) => setTimeout(after, ms, undefined));

/** Where the page finds a notebook: one of the site at its place in it, another with the files beside it under `given/`. */
async function placeOf(notebook: string): Promise<{address: string; own: Record<string, string>}> {
  const file = await realpath(notebook);
  const [name, folder] = [basename(file), dirname(file)];
  if (/[\\%\p{Cc}]/u.test(name)) throw new Error(`${notebook}: a notebook's name holds no percent sign, backslash or control character, which addresses read in several ways. Rename the file`);
  if (folder === (await realpath("notebooks"))) return {address: `notebooks/${name}`, own: {}};
  return {address: `given/${encodeURIComponent(name)}`, own: {"/given/": folder}};
}

function addressOf(site: string, notebook: string, settings: Record<string, string>, gates: "open" | "shut") {
  const address = new URL("notebook.html", site);
  address.searchParams.set("open", notebook);
  address.searchParams.set("unattended", "");
  if (gates === "shut") address.searchParams.set("gates", "shut");
  for (const [name, value] of Object.entries(settings)) address.searchParams.set(`set.${name}`, value);
  return address.href;
}

async function collect(page: Page, unfinished: string | undefined): Promise<Rendered> {
  const ask = <K extends "values" | "errors" | "snapshotHtml">(name: K) => heard(page.evaluate(`window.diagonal.${name}()`) as Promise<Awaited<ReturnType<HostPage["diagonal"][K]>>>, unfinished);
  const [json, errors, parts, title] = await Promise.all([ask("values"), ask("errors"), ask("snapshotHtml"), heard(page.title(), unfinished)]);
  const html = parts && `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n<title>${escapeText(title ?? "")}</title>\n<style>${parts.css.replaceAll("</", "<\\/")}</style>\n${parts.body}\n</html>\n`;
  return {json, errors: errors ?? [], html, png: await heard(wholePage(page), unfinished), unfinished};
}

/** An answer; where the page is past its limit, undefined once it is late or fails. */
function heard<T>(answer: Promise<T>, unfinished: string | undefined): Promise<T | undefined> {
  return unfinished === undefined ? answer : Promise.race([answer.catch(() => undefined), pause(lastWordMs)]);
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
