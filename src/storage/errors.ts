/** What can go wrong with what is kept, in sentences that say what to do: the browser's own are never shown. */

/** Keeping, reading or deleting did not work. The browser's error is its `cause`. Its name survives the way out of a worker. */
export class StorageError extends Error {
  override name = "StorageError";
}

/** Says how many bytes are needed and free. Its name survives the way out of a worker. */
export class NoRoomError extends Error {
  override name = "NoRoomError";
  constructor(
    readonly neededBytes: number,
    readonly freeBytes: number,
    what: Kind = "set"
  ) {
    super(
      `There is no room: the ${what} needs ${megabytes(neededBytes)}, and this site may use ${megabytes(freeBytes)} more. ` +
        `${what === "set" ? "Take fewer images or smaller ones, delete" : what === "model" ? "Take a smaller one, delete" : "Delete"} a kept ${what}, or free space on the disk.`
    );
  }
}

/** What is kept, as people call it. */
export type Kind = "set" | "model" | "run" | "table of features";

const sentences: Record<string, (what: string) => string> = {
  QuotaExceededError: () => "There is no room left for what this site keeps. Delete a kept set, model or run, or free space on the disk",
  NotFoundError: (what) => `${what} is not there any more: it was deleted or replaced meanwhile, or this site's data were cleared. Open or keep it again`,
  NoModificationAllowedError: (what) => `${what} is in use in another tab or cell of this site. Wait until that is done, or close it, and try again`,
  InvalidStateError: (what) => `${what} is in use in another tab or cell of this site, or was changed while it was read. Close that, and try again`,
  NotAllowedError: () => "The browser does not let this site keep anything. Allow site data (cookies) for this address in the browser's settings, and load the page again",
  SecurityError: () => "The browser does not let this site keep anything. Allow site data (cookies) for this address in the browser's settings, and load the page again"
};
const damaged = (what: string) => `The browser could not read or write ${what}: what it keeps for this site may be damaged. Load the page again; if that does not help, delete it, or this site's data in the browser's settings`;

/**
 * Whatever a browser throws over `what` (in words: "the set “mine”"), as one of our errors; ours, and an abort, pass as they are.
 * `room` is what was to be written, and how much of it went in: of the disk's truth, browsers know less than they promise.
 */
export function told(error: unknown, what: string, {kind = "set", neededBytes = 0, writtenBytes = 0}: {kind?: Kind; neededBytes?: number; writtenBytes?: number} = {}): Error {
  const known = error instanceof Error ? error : new Error(String(error));
  if (known instanceof StorageError || known instanceof NoRoomError || known instanceof RangeError || known.name === "AbortError") return known;
  if (known.name === "QuotaExceededError" && neededBytes > 0) return Object.assign(new NoRoomError(neededBytes, writtenBytes, kind), {cause: error});
  return new StorageError(capital(`${(sentences[known.name] ?? damaged)(what)}.`), {cause: error});
}

/** Does something; whatever the browser throws is put into words. */
export async function inWords<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw told(error, what);
  }
}

/** A sentence begins with a capital. */
export const capital = (sentence: string) => sentence[0].toUpperCase() + sentence.slice(1);

export const megabytes = (bytes: number) => `${(bytes / 1e6).toLocaleString("en", {maximumFractionDigits: bytes < 1e7 ? 1 : 0})} MB`;
