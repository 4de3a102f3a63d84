/** A set of files that can be read one at a time: a folder, a zip, a tar. Knows nothing of images or captions. */
import {limits, past} from "../../limits.ts";
import type {Problem} from "../pairs.ts";

export interface Files {
  /** For messages: the folder's or archive's name. */
  name: string;
  /** Sorted by path in a folder; in an archive, in its own order. */
  entries: FileEntry[];
  /** What was refused while opening, each naming the member. */
  problems: Problem[];
  /** Reads one file whole. Throws an Error fit to be put after its path. */
  read(path: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface FileEntry {
  /** With "/" between folders, whatever the system. */
  path: string;
  size: number;
}

/** Bytes that can be read from anywhere in them without the rest: a Blob in the browser, an open file in Node. */
export interface Bytes {
  name: string;
  size: number;
  /** The bytes from `start` up to `end`, fewer at the end of the file. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A file's bytes as the browser gives them; nothing is read before it is asked for. */
export function blobBytes(blob: Blob, name: string): Bytes {
  return {name, size: blob.size, read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer())};
}

/** The browser's files of a dropped or chosen folder. */
export function browserFiles(name: string, files: {path: string; file: File}[]): Files {
  const byPath = new Map(files.map(({path, file}) => [path, file]));
  return {
    name,
    entries: files.map(({path, file}) => ({path, size: file.size})).sort((a, b) => (a.path < b.path ? -1 : 1)),
    problems: [],
    async read(path) {
      const file = byPath.get(path);
      if (!file) throw new Error("is not in the folder");
      const tooLarge = past(limits.fileBytes, file.size);
      if (tooLarge) throw new Error(tooLarge);
      return new Uint8Array(await file.arrayBuffer());
    },
    async close() {}
  };
}

/** Several sets as one, each under its own name: the shards of a folder. */
export function joinFiles(name: string, parts: Files[]): Files {
  const byName = new Map(parts.map((part) => [part.name, part]));
  return {
    name,
    entries: parts.flatMap((part) => part.entries.map(({path, size}) => ({path: `${part.name}/${path}`, size}))),
    problems: parts.flatMap((part) => part.problems),
    read(path) {
      const cut = path.indexOf("/");
      return byName.get(path.slice(0, cut))!.read(path.slice(cut + 1));
    },
    close: async () => void (await Promise.all(parts.map((part) => part.close())))
  };
}

/** Why a member of this name is not to be touched, or undefined: paths that leave the archive, absolute ones, and endless ones. */
export function unsafePath(path: string): string | undefined {
  const tooLong = past(limits.pathCharacters, path.length);
  if (tooLong) return tooLong;
  if (path.split(/[\\/]/).includes("..")) return 'leads out of the archive ("..")';
  if (/^([\\/]|[a-z]:)/i.test(path)) return "is an absolute path";
  return path.includes("\0") ? "has a NUL in its name" : undefined;
}
