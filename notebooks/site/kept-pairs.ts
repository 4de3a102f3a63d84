/** Pair sets kept in this browser, as cells see them: import, list, delete. The work is done in the host's decode worker. */
import type {DroppedFile, ImportProgress} from "../../src/data/import.ts";
import type {StoredSummary} from "../../src/data/kept-set.ts";
import type {Client} from "../../src/rpc/port.ts";

export interface ImportFilesOptions {
  name: string;
  sizePx?: number;
  limit?: number;
  signal?: AbortSignal;
}

export interface KeptPairs {
  /** Imports dropped or chosen files; leaving the loop, or aborting, cancels and leaves nothing behind. */
  importFiles(files: DroppedFile[], options: ImportFilesOptions): AsyncIterable<ImportProgress>;
  /** Loads the first pairs of the public Flickr30k mirror. */
  importFromHub(options: ImportFilesOptions & {limit: number; server?: string}): AsyncIterable<ImportProgress>;
  /** `notes`: what was left half-written and is removed, what is damaged, why all is in memory; a sentence each. */
  list(): Promise<{keptIn: "disk" | "memory"; sets: StoredSummary[]; quota: number | null; usage: number | null; notes: string[]}>;
  delete(name: string): Promise<void>;
}

export function createKeptPairs(client: () => Client): KeptPairs {
  return {
    importFiles: (files, {signal, sizePx = 224, ...options}) => client().stream("data/import", {files, sizePx, ...options}, {signal}),
    importFromHub: ({signal, sizePx = 224, ...options}) => client().stream("data/import-from-hub", {sizePx, ...options}, {signal}),
    list: () => client().call("data/list"),
    delete: (name) => client().call("data/delete", {name})
  };
}
