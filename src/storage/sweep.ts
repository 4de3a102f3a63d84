/** Clears away what pages that died left half-written, and says what is not as its owner would expect. */
import type {Kind} from "./errors.ts";
import {megabytes} from "./errors.ts";
import {quotedName} from "./names.ts";
import {removeOlder} from "./older.ts";
import type {Place} from "./shelf.ts";
import {newestWhole, takeStock, wholeNumber} from "./stock.ts";
import type {Stock} from "./stock.ts";
import {removeTry} from "./try.ts";

/** Something that was found, and what was done about it. */
export interface Leftover {
  kind: Kind;
  name: string;
  /** "removed": half-written, and gone now. "waiting": half-written, and gone on with when it is asked for again. "damaged": not as it was when it was finished. */
  state: "removed" | "waiting" | "damaged";
  /** Of what is there still. */
  bytes: number;
  /** Whether an older one of that name is whole. */
  hasOld: boolean;
  /** What is wrong with a damaged one. */
  what?: string;
}

/** What somebody is writing at this moment is left alone. Without locks that reach other tabs nothing is touched. */
export async function sweep(place: Place): Promise<Leftover[]> {
  const found: Leftover[] = [];
  if (!place.locks.reachOthers) return found;
  for (const key of (await takeStock(place)).keys()) {
    const release = await place.locks.hold(place.lockPrefix + key, 0);
    if (!release) continue;
    try {
      // Once more, as it is now that nobody writes.
      const stock = (await takeStock(place, key)).get(key);
      if (stock) found.push(...(await sweepStock(place, stock)));
    } finally {
      release();
    }
  }
  return found;
}

async function sweepStock(place: Place, stock: Stock): Promise<Leftover[]> {
  const {kind, folder, isResumable = false} = place;
  const whole = wholeNumber(stock);
  const hasOld = newestWhole(stock) !== undefined;
  // One that an older tab of the site is still writing cannot be removed, and is not ours to tell of.
  const gone = (work: Promise<void>) => work.then(() => true, () => false);
  const found: Leftover[] = [];
  for (const thing of stock.older) {
    const {about, name} = thing;
    const isHalf = about === undefined;
    if ((isHalf || whole > 0) && (await gone(removeOlder(folder, thing))) && isHalf && whole === 0) found.push({kind, name, state: "removed", bytes: 0, hasOld});
  }
  for (const {entry, number, found: {state, ...is}} of stock.tries) {
    if (number < whole) await gone(removeTry(folder, entry));
    else if (state === "half") {
      const {name, bytes = 0} = is as {name?: string; bytes?: number};
      const isWaiting = isResumable && name !== undefined;
      if (!isWaiting && !(await gone(removeTry(folder, entry)))) continue;
      if (name !== undefined) found.push({kind, name, state: isWaiting ? "waiting" : "removed", bytes, hasOld});
    }
  }
  for (const {number, found: is} of stock.tries) if (number > whole && is.state === "damaged") found.push({kind, name: is.manifest.name, state: "damaged", bytes: 0, hasOld, what: is.what});
  return found;
}

/** A leftover, in a sentence for the reader. */
export function sentenceOf({kind, name, state, bytes, hasOld, what}: Leftover): string {
  const it = `The ${kind} ${quotedName(name)}`;
  const old = hasOld ? " The one of that name that was kept before is still there." : "";
  if (state === "damaged") return `${it} is damaged: ${what}.${old || " Delete it, or keep it again under the same name."}`;
  if (state === "waiting") return `${it} is here only in part (${megabytes(bytes)}): fetch it again to go on with it, or delete it.${old}`;
  return `${it} was not finished when its page was closed, and what there was of it is removed.${old || " Keep it again if you need it."}`;
}
