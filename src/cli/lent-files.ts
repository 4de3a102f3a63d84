/** How a file is sent that is not the site's own: a browser that opens its address must not run it with the site's rights. */
import type {ServerResponse} from "node:http";

/** What a browser shows and never runs; every other kind is saved when its address is opened. Reading one from a page is the same for all. */
const passive = new Set([".png", ".jpg", ".jpeg", ".webp", ".gif", ".txt", ".md", ".csv", ".json"]);

/** Tells the page whether a file is a part of the site or of a folder that was put beside it (see notebooks/site/own-source.ts). */
const sourceHeader = "Diagonal-Serves";

export function markOwn(response: ServerResponse): void {
  response.setHeader(sourceHeader, "site");
}

/** For a file of `data/` or of a mounted folder: of an origin of its own, without scripts, and saved instead of shown where it could be more than a picture or text. */
export function markLent(response: ServerResponse, extension: string): void {
  response.setHeader(sourceHeader, "mount");
  response.setHeader("Content-Security-Policy", "sandbox");
  // A sandboxed document may not ask for a group of windows of its own: the browser would refuse to show it at all.
  response.removeHeader("Cross-Origin-Opener-Policy");
  if (!passive.has(extension)) response.setHeader("Content-Disposition", "attachment");
}
