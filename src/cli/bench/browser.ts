/** A Chromium over a folder of bundles, cross-origin isolated or not. Not the site's server: it serves what a measurement or a test needs, and nothing else. */
import {createReadStream} from "node:fs";
import {createServer, type IncomingMessage, type Server, type ServerResponse} from "node:http";
import {mkdtemp, readFile, rm, stat, writeFile} from "node:fs/promises";
import type {AddressInfo} from "node:net";
import {tmpdir} from "node:os";
import {extname, join, normalize} from "node:path";
import * as esbuild from "esbuild";
import {chromium, type Browser, type Page} from "playwright-core";
import {findBrowser} from "../setup.mjs";

export interface BrowserOptions {
  /** Entries to bundle, by the name they get: "worker" is served as /worker.js. */
  entries: Record<string, string>;
  /** Whether the page may share memory between threads (true). */
  isolated?: boolean;
  /** Further flags for Chromium. */
  flags?: string[];
  /** Folders of large files to serve as well, in ranges where asked: {"ort": "node_modules/..."} is served under /ort/. */
  folders?: Record<string, string>;
}

export interface OpenBrowser {
  page: Page;
  version: string;
  close(): Promise<void>;
}

/** Flags that every headless run here needs: no sandbox (root in a container), and nothing in the background. */
const quietFlags = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Flags for WebGPU in software: right numbers, meaningless times. */
export const softwareWebgpuFlags = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];

const types: Record<string, string> = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".html": "text/html"};

/** Bundles the entries, serves them beside tfjs's and our .wasm files (under /wasm/), and opens an empty page there. */
export async function openBrowser({entries, isolated = true, flags = [], folders = {}}: BrowserOptions): Promise<OpenBrowser> {
  const folder = await mkdtemp(join(tmpdir(), "diagonal-bench-"));
  await bundle(entries, folder);
  await writeFile(join(folder, "index.html"), "<!doctype html><title>Diagonal</title>");
  const server = await serve([folder], isolated, folders);
  const executablePath = findBrowser();
  if (!executablePath) throw new Error("no Chromium found: run node src/cli/setup.mjs --browser");
  const browser = await chromium.launch({executablePath, args: [...quietFlags, ...flags]});
  const page = await browser.newPage();
  page.on("console", (message) => message.type() === "error" && console.error(`[page] ${message.text()}`));
  page.on("pageerror", (error) => console.error(`[page] ${error.message}`));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`);
  return {page, version: browser.version(), close: () => closeAll(browser, server, folder)};
}

async function closeAll(browser: Browser, server: Server, folder: string): Promise<void> {
  await browser.close();
  server.close();
  await rm(folder, {recursive: true, force: true});
}

async function bundle(entries: Record<string, string>, outdir: string): Promise<void> {
  await esbuild.build({
    entryPoints: entries, outdir, bundle: true, format: "esm", target: "es2022", conditions: ["browser"], logLevel: "error", minify: true,
    define: {"process.env.NODE_ENV": '"production"'}, external: ["fs", "path", "os", "util", "crypto", "node:*", "perf_hooks", "worker_threads", "module", "url"]
  });
}

function serve(folders: string[], isolated: boolean, large: Record<string, string>): Promise<Server> {
  const wasmFolders = ["node_modules/@tensorflow/tfjs-backend-wasm/dist", "src/kernels/build"];
  const isolation: Record<string, string> = isolated ? {"cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp", "cross-origin-resource-policy": "same-origin"} : {};
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://x").pathname).replace(/^\/+/, "");
    const [first, ...rest] = path.split("/");
    if (Object.hasOwn(large, first)) return sendRange(join(large[first], ...rest), request, response, {...isolation, "content-type": types[extname(path)] ?? "application/octet-stream"});
    const places = path.startsWith("wasm/") ? wasmFolders.map((folder) => join(folder, path.slice(5))) : folders.map((folder) => join(folder, path));
    for (const place of places) {
      const content = await readFile(place).catch(() => undefined);
      if (!content) continue;
      response.writeHead(200, {
        "content-type": types[extname(place)] ?? "application/octet-stream",
        ...isolation
      });
      return response.end(content);
    }
    response.writeHead(404).end();
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

async function sendRange(file: string, request: IncomingMessage, response: ServerResponse, headers: Record<string, string>): Promise<void> {
  const size = await stat(file).then((stats) => stats.size, () => -1);
  if (size < 0) return void response.writeHead(404).end();
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const start = range ? Number(range[1]) : 0;
  const end = range?.[2] ? Math.min(Number(range[2]), size - 1) : size - 1;
  response.writeHead(range ? 206 : 200, {...headers, "content-length": end - start + 1, etag: `"${size}"`, ...(range && {"content-range": `bytes ${start}-${end}/${size}`})});
  if (request.method === "HEAD") return void response.end();
  createReadStream(file, {start, end}).pipe(response);
}

/** Starts a bundled module worker in the page, sends it one message, and gives its first answer; an answer with `error` is thrown. */
export function askWorker<Answer>(page: Page, name: string, message: object): Promise<Answer> {
  return page.evaluate(([name, message]) => new Promise<Answer>((resolve, reject) => {
    const worker = new Worker(`/${name}.js`, {type: "module"});
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = ({data}) => {
      worker.terminate();
      if (data.error) reject(new Error(data.error));
      else resolve(data.answer);
    };
    worker.postMessage(message);
  }), [name, message] as const);
}
