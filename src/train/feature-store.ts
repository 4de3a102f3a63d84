/** Keeps a locked tower's features in the store, so that they are computed once. Where the page has no private file system, nothing is kept. */
import {keyOf} from "../storage/names.ts";
import {olderFeatures} from "../storage/older.ts";
import {openShelf} from "../storage/open-shelf.ts";
import type {ShelfOptions} from "../storage/open-shelf.ts";
import type {Shelf} from "../storage/shelf.ts";

const path = "features.f32";

/** How features are kept. */
export const featureShelf: ShelfOptions = {kind: "table of features", folder: "features", older: olderFeatures(path)};

/** The shelf of this browser; undefined where it would be in memory, which what has just been computed fills once already. Throws a StorageError where it fails. */
async function diskOnly(): Promise<Shelf<object> | undefined> {
  const shelf = await openShelf<object>(featureShelf);
  return shelf.keptIn === "disk" ? shelf : undefined;
}

/** The features kept under `key`, or undefined. A file of the wrong length is damaged, and counts as absent. Throws a StorageError where they cannot be read. */
export async function readFeatures(key: string, length: number, open = diskOnly): Promise<Float32Array | undefined> {
  const kept = await (await open())?.open(keyOf(key));
  const file = kept && (await kept.file(path));
  if (!file || file.byteLength !== length * 4) return undefined;
  const bytes = await file.read(0, file.byteLength);
  return new Float32Array(bytes.slice().buffer);
}

/** Keeps the features. Throws a NoRoomError or StorageError where they cannot be kept. */
export async function keepFeatures(key: string, features: Float32Array, open = diskOnly): Promise<void> {
  const shelf = await open();
  if (!shelf) return;
  const writing = await shelf.begin(keyOf(key), {bytes: features.byteLength});
  try {
    await (await writing.writer(path)).write(new Uint8Array(features.buffer, features.byteOffset, features.byteLength), 0);
  } catch (error) {
    await writing.abandon();
    throw error;
  }
  await writing.finish({});
}
