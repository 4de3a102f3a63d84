/** Writing a thing, and deleting one; both with the lock of its name. */
import {capital, inWords, StorageError, told} from "./errors.ts";
import type {Folder, FileWriter} from "./folder.ts";
import type {Release} from "./locks.ts";
import {keyOf} from "./names.ts";
import {removeOlder} from "./older.ts";
import {roomFor} from "./room.ts";
import type {Room} from "./room.ts";
import type {Kept, Place} from "./shelf.ts";
import {takeStock, wholeNumber} from "./stock.ts";
import type {Stock, Try} from "./stock.ts";
import {close, entryOf, fileNames, open, readJson, removeTry, writeJson} from "./try.ts";

export interface BeginOptions {
  /** How many bytes it will take, where that is known: the room for them is asked for first. */
  bytes?: number;
}

/** A thing that is being written. Ends with `finish`, `abandon` or `leave`; whoever dies before leaves something for the sweep. */
export interface Writing<About> {
  /** What is needed and what is free, where that is known. */
  room?: Room;
  /** Writes one of its files; closed by the end of the writing. */
  writer(path: string): Promise<FileWriter>;
  writeJson(path: string, value: unknown): Promise<void>;
  readJson<T>(path: string): Promise<T | undefined>;
  /** Makes it what its name stands for, and deletes what it was before. Where it throws, that is still there. */
  finish(about: About): Promise<Kept<About>>;
  /** Lets go of it and leaves what was written, on a shelf whose things are gone on with. */
  leave(): Promise<void>;
  /** Removes what was written; never throws. */
  abandon(): Promise<void>;
}

export async function begin<About>(place: Place, name: string, what: string, {bytes}: BeginOptions = {}): Promise<Writing<About>> {
  if (name === "") throw new RangeError(`a ${place.kind}'s name has at least 1 character; it was empty`);
  const key = keyOf(name);
  const release = await takeLock(place, key, what);
  try {
    const stock = (await takeStock(place, key)).get(key) ?? {tries: [], older: []};
    const halves = stock.tries.filter(({found, number}) => found.state === "half" && number > wholeNumber(stock));
    const resumed = place.isResumable ? halves.pop() : undefined;
    // The files of a page that has just died may still be held for a moment; what stays is the sweep's.
    for (const {entry} of halves) await removeTry(place.folder, entry).catch(() => {});
    const there = resumed?.found.state === "half" ? resumed.found.bytes : 0;
    const room = bytes === undefined ? undefined : await roomFor(Math.max(0, bytes - there), place.kind, place.estimate);
    const {entry, folder} = resumed ?? (await newTry(place.folder, entryOf(key, 1 + Math.max(0, ...stock.tries.map(({number}) => number))), name));
    return new BegunWriting<About>(place, {name, what, entry, folder, room, neededBytes: bytes ?? 0, release, replaced: {...stock, tries: stock.tries.filter((other) => other.entry !== entry)}});
  } catch (error) {
    release();
    throw told(error, what, {kind: place.kind, neededBytes: bytes});
  }
}

async function newTry(shelf: Folder, entry: string, name: string): Promise<Pick<Try, "entry" | "folder">> {
  try {
    const folder = await shelf.makeFolder(entry);
    await open(folder, name);
    return {entry, folder};
  } catch (error) {
    await removeTry(shelf, entry).catch(() => {}); // the sweep's
    throw error;
  }
}

interface Begun {
  name: string;
  what: string;
  entry: string;
  folder: Folder;
  room?: Room;
  neededBytes: number;
  release: Release;
  replaced: Stock;
}

class BegunWriting<About> implements Writing<About> {
  readonly room?: Room;
  private readonly writers = new Map<string, FileWriter>();
  private writtenBytes = 0;
  private hasEnded = false;

  constructor(
    private readonly place: Place,
    private readonly begun: Begun
  ) {
    this.room = begun.room;
  }

  async writer(path: string): Promise<FileWriter> {
    const {folder} = this.begun;
    const inner = this.writers.get(path) ?? (await this.inWords(() => folder.writer(path)));
    this.writers.set(path, inner);
    return {
      size: () => this.inWords(() => inner.size()),
      read: (begin, end, room) => this.inWords(() => inner.read(begin, end, room)),
      truncate: (bytes) => this.inWords(() => inner.truncate(bytes)),
      close: () => this.inWords(() => inner.close()),
      write: async (bytes, at) => {
        await this.inWords(() => inner.write(bytes, at));
        this.writtenBytes += bytes.length;
      }
    };
  }

  writeJson = (path: string, value: unknown) => this.inWords(() => writeJson(this.begun.folder, path, value));

  readJson = <T>(path: string) => this.inWords(() => readJson<T>(this.begun.folder, path));

  async finish(about: About): Promise<Kept<About>> {
    const {name, folder} = this.begun;
    try {
      const files: Record<string, number> = {};
      for (const [path, writer] of this.writers) files[path] = await writer.size();
      await this.closeFiles();
      for (const path of await fileNames(folder)) files[path] ??= (await folder.file(path))!.byteLength;
      await close(folder, {name, about, files});
      // From here on it is what its name stands for. What it was before may be held by somebody who reads it, and is then left to the sweep.
      await removeStock(this.place.folder, this.begun.replaced).catch(() => {});
      this.end();
      return {name, about, bytes: Object.values(files).reduce((sum, bytes) => sum + bytes, 0)};
    } catch (error) {
      await (this.place.isResumable ? this.leave().catch(() => {}) : this.abandon());
      throw this.told(error);
    }
  }

  async leave(): Promise<void> {
    if (this.hasEnded) return;
    await this.closeFiles().finally(() => this.end());
  }

  async abandon(): Promise<void> {
    if (this.hasEnded) return;
    // What cannot be brought to the disk any more is removed all the same; what cannot be removed now is left to the sweep.
    await this.closeFiles().catch(() => {});
    await removeTry(this.place.folder, this.begun.entry).catch(() => {});
    this.end();
  }

  private async closeFiles() {
    const closed = await Promise.allSettled([...this.writers.values()].map((writer) => writer.close()));
    for (const result of closed) if (result.status === "rejected") throw this.told(result.reason);
  }

  private end() {
    this.hasEnded = true;
    this.begun.release();
  }

  private async inWords<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.told(error);
    }
  }

  private told(error: unknown): Error {
    const {what, neededBytes} = this.begun;
    return told(error, what, {kind: this.place.kind, neededBytes: Math.max(neededBytes, this.writtenBytes), writtenBytes: this.writtenBytes});
  }
}

/** Everything under a name, half-written things too. The newest whole one goes last, so that no older one comes back. */
export async function deleteAll(place: Place, name: string, what: string): Promise<void> {
  const key = keyOf(name);
  const release = await takeLock(place, key, what);
  try {
    const stock = (await takeStock(place, key)).get(key);
    if (stock) await inWords(what, () => removeStock(place.folder, stock));
  } finally {
    release();
  }
}

async function removeStock(shelf: Folder, {older, tries}: Stock): Promise<void> {
  for (const thing of older) await removeOlder(shelf, thing);
  for (const {entry} of tries) await removeTry(shelf, entry);
}

async function takeLock({locks, lockPrefix, patienceMs}: Place, key: string, what: string): Promise<Release> {
  const release = await locks.hold(lockPrefix + key, patienceMs);
  if (!release) throw new StorageError(capital(`${what} is being written in another tab or cell at this moment. Wait until that is done, or take another name, and try again.`));
  return release;
}
