/** How much room there is for what is to be kept, asked and said before anything is written. */
import {megabytes, NoRoomError} from "./errors.ts";
import type {Kind} from "./errors.ts";

/** What this site may use and uses, in bytes, where the browser tells. */
export type Estimate = () => Promise<{quota?: number; usage?: number}>;

export interface Room {
  neededBytes: number;
  /** What this site may still use; absent where the browser does not tell. */
  freeBytes?: number;
}

/** @throws NoRoomError where the browser says that there is less than is needed. */
export async function roomFor(neededBytes: number, kind: Kind, estimate: Estimate): Promise<Room> {
  // A browser that cannot tell says so while it is written.
  const {quota, usage = 0} = await estimate().catch(() => ({}) as {quota?: number; usage?: number});
  if (quota === undefined) return {neededBytes};
  const freeBytes = Math.max(0, quota - usage);
  if (neededBytes > freeBytes) throw new NoRoomError(neededBytes, freeBytes, kind);
  return {neededBytes, freeBytes};
}

/** "needs 45 MB of the 1,200 MB that this site may still use" */
export function roomWords({neededBytes, freeBytes}: Room): string {
  return `needs ${megabytes(neededBytes)}${freeBytes === undefined ? "" : ` of the ${megabytes(freeBytes)} that this site may still use`}`;
}
