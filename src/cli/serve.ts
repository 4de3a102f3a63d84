/**
 * The local file server: the built site, prepared data and mounted folders, with the headers that make the page
 * cross-origin isolated. Not a development bundler (see build.mjs) and not meant for the open internet: it listens on this machine only.
 */
import {createServer, type IncomingMessage, type ServerResponse} from "node:http";
import {createReadStream} from "node:fs";
import {readFile} from "node:fs/promises";
import {promisify} from "node:util";
import {brotliCompress, constants, gzip} from "node:zlib";
import type {AddressInfo} from "node:net";
import {decodePath, findIn, folderOf} from "./folders.ts";
import type {FoundFile, ServedFolder} from "./folders.ts";
import {markLent, markOwn} from "./lent-files.ts";
import {pageStream, type PageStream} from "./page-stream.ts";
import {saveNotebook} from "./save.ts";

export interface ServeOptions {
  /** The folder of the built site, or what gives it for each request. */
  root?: string | (() => string);
  /** Further folders: address prefix (`/data/`, `/mount/photos/`) -> folder. What lies there is read by pages and runs with no rights of the site. */
  mounts?: Record<string, string>;
  /** The same for folders that are a part of the site: notebooks and pages in them are trusted as those of `root`. */
  own?: Record<string, string>;
  /** 0 lets the system choose a free one. */
  port?: number;
  /** Folder whose `*.html` the page may write back; none where absent. */
  notebooks?: string;
  /** Tells pages of rebuilds; without it they are told nothing. */
  pages?: PageStream;
  /** Of the code that is served; pages know by it what they are made of. */
  version?(): string;
  /** Is waited for before a saved notebook is confirmed: what was saved is then what is served. */
  saved?(): Promise<void>;
}

export interface Server {
  /** Where the site is, with a slash at the end. */
  url: string;
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
 *   Links are followed as long as they stay in their folder. Every file says in `Diagonal-Serves` whether it is of the "site" or of a "mount" (lent-files.ts).
 * - `GET /live-reload` a stream of server-sent events that tell of rebuilds (see page-stream.ts).
 * - `PUT /notebooks/NAME.html` writes a notebook back, for requests of this very origin only (see save.ts).
 *
 * Rejects with the system's error when the port is taken.
 */
export async function serveSite({root = "dist", mounts = {}, own = {}, port = 0, notebooks, pages = pageStream(), version, saved}: ServeOptions = {}): Promise<Server> {
  const served = (places: Record<string, ServedFolder["folder"]>, isOwn: boolean) => Object.entries(places).map(([prefix, folder]): ServedFolder => ({prefix, folder, isOwn, isListed: prefix !== "/"}));
  const folders = [...served(mounts, false), ...served({...own, "/": root}, true)];

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
    if (request.method === "PUT" && notebooks) return saveNotebook(request, response, path, {folder: notebooks, saved});
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, `${request.method} is not supported here.`);
    if (path === "/live-reload") return pages.listen(response);
    const folder = folderOf(folders, path);
    const made = version?.();
    const found = await findIn(folder, path);
    if (!found) return refuse(response, 404, `There is no ${path} here.`);
    if ("leadsOut" in found) return refuse(response, 403, `${path} is a link that leads out of the folder that is served. To serve the place that it leads to: npm start -- --mount NAME=DIR`);
    if (folder.isOwn) markOwn(response);
    else markLent(response, "list" in found ? ".json" : found.file.extension);
    if ("list" in found) return void response.writeHead(200, {"Content-Type": mimeTypes[".json"]}).end(JSON.stringify(found.list));
    await sendFile(request, response, found.file, made);
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });

  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise<void>((resolve) => {
        pages.close();
        server.close(() => resolve());
        server.closeAllConnections();
      })
  };
}

/** Refuses names that only point here (DNS rebinding): a page elsewhere must not read local data through them. */
function isLocalHost(host = "") {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);
}

export function refuse(response: ServerResponse, status: number, sentence: string) {
  response.writeHead(status, {"Content-Type": "text/plain; charset=utf-8"}).end(`${sentence}\n`);
}

const compressed = new Map<string, Promise<Buffer>>();
/** More than the files of a site; what was compressed first is dropped. */
const mostCompressed = 1000;

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);

/** A file's bytes compressed, done once for each version of it, beside what else is served. Level 10 of Brotli: a fifth smaller than gzip; a whole first visit takes a second of one core. */
function compress({path, size, modifiedMs, inode}: FoundFile, encoding: "br" | "gzip"): Promise<Buffer> {
  const key = `${encoding} ${inode} ${size} ${modifiedMs}`;
  const known = compressed.get(key);
  if (known) return known;
  const bytes = readFile(path).then((content) => (encoding === "br" ? brotli(content, {params: {[constants.BROTLI_PARAM_QUALITY]: 10}}) : deflate(content)));
  // What could not be read now may be there the next time.
  bytes.catch(() => compressed.delete(key));
  if (compressed.size >= mostCompressed) compressed.delete(compressed.keys().next().value!);
  compressed.set(key, bytes);
  return bytes;
}

async function sendFile(request: IncomingMessage, response: ServerResponse, file: FoundFile, version = "") {
  const {extension} = file;
  const isPage = extension === ".html";
  // A page that is the same, but made of other code, comes with another version in its head.
  const etag = `"${file.size.toString(36)}-${Math.floor(file.modifiedMs).toString(36)}${isPage && version ? `-${version}` : ""}"`;
  response.setHeader("Content-Type", mimeTypes[extension] ?? "application/octet-stream");
  response.setHeader("ETag", etag);
  // Tells the page who serves it (see live-reload.ts), so that a site elsewhere asks for no reloads.
  if (isPage) response.setHeader("Server-Timing", `diagonal-start;desc="${version}"`);
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
