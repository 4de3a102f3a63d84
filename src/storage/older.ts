/** How things lay before there were tries: sets and models as folders named after them, runs and features as single files. Read, replaced and deleted; never written. */
import type {ByteSource, Entry, Folder} from "./folder.ts";
import {readJson} from "./try.ts";
import {keyOf, ownName} from "./names.ts";

export interface OlderThing {
  /** What to remove. */
  entry: string;
  key: string;
  name: string;
  /** Absent where it was never finished. */
  about?: unknown;
  bytes: number;
  file(path: string, options?: {hold?: boolean}): Promise<ByteSource | undefined>;
}

/** Whether an entry of a shelf is such a thing. */
export type ReadOlder = (shelf: Folder, entry: Entry) => Promise<OlderThing | undefined>;

/** Removes one: what made it whole goes first, so that a part of it is never taken for the whole. */
export async function removeOlder(shelf: Folder, {entry}: OlderThing): Promise<void> {
  await (await shelf.folder(entry).catch(() => undefined))?.remove(summaryPath);
  await shelf.remove(entry);
}

const summaryPath = "summary.json";

/** Folders that summary.json, written last, made whole; `.partial` stood after the name of one that was being imported. */
export const olderFolders: ReadOlder = async (shelf, {name: entry, kind}) => {
  const encoded = entry.replace(/\.partial$/, "");
  const folder = kind === "folder" && !encoded.includes(".") ? await shelf.folder(entry) : undefined;
  if (!folder) return undefined;
  const about = encoded === entry ? await readJson<{name: string; bytes?: number}>(folder, summaryPath) : undefined;
  const name = ownName(about?.name ?? decoded(encoded));
  return {entry, key: keyOf(name), name, about, bytes: about?.bytes ?? 0, file: (path, options) => folder.file(path, options)};
};

/** Files named after a run; `describe` reads from one what its line of the list says, or throws where it is none. */
export function olderRuns(path: string, describe: (name: string, file: ByteSource) => Promise<unknown>): ReadOlder {
  return async (shelf, {name: entry, kind}) => {
    const encoded = /^([^.]+)\.safetensors$/.exec(entry)?.[1];
    const file = kind === "file" && encoded !== undefined ? await shelf.file(entry) : undefined;
    if (!file) return undefined;
    const name = ownName(decoded(encoded!));
    const about = await describe(name, file).catch(() => undefined);
    if (about === undefined) return undefined;
    return {entry, key: keyOf(name), name, about, bytes: file.byteLength, file: async (asked) => (asked === path ? shelf.file(entry) : undefined)};
  };
}

/** Files named by the hash of what they are the features of, which is their name today. */
export function olderFeatures(path: string): ReadOlder {
  return async (shelf, {name: entry, kind}) => {
    const name = /^([0-9a-f]{32})\.f32$/.exec(entry)?.[1];
    const file = kind === "file" && name !== undefined ? await shelf.file(entry) : undefined;
    return file && {entry, key: keyOf(name!), name: name!, about: {}, bytes: file.byteLength, file: async (asked) => (asked === path ? shelf.file(entry) : undefined)};
  };
}

function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
