/**
 * The local file server: the built site, prepared data and mounted folders, with the headers that make the page
 * cross-origin isolated. Not a development bundler (see build.mjs) and not meant for the open internet: it listens on this machine only.
 */
import {createServer, type IncomingMessage, type ServerResponse} from "node:http";
import {createReadStream} from "node:fs";
import {readFile, stat} from "node:fs/promises";
import {extname, join, resolve, sep} from "node:path";
import {brotliCompressSync, constants, gzipSync} from "node:zlib";
import type {AddressInfo} from "node:net";
import {listFiles} from "./list-files.ts";
import {saveNotebook} from "./save.ts";

export interface ServeOptions {
  /** The folder of the built site. */
  root?: string;
  /** Further folders: address prefix (`/data/`, `/mount/photos/`) -> folder. */
  mounts?: Record<string, string>;
  /** 0 lets the system choose a free one. */
  port?: number;
  /** Folder whose `*.html` the page may write back; none where absent. */
  notebooks?: string;
}

export interface Server {
  /** Where the site is, with a slash at the end. */
  url: string;
  /** Tells every open page to load itself again. */
  reload(): void;
  close(): Promise<void>;
}

const mimeTypes: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
  ".gif": "image/gif",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
  ".csv": "text/csv; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".md": "text/markdown; charset=utf-8",
  ".tar": "application/x-tar",
  ".zip": "application/zip",
  ".safetensors": "application/octet-stream",
  ".webmanifest": "application/manifest+json"
};

/** Worth compressing: text, and WebAssembly, which shrinks by half. */
const compressible = new Set([".html", ".js", ".mjs", ".css", ".json", ".map", ".svg", ".csv", ".txt", ".md", ".wasm"]);

/**
 * Cross-origin isolation (threads need it), no sniffing, and nothing kept by the browser without asking:
 * what is served changes while one works on it.
 */
const commonHeaders = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-cache"
};

/**
 * Serves a site on this machine.
 *
 * - `GET /...` files of `root`, then of the mounts; `index.html` for a folder; gzip and byte ranges where asked for.
 * - `GET /data/FOLDER/files.json`, and so in every mount, where no such file lies there: the files of that folder, as {path, size}.
 * - `GET /live-reload` a stream of server-sent events, "reload" after every rebuild.
 * - `PUT /notebooks/NAME.html` writes a notebook back, for requests of this very origin only (see save.ts).
 *
 * Rejects with the system's error when the port is taken.
 */
export async function serveSite({root = "dist", mounts = {}, port = 0, notebooks}: ServeOptions = {}): Promise<Server> {
  const listeners = new Set<ServerResponse>();
  const folders = Object.entries({...mounts, "/": root}).sort(([a], [b]) => b.length - a.length);

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(500, {"Content-Type": "text/plain; charset=utf-8"});
      response.end(error.message);
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse) {
    for (const [name, value] of Object.entries(commonHeaders)) response.setHeader(name, value);
    if (!isLocalHost(request.headers.host)) return refuse(response, 403, `This server answers to localhost only, not to "${request.headers.host}".`);
    const path = decodePath(request.url ?? "/");
    if (path === null) return refuse(response, 400, "The address is not valid.");
    if (request.method === "PUT" && notebooks) return saveNotebook(request, response, path, notebooks);
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, `${request.method} is not supported here.`);
    if (path === "/live-reload") return listen(response);
    const prefix = folders.find(([start]) => path.startsWith(start))!;
    const file = await findFile(prefix[1], path.slice(prefix[0].length));
    const listed = file || prefix[0] === "/" ? undefined : await listOf(prefix[1], path.slice(prefix[0].length));
    if (listed) return void response.writeHead(200, {"Content-Type": mimeTypes[".json"]}).end(JSON.stringify(listed));
    if (!file) return refuse(response, 404, `There is no ${path} here.`);
    await sendFile(request, response, file);
  }

  function listen(response: ServerResponse) {
    response.writeHead(200, {"Content-Type": "text/event-stream"});
    response.write("retry: 1000\n\n");
    listeners.add(response);
    response.on("close", () => listeners.delete(response));
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });

  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    reload: () => listeners.forEach((response) => response.write("event: reload\ndata: 1\n\n")),
    close: () =>
      new Promise<void>((resolve) => {
        listeners.forEach((response) => response.end());
        server.close(() => resolve());
        server.closeAllConnections();
      })
  };
}

/** Refuses names that only point here (DNS rebinding): a page elsewhere must not read local data through them. */
function isLocalHost(host = "") {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);
}

/** The decoded path of a request, or null where it is malformed or tries to climb. */
function decodePath(url: string): string | null {
  try {
    const path = decodeURIComponent(url.split(/[?#]/, 1)[0]);
    return path.includes("\0") || path.split(/[/\\]/).includes("..") ? null : path;
  } catch {
    return null;
  }
}

export function refuse(response: ServerResponse, status: number, sentence: string) {
  response.writeHead(status, {"Content-Type": "text/plain; charset=utf-8"}).end(`${sentence}\n`);
}

interface FoundFile {
  path: string;
  size: number;
  modifiedMs: number;
}

async function findFile(folder: string, relative: string): Promise<FoundFile | undefined> {
  const base = resolve(folder);
  const path = resolve(base, `.${sep}${relative}`);
  if (path !== base && !path.startsWith(base + sep)) return;
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory()) return findFile(folder, join(relative, "index.html"));
  if (info?.isFile()) return {path, size: info.size, modifiedMs: info.mtimeMs};
}

/** The list that `files.json` of a mounted folder asks for; undefined where something else is asked. */
async function listOf(folder: string, relative: string) {
  const name = /(?:^|\/)files\.json$/.exec(relative);
  const base = resolve(folder);
  const inside = resolve(base, `.${sep}${relative.slice(0, name?.index)}`);
  return name && (inside === base || inside.startsWith(base + sep)) ? listFiles(inside) : undefined;
}

const compressed = new Map<string, {modifiedMs: number; bytes: Buffer}>();

/** A file's bytes compressed, done once for each version of it. Level 6 of Brotli: a sixth smaller than gzip, and quick. */
async function compress({path, modifiedMs}: FoundFile, encoding: "br" | "gzip") {
  const known = compressed.get(encoding + path);
  if (known?.modifiedMs === modifiedMs) return known.bytes;
  const content = await readFile(path);
  const bytes = encoding === "br" ? brotliCompressSync(content, {params: {[constants.BROTLI_PARAM_QUALITY]: 6}}) : gzipSync(content);
  compressed.set(encoding + path, {modifiedMs, bytes});
  return bytes;
}

async function sendFile(request: IncomingMessage, response: ServerResponse, file: FoundFile) {
  const extension = extname(file.path).toLowerCase();
  const etag = `"${file.size.toString(36)}-${Math.floor(file.modifiedMs).toString(36)}"`;
  response.setHeader("Content-Type", mimeTypes[extension] ?? "application/octet-stream");
  response.setHeader("ETag", etag);
  // Tells the page who serves it (see live-reload.ts), so that a site elsewhere asks for no reloads.
  if (extension === ".html") response.setHeader("Server-Timing", "diagonal-start");
  if (request.headers["if-none-match"] === etag) return void response.writeHead(304).end();

  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (range) return sendRange(response, file, Number(range[1]), range[2] ? Number(range[2]) : file.size - 1);

  response.setHeader("Accept-Ranges", "bytes");
  const encoding = (["br", "gzip"] as const).find((name) => new RegExp(`\\b${name}\\b`).test(String(request.headers["accept-encoding"] ?? "")));
  if (encoding && compressible.has(extension) && file.size > 1024 && file.size < 2 ** 26) {
    const bytes = await compress(file, encoding);
    response.writeHead(200, {"Content-Encoding": encoding, "Content-Length": bytes.length, Vary: "Accept-Encoding"});
    return void (request.method === "HEAD" ? response.end() : response.end(bytes));
  }
  response.writeHead(200, {"Content-Length": file.size});
  if (request.method === "HEAD") return void response.end();
  createReadStream(file.path).on("error", (error) => response.destroy(error)).pipe(response);
}

function sendRange(response: ServerResponse, {path, size}: FoundFile, first: number, wanted: number) {
  const last = Math.min(wanted, size - 1);
  if (first > last) return void response.writeHead(416, {"Content-Range": `bytes */${size}`}).end();
  response.writeHead(206, {"Content-Range": `bytes ${first}-${last}/${size}`, "Content-Length": last - first + 1});
  createReadStream(path, {start: first, end: last}).on("error", (error) => response.destroy(error)).pipe(response);
}
