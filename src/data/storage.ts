/**
 * Pair sets kept in the browser: pixels.bin and index.json of each, in the store. Knows nothing of where pairs come from.
 */
import type {FileWriter} from "../storage/folder.ts";
import {olderFolders} from "../storage/older.ts";
import {memoryShelf, openShelf} from "../storage/open-shelf.ts";
import type {ShelfOptions} from "../storage/open-shelf.ts";
import type {Shelf} from "../storage/shelf.ts";
import {checkName, summaryOf} from "./kept-set.ts";
import type {PairStorage, StoredIndex, StoredSet, StoredSummary} from "./kept-set.ts";
import type {PairSet, Split} from "./pairs.ts";
import {resizeAndCrop} from "./preprocess.ts";

/** How sets are kept. */
export const setShelf: ShelfOptions = {kind: "set", folder: "pairs", older: olderFolders};

/** The place where sets are kept: the private file system, or memory where this page is given none. Throws a StorageError where it fails. */
export const openStorage = async (): Promise<PairStorage> => pairStorage(await openShelf<StoredSummary>(setShelf));

/** Sets in memory of their own. */
export const memoryStorage = (): PairStorage => pairStorage(memoryShelf<StoredSummary>(setShelf));

export function pairStorage(shelf: Shelf<StoredSummary>): PairStorage {
  const {keptIn, why} = shelf;
  return {
    keptIn,
    why,
    list: async () => (await shelf.list()).map(({about}) => about),
    async create(name, {sizePx, images}) {
      checkName(name);
      const bytes = sizePx * sizePx * 3;
      const writing = await shelf.begin(name, {bytes: images * bytes});
      const pixels = await writing.writer("pixels.bin").catch(async (error) => {
        await writing.abandon();
        throw error;
      });
      return {
        room: writing.room,
        write: (row, image) => pixels.write(image, row * bytes),
        async finish(index, rows) {
          const summary = summaryOf({...index, name, sizePx}, keptIn);
          try {
            await closeGaps(pixels, rows, bytes);
            await writing.writeJson("index.json", {...index, name, sizePx});
          } catch (error) {
            await writing.abandon();
            throw error;
          }
          return (await writing.finish(summary)).about;
        },
        abandon: () => writing.abandon()
      };
    },
    async open(name) {
      const kept = await shelf.open(name);
      if (!kept) return undefined;
      const index = await kept.json<StoredIndex>("index.json");
      const pixels = await kept.file("pixels.bin");
      const bytes = index.sizePx * index.sizePx * 3;
      return {index, read: (from, to) => pixels.read(from * bytes, to * bytes)};
    },
    delete: (name) => shelf.delete(name),
    sweep: () => shelf.sweep()
  };
}

/** Brings the rows of images that could not be read out of the file: `rows[i]`, of `bytes` bytes each, becomes row i. */
async function closeGaps(pixels: FileWriter, rows: Int32Array, bytes: number): Promise<void> {
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] !== i) await pixels.write(await pixels.read(rows[i] * bytes, (rows[i] + 1) * bytes), i * bytes);
  }
  await pixels.truncate(rows.length * bytes);
}

/** Whether a set of that name is kept here. What looks like an address never is. */
export async function isStored(name: string): Promise<boolean> {
  if (typeof navigator === "undefined" || /[/\\]/.test(name)) return false;
  return (await (await openStorage()).open(name)) !== undefined;
}

export interface StoredOptions {
  /** Side of the squares wanted; as they are kept unless given. */
  sizePx?: number;
  split?: Split;
  limit?: number;
}

/** A kept set as a PairSet. Throws an Error naming the kept sets when there is none of that name. */
export async function openStored(name: string, {sizePx, split, limit}: StoredOptions = {}): Promise<PairSet> {
  const {set, rows} = await chosenRows(name, {split, limit});
  const {index} = set;
  const side = sizePx ?? index.sizePx;
  const bytes = side * side * 3;
  const pixels = new Uint8Array(rows.length * bytes);
  let at = 0;
  for await (const image of eachImage(set, rows)) pixels.set(side === index.sizePx ? image : resizeAndCrop({rgb: image, width: index.sizePx, height: index.sizePx}, side), at++ * bytes);
  const pick = <T>(values: T[]) => rows.map((row) => values[row]);
  return {name, ids: pick(index.ids), sizePx: side, pixels, captions: pick(index.captions), splits: pick(index.splits), factors: {}, problems: index.problems};
}

/** The images of a kept set one after the other, none kept: for what looks at each once. */
export async function* streamStored(name: string, options: Omit<StoredOptions, "sizePx"> = {}) {
  const {set, rows} = await chosenRows(name, options);
  const {ids, captions, splits, sizePx} = set.index;
  let at = 0;
  for await (const rgb of eachImage(set, rows)) {
    const row = rows[at++];
    const image = {rgb, width: sizePx, height: sizePx};
    yield {id: ids[row], captions: captions[row], split: splits[row], image, pixels: (side: number) => resizeAndCrop(image, side)};
  }
}

async function chosenRows(name: string, {split, limit = Infinity}: Omit<StoredOptions, "sizePx">) {
  const storage = await openStorage();
  const set = await storage.open(name);
  if (!set) {
    const names = (await storage.list()).map((kept) => `"${kept.name}"`);
    throw new Error(`no set called "${name}" is kept in this browser${names.length > 0 ? `; there are ${names.join(", ")}` : ""}`);
  }
  const rows = set.index.splits.map((_, row) => row).filter((row) => !split || set.index.splits[row] === split);
  return {set, rows: rows.slice(0, limit)};
}

/** Reads in blocks of about 8 MB. */
async function* eachImage({index, read}: StoredSet, rows: number[]): AsyncGenerator<Uint8Array> {
  const bytes = index.sizePx ** 2 * 3;
  const block = Math.max(1, Math.floor(8_388_608 / bytes));
  let from = 0;
  let held = new Uint8Array(0);
  for (const row of rows) {
    if (held.length === 0 || row < from || row >= from + held.length / bytes) {
      from = row;
      held = new Uint8Array(await read(from, Math.min(from + block, index.ids.length)));
    }
    yield held.subarray((row - from) * bytes, (row - from + 1) * bytes);
  }
}
