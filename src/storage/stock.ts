/** What lies on a shelf under each name: tries, whole or not, and things of the older layout. Looks, and changes nothing. */
import {capital, StorageError} from "./errors.ts";
import type {Folder} from "./folder.ts";
import type {OlderThing, ReadOlder} from "./older.ts";
import {entryParts, findOut} from "./try.ts";
import type {Found} from "./try.ts";

export interface Try {
  entry: string;
  number: number;
  folder: Folder;
  found: Found;
}

/** All that lies under one key. */
export interface Stock {
  /** By number: the newest is last. */
  tries: Try[];
  older: OlderThing[];
}

/** A thing that can be opened. */
export type WholeThing = Omit<OlderThing, "entry" | "key"> & {about: unknown};

/** By key; of one key alone where it is given. */
export async function takeStock({folder, older}: {folder: Folder; older?: ReadOlder}, only?: string): Promise<Map<string, Stock>> {
  const stocks = new Map<string, Stock>();
  const stockOf = (key: string) => {
    if (!stocks.has(key)) stocks.set(key, {tries: [], older: []});
    return stocks.get(key)!;
  };
  const entries = await folder.entries();
  // Older ones first, and tries by their number: if the old one is gone when it is looked at, the one that took its place was whole before, and is looked at after.
  for (const entry of entries) {
    const thing = entryParts(entry.name) ? undefined : await older?.(folder, entry);
    if (thing && (only === undefined || thing.key === only)) stockOf(thing.key).older.push(thing);
  }
  const tries = entries.flatMap(({name, kind}) => (kind === "folder" ? {entry: name, ...entryParts(name)} : [])).sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
  for (const {entry, key, number} of tries) {
    if (key === undefined || (only !== undefined && key !== only)) continue;
    const own = await folder.folder(entry);
    if (own) stockOf(key).tries.push({entry, number: number!, folder: own, found: await findOut(own)});
  }
  return stocks;
}

/** The number of the newest whole try; 0 where there is none. */
export const wholeNumber = ({tries}: Stock): number => tries.findLast(({found}) => found.state === "whole")?.number ?? 0;

/** What a name stands for. Where only a damaged one is there, undefined, or with `orThrow`, which names the thing, a StorageError. */
export function newestWhole(stock: Stock | undefined, {orThrow}: {orThrow?: string} = {}): WholeThing | undefined {
  if (!stock) return undefined;
  const {tries, older} = stock;
  const whole = tries.find(({number}) => number === wholeNumber(stock));
  if (whole?.found.state === "whole") {
    const {name, about, files} = whole.found.manifest;
    const {folder} = whole;
    return {name, about, bytes: Object.values(files).reduce((sum, bytes) => sum + bytes, 0), file: (path, options) => folder.file(path, options)};
  }
  const thing = older.find(({about}) => about !== undefined);
  if (thing) return {...thing, about: thing.about};
  const damaged = tries.findLast(({found}) => found.state === "damaged")?.found;
  if (damaged?.state === "damaged" && orThrow !== undefined) throw new StorageError(capital(`${orThrow} is damaged: ${damaged.what}. Delete it, or keep it again under the same name.`));
  return undefined;
}
