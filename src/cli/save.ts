/** Writes a notebook that the page sends back: only `notebooks/NAME.html`, only for a request of the site itself. */
import {randomUUID} from "node:crypto";
import {lstat, readFile, rename, rm, writeFile} from "node:fs/promises";
import {join} from "node:path";
import type {IncomingMessage, ServerResponse} from "node:http";

const maxBytes = 32 * 2 ** 20;
/** The longest file name, in bytes: what is written beside it first has 38 more, and file systems take 255. */
const maxNameLength = 200;

/**
 * Answers `PUT /notebooks/NAME.html` with 204 once the file holds the body, and `saved` has resolved. `X-Based-On` tells which text the page had read (its checksum);
 * 409 says that the file changed meanwhile, or that the request does not say. What is no plain file, such as a link, stays as it is: 403.
 */
export async function saveNotebook(request: IncomingMessage, response: ServerResponse, path: string, {folder, saved}: {folder: string; saved?(): Promise<void>}) {
  const say = (status: number, sentence: string) => response.writeHead(status, {"Content-Type": "text/plain; charset=utf-8"}).end(`${sentence}\n`);
  if (!isSameOrigin(request)) return say(403, "Only the site's own pages may save.");
  const name = /^\/notebooks\/([\w.-]+\.html)$/.exec(path)?.[1];
  if (!name || name.startsWith(".")) return say(403, `Only notebooks/NAME.html can be saved, not "${path}".`);
  if (name.length > maxNameLength) return say(414, `A notebook's file name may have ${maxNameLength} letters at most; this one has ${name.length}.`);

  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) return say(413, `A notebook may hold ${maxBytes} bytes at most.`);
    chunks.push(chunk as Buffer);
  }
  const bytes = Buffer.concat(chunks);
  if (!/<notebook[\s>]/i.test(bytes.toString("utf8"))) return say(422, "The text holds no <notebook>, so it was not saved.");

  const file = join(folder, name);
  const there = await lstat(file).catch(() => undefined);
  if (there && !there.isFile()) return say(403, `notebooks/${name} is ${there.isSymbolicLink() ? "a link" : "no file"}: it is not saved over. Save under another name, or put a file in its place.`);
  if (there && checksum(await readFile(file, "utf8")) !== request.headers["x-based-on"]) return say(409, `notebooks/${name} was changed by someone else since this page read it.`);
  const beside = join(folder, `.${name}.${randomUUID()}`);
  try {
    await writeFile(beside, bytes);
    await rename(beside, file);
  } finally {
    await rm(beside, {force: true});
  }
  await saved?.();
  response.writeHead(204).end();
}

/** The same as `checksum` in src/notebook/file.ts: 32 bits of FNV-1a and the length; tells versions apart, secures nothing. */
function checksum(text: string) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return `${text.length}-${(hash >>> 0).toString(16)}`;
}

function isSameOrigin({headers}: IncomingMessage) {
  if (headers["sec-fetch-site"] !== undefined && headers["sec-fetch-site"] !== "same-origin") return false;
  return headers.origin === `http://${headers.host}`;
}
