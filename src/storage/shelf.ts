/**
 * The store: things of one kind, each some files under a name, in the private file system or in memory. To replace a thing, a new one is written beside it, looked at,
 * and made whole by one small file; the old one is deleted last. Whatever dies or fails in between, the old or the new one is whole.
 */
import {inWords} from "./errors.ts";
import type {Kind} from "./errors.ts";
import type {ByteSource, Folder} from "./folder.ts";
import {readJson} from "./try.ts";
import type {Locks} from "./locks.ts";
import {keyOf, ownName, quotedName} from "./names.ts";
import type {ReadOlder} from "./older.ts";
import type {Estimate} from "./room.ts";
import {newestWhole, takeStock} from "./stock.ts";
import type {WholeThing} from "./stock.ts";
import {sweep} from "./sweep.ts";
import type {Leftover} from "./sweep.ts";
import {begin, deleteAll} from "./writing.ts";
import type {BeginOptions, Writing} from "./writing.ts";

/** A line of the list. */
export interface Kept<About> {
  name: string;
  /** Of all its files. */
  bytes: number;
  about: About;
}

export interface Opened<About> extends Kept<About> {
  /** @throws StorageError where it was replaced or deleted since. */
  file(path: string, options?: {hold?: boolean}): Promise<ByteSource>;
  /** A file of JSON. */
  json<T>(path: string): Promise<T>;
}

export interface Shelf<About> {
  /** "memory": gone when the page is closed. */
  keptIn: "disk" | "memory";
  /** Why it is kept in memory, as a sentence. */
  why?: string;
  /** What is whole, by name. */
  list(): Promise<Kept<About>[]>;
  /** Undefined where nothing of that name is kept. @throws StorageError where it is damaged. */
  open(name: string): Promise<Opened<About> | undefined>;
  /** Starts a new thing; an older one of that name stays until this one is finished. @throws NoRoomError, before anything is written; StorageError where somebody else is writing it. */
  begin(name: string, options?: BeginOptions): Promise<Writing<About>>;
  /** Where there is nothing of that name, nothing happens. @throws StorageError where somebody is writing it. */
  delete(name: string): Promise<void>;
  /** Removes what was left half-written by pages that died, and tells what is not as its owner would expect. */
  sweep(): Promise<Leftover[]>;
}

/** What a shelf stands on. */
export interface Place {
  kind: Kind;
  folder: Folder;
  locks: Locks;
  /** Of the lock that a name has. */
  lockPrefix: string;
  estimate: Estimate;
  /** How long somebody else's writing of the same name is waited for. */
  patienceMs: number;
  older?: ReadOlder;
  /** Half-written things are gone on with, and so the sweep leaves them. */
  isResumable?: boolean;
}

export function createShelf<About>(place: Place, {keptIn}: Pick<Shelf<About>, "keptIn">): Shelf<About> {
  const {kind} = place;
  return {
    keptIn,
    list: () =>
      inWords(`what is kept here as a ${kind}`, async () => {
        const kept = [...(await takeStock(place)).values()].flatMap((stock) => newestWhole(stock) ?? []);
        return kept.map(({name, bytes, about}) => ({name, bytes, about: about as About})).sort((a, b) => (a.name < b.name ? -1 : 1));
      }),
    open: (name) =>
      inWords(the(kind, name), async () => {
        const found = newestWhole((await takeStock(place, keyOf(name))).get(keyOf(name)), {orThrow: the(kind, name)});
        return found && openedThing<About>(found, the(kind, name));
      }),
    begin: (name, options) => begin<About>(place, ownName(name), the(kind, name), options),
    delete: (name) => inWords(the(kind, name), () => deleteAll(place, name, the(kind, name))),
    sweep: () => inWords("what is kept here", () => sweep(place))
  };
}

const the = (kind: Kind, name: string) => `the ${kind} ${quotedName(ownName(name))}`;

function openedThing<About>({name, bytes, about, file}: WholeThing, what: string): Opened<About> {
  const gone = () => new DOMException("gone", "NotFoundError");
  return {
    name,
    bytes,
    about: about as About,
    file: (path, options) =>
      inWords(what, async () => {
        const source = await file(path, options);
        if (!source) throw gone();
        return toldSource(source, what);
      }),
    json: <T>(path: string) =>
      inWords(what, async () => {
        const read = await readJson<T>({file}, path);
        if (read === undefined) throw gone();
        return read;
      })
  };
}

/** The same bytes; an error in reading them is put into words. */
function toldSource(source: ByteSource, what: string): ByteSource {
  return {
    ...source,
    read: (begin, end) => inWords(what, () => source.read(begin, end)),
    ...(source.readInto && {readInto: (target, begin) => inWords(what, () => source.readInto!(target, begin))})
  };
}
