/** Opens a shelf of this browser: in the origin's private file system, or in memory where the page has none. */
import {diskFolder} from "./disk-folder.ts";
import type {Kind} from "./errors.ts";
import {inWords, told} from "./errors.ts";
import {ownLocks, webLocks} from "./locks.ts";
import type {Locks} from "./locks.ts";
import {memoryFolder} from "./memory-folder.ts";
import type {ReadOlder} from "./older.ts";
import {createShelf} from "./shelf.ts";
import type {Shelf} from "./shelf.ts";

/** What a kind of thing is kept as. */
export interface ShelfOptions {
  kind: Kind;
  /** The folder's name in the private file system. */
  folder: string;
  older?: ReadOlder;
  isResumable?: boolean;
}

/** How long somebody else's writing of the same name is waited for: long enough for the end of one that was just cancelled. */
const patienceMs = 10_000;

const memory = new Map<string, Shelf<unknown>>();

/**
 * The shelf in this browser. Where the page is given no private file system (the browser has none, or a private window) it is in memory, and says why.
 * @throws StorageError where there is one, and it fails.
 */
export async function openShelf<About>(options: ShelfOptions): Promise<Shelf<About>> {
  const root = await openRoot();
  if (typeof root !== "string") return diskShelf(options, await inWords("what this site keeps", () => root.getDirectoryHandle(options.folder, {create: true})));
  if (!memory.has(options.folder)) memory.set(options.folder, memoryShelf<unknown>(options));
  return {...(memory.get(options.folder) as Shelf<About>), why: root};
}

/** Why a page that has the interface is still given no file system: this is how browsers say it of private windows and of pages without an origin. */
const refusals = new Set(["SecurityError", "NotSupportedError", "UnknownError"]);

/** The private file system, or why there is none. */
async function openRoot(): Promise<FileSystemDirectoryHandle | string> {
  const storage = globalThis.navigator?.storage as StorageManager | undefined;
  if (typeof storage?.getDirectory !== "function") return "This browser has no private file system: what is kept is gone when the page is closed.";
  try {
    return await storage.getDirectory();
  } catch (error) {
    if (refusals.has((error as Error).name)) return "This browser gives this page no private file system (in a private window it may not, or where site data are blocked): what is kept is gone when the page is closed.";
    throw told(error, "what this site keeps");
  }
}

/** The locks that other tabs see, where the browser has them. */
const pageLocks: Locks = globalThis.navigator?.locks ? webLocks(navigator.locks) : ownLocks();

const estimateOfBrowser = async () => (await navigator.storage?.estimate?.()) ?? {};

/** In a folder of a private file system; locks and estimate are the browser's unless given. */
export function diskShelf<About>({kind, folder, ...options}: ShelfOptions, handle: FileSystemDirectoryHandle, {locks = pageLocks, estimate = estimateOfBrowser, patience = patienceMs} = {}): Shelf<About> {
  return createShelf({...options, kind, folder: diskFolder(handle), locks, lockPrefix: `diagonal:${folder}:`, estimate, patienceMs: patience}, {keptIn: "disk"});
}

/** In memory of its own. */
export function memoryShelf<About>({kind, folder, ...options}: ShelfOptions): Shelf<About> {
  return createShelf({...options, kind, folder: memoryFolder(), locks: ownLocks(), lockPrefix: `${folder}:`, estimate: async () => ({}), patienceMs}, {keptIn: "memory"});
}
