/**
 * Keeps imported pair sets in the browser: in the origin's private file system, or in memory where the page has none
 * (private windows of some browsers). Knows nothing of where pairs come from.
 */
import type {PairSet, Problem, Split} from "./pairs.ts";
import {resizeAndCrop} from "./preprocess.ts";

/** What is kept of a set beside its pixels. */
export interface StoredIndex {
  name: string;
  sizePx: number;
  ids: string[];
  captions: string[][];
  splits: Split[];
  problems: Problem[];
}

/** A line of the list of kept sets. */
export interface StoredSummary {
  name: string;
  images: number;
  captions: number;
  splits: Record<Split, number>;
  sizePx: number;
  bytes: number;
  /** "memory": gone when the page is closed. */
  keptIn: "disk" | "memory";
}

/** Writes one set, image by image. Nothing is listed before `finish`; after `abandon` nothing is left. */
export interface SetWriter {
  /** uint8 RGB, [sizePx, sizePx, 3], for row `row`. Rows may come in any order. */
  write(row: number, pixels: Uint8Array): Promise<void>;
  /** `ids`, `captions` and `splits` of the rows written; `rows[i]` tells where row i of the result was written. */
  finish(index: Omit<StoredIndex, "name" | "sizePx">, rows: Int32Array): Promise<StoredSummary>;
  abandon(): Promise<void>;
}

export interface PairStorage {
  keptIn: "disk" | "memory";
  list(): Promise<StoredSummary[]>;
  /** Starts a set; an older one of that name stays until this one is finished. Throws when there is no room for `images` images. */
  create(name: string, options: {sizePx: number; images: number}): Promise<SetWriter>;
  /** The set's words, and how to read its pixels a few at a time; undefined when no set has that name. */
  open(name: string): Promise<StoredSet | undefined>;
  delete(name: string): Promise<void>;
}

export interface StoredSet {
  index: StoredIndex;
  /** Rows from..to-1: uint8 RGB, [to - from, sizePx, sizePx, 3]. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** Says how many bytes are needed and free. Its name survives the way out of a worker. */
export class NoRoomError extends Error {
  override name = "NoRoomError";
  constructor(
    readonly neededBytes: number,
    readonly freeBytes: number,
    what: "set" | "model" = "set"
  ) {
    super(
      `There is no room: the ${what} needs ${megabytes(neededBytes)}, and this site may use ${megabytes(freeBytes)} more. ` +
        `${what === "set" ? "Take fewer images or smaller ones, delete" : "Take a smaller one, delete"} a kept ${what}, or free space on the disk.`
    );
  }
}

let memory: PairStorage | undefined;

/** The place where sets are kept: the private file system if this page has one, else memory. */
export async function openStorage(): Promise<PairStorage> {
  try {
    const root = await navigator.storage.getDirectory();
    return diskStorage(await root.getDirectoryHandle("pairs", {create: true}));
  } catch {
    return (memory ??= memoryStorage());
  }
}

/** Sets in a folder of the private file system, each in a folder of its own: pixels.bin, and index.json once it is whole. */
export function diskStorage(folder: FileSystemDirectoryHandle): PairStorage {
  const find = (name: string) => folder.getDirectoryHandle(folderName(name)).catch(() => undefined);
  const remove = (entry: string) => folder.removeEntry(entry, {recursive: true}).catch(() => {});

  const storage: PairStorage = {
    keptIn: "disk",
    async list() {
      const found: StoredSummary[] = [];
      for await (const [entry, handle] of folder.entries()) {
        if (handle.kind !== "directory" || entry.endsWith(".partial")) continue;
        const summary = await readJson<StoredSummary>(handle as FileSystemDirectoryHandle, "summary.json");
        if (summary) found.push(summary);
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async create(name, {sizePx, images}) {
      checkName(name);
      await checkRoom(images * sizePx * sizePx * 3);
      const partial = `${folderName(name)}.partial`;
      await remove(partial);
      const own = await folder.getDirectoryHandle(partial, {create: true});
      const bytes = sizePx * sizePx * 3;
      const pixels = await openPixels(own, images * bytes);
      return {
        write: (row, image) => pixels.write(image, row * bytes),
        async finish(index, rows) {
          await pixels.close();
          const final = folderName(name);
          await remove(final);
          const target = await folder.getDirectoryHandle(final, {create: true});
          await movePixels(own, target, rows, bytes);
          const summary = summaryOf({...index, name, sizePx}, "disk");
          await writeJson(target, "index.json", {...index, name, sizePx});
          // Last: a set without it is not one.
          await writeJson(target, "summary.json", summary);
          await remove(partial);
          return summary;
        },
        async abandon() {
          await pixels.close().catch(() => {});
          await remove(partial);
        }
      };
    },
    async open(name) {
      const own = await find(name);
      const index = own && (await readJson<StoredIndex>(own, "index.json"));
      if (!own || !index) return undefined;
      const file = await (await own.getFileHandle("pixels.bin")).getFile();
      const bytes = index.sizePx * index.sizePx * 3;
      return {index, read: async (from, to) => new Uint8Array(await file.slice(from * bytes, to * bytes).arrayBuffer())};
    },
    delete: (name) => remove(folderName(name))
  };
  return storage;
}

/** Sets in this page's memory. */
export function memoryStorage(): PairStorage {
  const sets = new Map<string, {index: StoredIndex; pixels: Uint8Array}>();
  return {
    keptIn: "memory",
    list: async () => [...sets.values()].map(({index}) => summaryOf(index, "memory")),
    async create(name, {sizePx, images}) {
      checkName(name);
      const bytes = sizePx * sizePx * 3;
      let pixels = new Uint8Array(images * bytes);
      return {
        write: async (row, image) => pixels.set(image, row * bytes),
        async finish(index, rows) {
          const packed = isIdentity(rows, pixels.length / bytes) ? pixels : pack(pixels, rows, bytes);
          sets.set(name, {index: {...index, name, sizePx}, pixels: packed});
          return summaryOf({...index, name, sizePx}, "memory");
        },
        abandon: async () => void (pixels = new Uint8Array(0))
      };
    },
    async open(name) {
      const set = sets.get(name);
      if (!set) return undefined;
      const bytes = set.index.sizePx ** 2 * 3;
      return {index: set.index, read: async (from, to) => set.pixels.slice(from * bytes, to * bytes)};
    },
    delete: async (name) => void sets.delete(name)
  };
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

async function checkRoom(neededBytes: number) {
  const {quota = Infinity, usage = 0} = await navigator.storage.estimate();
  if (neededBytes > quota - usage) throw new NoRoomError(neededBytes, Math.max(quota - usage, 0));
}

/** Writes at any place of pixels.bin; with a lock of its own in a worker, through a stream on the page. */
async function openPixels(folder: FileSystemDirectoryHandle, neededBytes: number) {
  const handle = await folder.getFileHandle("pixels.bin", {create: true});
  let writtenBytes = 0;
  const refuse = (error: unknown) => {
    // Browsers promise more in their estimate than they give: what could be written tells the truth.
    throw (error as Error).name === "QuotaExceededError" ? new NoRoomError(neededBytes, writtenBytes) : error;
  };
  if ("createSyncAccessHandle" in handle) {
    const access = await handle.createSyncAccessHandle();
    return {
      async write(bytes: Uint8Array, at: number) {
        try {
          const written = access.write(bytes as Uint8Array<ArrayBuffer>, {at});
          if (written < bytes.length) throw new DOMException("short write", "QuotaExceededError");
          writtenBytes += written;
        } catch (error) {
          refuse(error);
        }
      },
      close: async () => access.close()
    };
  }
  const stream = await (handle as FileSystemFileHandle).createWritable();
  return {
    write: (bytes: Uint8Array, at: number) => stream.write({type: "write", position: at, data: bytes as Uint8Array<ArrayBuffer>}).then(() => void (writtenBytes += bytes.length), refuse),
    close: () => stream.close()
  };
}

/** Brings the pixels to their final folder, closing the gaps of images that could not be read. */
async function movePixels(from: FileSystemDirectoryHandle, to: FileSystemDirectoryHandle, rows: Int32Array, bytes: number) {
  const source = await from.getFileHandle("pixels.bin");
  const size = (await source.getFile()).size;
  if (isIdentity(rows, size / bytes) && "move" in source) {
    await (source as unknown as {move(folder: FileSystemDirectoryHandle, name: string): Promise<void>}).move(to, "pixels.bin");
    return;
  }
  const file = await source.getFile();
  const target = await openPixels(to, rows.length * bytes);
  for (let i = 0; i < rows.length; i++) {
    await target.write(new Uint8Array(await file.slice(rows[i] * bytes, (rows[i] + 1) * bytes).arrayBuffer()), i * bytes);
  }
  await target.close();
}

function pack(pixels: Uint8Array, rows: Int32Array, bytes: number): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(rows.length * bytes);
  rows.forEach((row, i) => packed.set(pixels.subarray(row * bytes, (row + 1) * bytes), i * bytes));
  return packed;
}

const isIdentity = (rows: Int32Array, count: number) => rows.length === count && rows.every((row, i) => row === i);

function summaryOf({name, sizePx, ids, captions, splits}: StoredIndex, keptIn: "disk" | "memory"): StoredSummary {
  const counts: Record<Split, number> = {train: 0, val: 0, test: 0};
  for (const split of splits) counts[split]++;
  const words = captions.reduce((sum, own) => sum + own.reduce((length, caption) => length + caption.length, 0), 0);
  return {name, images: ids.length, captions: captions.reduce((sum, own) => sum + own.length, 0), splits: counts, sizePx, bytes: ids.length * sizePx * sizePx * 3 + words, keptIn};
}

function checkName(name: string) {
  if (name.trim() === "" || name.length > 80) throw new RangeError(`a set's name must have 1 to 80 characters, not ${name.length}`);
  if (/^(postcards\b.*|.*[/\\].*)$/.test(name)) throw new RangeError(`a set cannot be called "${name}": that would be taken for ${name.startsWith("postcards") ? "the built-in set" : "an address"}`);
}

/** Any name, as the name of a folder. */
const folderName = (name: string) => encodeURIComponent(name).replaceAll(".", "%2E");

async function readJson<T>(folder: FileSystemDirectoryHandle, name: string): Promise<T | undefined> {
  try {
    return JSON.parse(await (await (await folder.getFileHandle(name)).getFile()).text()) as T;
  } catch {
    return undefined;
  }
}

async function writeJson(folder: FileSystemDirectoryHandle, name: string, value: unknown) {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const handle = await folder.getFileHandle(name, {create: true});
  if ("createSyncAccessHandle" in handle) {
    const access = await handle.createSyncAccessHandle();
    access.truncate(0);
    access.write(bytes, {at: 0});
    access.close();
  } else {
    const stream = await (handle as FileSystemFileHandle).createWritable();
    await stream.write(bytes);
    await stream.close();
  }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toLocaleString("en", {maximumFractionDigits: bytes < 1e7 ? 1 : 0})} MB`;
