/** Which file a request's path means, in which of the served folders, and whether that folder is the site's own. Sends nothing. */
import {realpath, stat} from "node:fs/promises";
import {extname, join, resolve, sep} from "node:path";
import {listFiles} from "./list-files.ts";
import type {ListedFile} from "./list-files.ts";

export interface FoundFile {
  /** On disk, with no link left in it. */
  path: string;
  /** As the address has it, in small letters: ".html". */
  extension: string;
  size: number;
  modifiedMs: number;
  /** The same in every build that a file is linked into. */
  inode: number;
}

/** What lies at a path. */
export type Found = {file: FoundFile} | {list: ListedFile[]} | {leadsOut: true} | undefined;

export interface ServedFolder {
  /** What its addresses begin with, a slash at both ends: "/", "/data/". */
  prefix: string;
  /** Or what gives it for each request. */
  folder: string | (() => string);
  /** Whether what lies there is a part of the site, with its rights. */
  isOwn: boolean;
  /** The names of its files are asked for as `files.json`; the site's root lists nothing. */
  isListed: boolean;
}

/** The folder for a decoded path: the one with the longest prefix. */
export function folderOf(folders: readonly ServedFolder[], path: string): ServedFolder {
  return folders.filter(({prefix}) => path.startsWith(prefix)).reduce((longest, one) => (one.prefix.length > longest.prefix.length ? one : longest));
}

/** The decoded path of a request, or null where it is malformed or tries to climb. It is decoded once, as the page does it (notebooks/site/own-source.ts). */
export function decodePath(url: string): string | null {
  try {
    const path = decodeURIComponent(url.split(/[?#]/, 1)[0]);
    return path.includes("\0") || path.split(/[/\\]/).includes("..") ? null : path;
  } catch {
    return null;
  }
}

/** What a decoded path means in its folder: a file (`index.html` for a folder), or the list that `files.json` asks for where no such file lies. */
export async function findIn({prefix, folder, isListed}: ServedFolder, path: string): Promise<Found> {
  const base = await realpath(typeof folder === "string" ? folder : folder()).catch(() => undefined);
  if (base === undefined) return;
  const relative = path.slice(prefix.length);
  const found = await findFile(base, relative);
  const name = /(?:^|\/)files\.json$/.exec(relative);
  if (found || !isListed || !name) return found;
  const inside = await follow(base, relative.slice(0, name.index));
  if (inside === undefined || inside === outside) return inside && {leadsOut: true};
  const list = await listFiles(inside);
  return list && {list};
}

async function findFile(base: string, relative: string): Promise<Found> {
  const path = await follow(base, relative);
  if (path === undefined || path === outside) return path && {leadsOut: true};
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory()) return findFile(base, join(relative, "index.html"));
  return info?.isFile() ? {file: {path, extension: extname(relative).toLowerCase(), size: info.size, modifiedMs: info.mtimeMs, inode: info.ino}} : undefined;
}

const outside = Symbol("outside");

/** Where a path of a folder really lies: links are followed as long as they stay in the folder. Undefined where there is nothing. */
async function follow(base: string, relative: string): Promise<string | typeof outside | undefined> {
  const path = resolve(base, `.${sep}${relative}`);
  if (!isInside(path, base)) return;
  const real = await realpath(path).catch(() => undefined);
  return real === undefined || isInside(real, base) ? real : outside;
}

const isInside = (path: string, base: string) => path === base || path.startsWith(base.endsWith(sep) ? base : base + sep);
