/** A browser page with the widgets' gallery on it, bundled on the spot: what the widgets' tests drive. */
import {mkdirSync, readFileSync} from "node:fs";
import {createServer} from "node:http";
import type {AddressInfo} from "node:net";
import {extname} from "node:path";
import * as esbuild from "esbuild";
import type {Browser, Page} from "playwright-core";
import {chromium} from "playwright-core";
import {afterAll, afterEach, beforeAll} from "vitest";

const types: Record<string, string> = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".html": "text/html"};
const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Widgets</title><link rel="stylesheet" href="gallery.css">
<style>body { margin: 0; background: var(--paper) } main { max-width: 1180px; margin: 24px auto; padding: 0 20px; box-sizing: border-box }</style><main></main><script type="module" src="gallery.js"></script></html>`;

export interface Gallery {
  browser: Browser;
  /** Opens the gallery with these entries; `path` may hold further words of the address. */
  open(entries: string[], options?: {width?: number; height?: number; theme?: "light" | "dark"; query?: string}): Promise<Page>;
  close(): Promise<void>;
}

/** A change to the source files of a name on their way into the bundle, wherever they go: as code and as text. */
interface Edit {
  file: RegExp;
  change: (text: string) => string;
}

function editing({file, change}: Edit): esbuild.Plugin {
  return {
    name: "edit",
    setup(build) {
      build.onLoad({filter: file}, ({path, with: attributes}) => ({contents: change(readFileSync(path, "utf8")), loader: attributes.type === "text" ? "text" : "ts"}));
    }
  };
}

/** Bundles the gallery, serves it on a free port and starts Chromium. */
export async function openGallery({edit, edits = edit ? [edit] : []}: {edit?: Edit; edits?: Edit[]} = {}): Promise<Gallery> {
  const {outputFiles} = await esbuild.build({entryPoints: ["test/widgets/gallery.ts"], bundle: true, format: "esm", write: false, outdir: "/", loader: {".woff2": "file"}, logLevel: "error", plugins: edits.map(editing)});
  const files = new Map(outputFiles.map((file) => [file.path, file.contents]));
  // Pages share one context, and so what the browser keeps of the bundle.
  const headers = {"cache-control": "max-age=3600"};
  const server = createServer((request, response) => {
    const path = new URL(request.url!, "http://x").pathname;
    const body = path === "/" ? html : files.get(path);
    response.writeHead(body ? 200 : 404, {...headers, "content-type": types[extname(path) || ".html"] ?? "application/octet-stream"}).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"]});
  const context = await browser.newContext({deviceScaleFactor: 1});
  context.setDefaultTimeout(120_000);
  return {
    browser,
    async open(entries, {width = 1280, height = 800, theme = "light", query = ""} = {}) {
      const page = await context.newPage();
      await page.setViewportSize({width, height});
      await page.emulateMedia({colorScheme: theme});
      const errors: Error[] = [];
      page.on("pageerror", (error) => errors.push(error));
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/?show=${entries.join(",")}&theme=${theme}&${query}`);
      await page.waitForFunction(() => "made" in globalThis);
      await page.evaluate(() => document.fonts.ready);
      await settle(page);
      if (errors.length > 0) throw errors[0];
      return page;
    },
    async close() {
      await browser.close();
      server.close();
    }
  };
}

/** The gallery for a file of tests: it is there from the first to the last, and each test's pages are closed after it. */
export function useGallery(): {open: Gallery["open"]; read<T>(page: Page, expression: string): Promise<T>} {
  let gallery: Gallery;
  let pages: Page[] = [];
  beforeAll(async () => {
    gallery = await openGallery();
    mkdirSync("out/widgets", {recursive: true});
  });
  afterEach(async () => {
    await Promise.all(pages.map((page) => page.close()));
    pages = [];
  });
  afterAll(() => gallery?.close());
  return {
    async open(...args) {
      const page = await gallery.open(...args);
      pages.push(page);
      return page;
    },
    read: <T>(page: Page, expression: string) => page.evaluate(expression) as Promise<T>
  };
}

/** Waits until what was asked to be drawn has been drawn: widgets take turns, and on a busy machine that is a matter of many screen refreshes. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const {isDrawingDue} = globalThis as unknown as {isDrawingDue(): boolean};
    for (let quiet = 0; quiet < 3; quiet = isDrawingDue() ? 0 : quiet + 1) await new Promise((drawn) => requestAnimationFrame(drawn));
    await new Promise((after) => setTimeout(after, 30));
  });
}
