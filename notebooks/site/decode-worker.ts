/**
 * The worker that imports pairs: reads dropped archives, has the images decoded by a few helpers (workers of this same
 * script), keeps the result. The page's thread sees progress only.
 */
import {decodeInBrowser} from "../../src/data/decode.ts";
import {importFromHub} from "../../src/data/hub.ts";
import type {HubSource} from "../../src/data/hub.ts";
import {importPairs, openDropped} from "../../src/data/import.ts";
import type {DroppedFile, Shrink} from "../../src/data/import.ts";
import type {Split} from "../../src/data/pairs.ts";
import {pixelTurns} from "../../src/data/pixel-turns.ts";
import {resizeAndCrop} from "../../src/data/preprocess.ts";
import {openStorage, openStored} from "../../src/data/storage.ts";
import type {StoredOptions} from "../../src/data/storage.ts";
import {serveWorker, superviseWorker, Transfer} from "../../src/rpc/port.ts";
import {guestFetch} from "./services/guest-fetch.ts";
import {sweepAll} from "./sweep-all.ts";

interface ImportRequest {
  name: string;
  files: DroppedFile[];
  sizePx: number;
  limit?: number;
  split?: Split;
  seed?: number | string;
}

interface HubRequest extends HubSource {
  name: string;
  sizePx: number;
  limit: number;
}

/** Starts helpers when there is something to decode, and ends them after: an idle page has none. */
async function* withHelpers<T>(work: (shrink: Shrink, count: number) => AsyncGenerator<T>): AsyncGenerator<T> {
  const count = Math.max(1, Math.min(navigator.hardwareConcurrency - 1, 4));
  const clients = Array.from({length: count}, () => superviseWorker(new Worker(self.location.href, {type: "module"}), {name: "a worker that decodes images"}));
  let turn = 0;
  const turns = pixelTurns();
  const shrink: Shrink = (bytes, sizePx) => turns.take(bytes, () => {
    // A view may share its buffer with others: only what it shows is moved.
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    return clients[turn++ % count].call<Uint8Array>("shrink", {bytes: own, sizePx}, {transfer: [own.buffer as ArrayBuffer]});
  });
  try {
    yield* work(shrink, count);
  } finally {
    for (const client of clients) client.terminate();
  }
}

serveWorker({
  ...guestFetch(),

  async shrink({bytes, sizePx}: {bytes: Uint8Array; sizePx: number}) {
    const pixels = resizeAndCrop(await decodeInBrowser(bytes), sizePx);
    return new Transfer(pixels, [pixels.buffer as ArrayBuffer]);
  },

  async *"data/import"({files: dropped, ...request}: ImportRequest, signal: AbortSignal) {
    const files = await openDropped(dropped, request.name);
    try {
      const storage = await openStorage();
      yield* withHelpers((shrink, count) => importPairs(files, {...request, storage, shrink, signal, atOnce: 2 * count + 2, now: () => performance.now()}));
    } finally {
      await files.close();
    }
  },

  async *"data/import-from-hub"({name, sizePx, limit, ...source}: HubRequest, signal: AbortSignal) {
    const storage = await openStorage();
    yield* withHelpers((shrink, count) => importFromHub(source, {name, sizePx, limit, storage, shrink, signal, atOnce: 2 * count + 2, now: () => performance.now()}));
  },

  async "data/list"() {
    const storage = await openStorage();
    const {quota = null, usage = null} = storage.keptIn === "disk" ? await navigator.storage.estimate() : {};
    const notes = [...(storage.why ? [storage.why] : []), ...(await sweepAll())];
    return {keptIn: storage.keptIn, sets: await storage.list(), quota, usage, notes};
  },

  async "data/delete"({name}: {name: string}) {
    await (await openStorage()).delete(name);
  },

  async "data/open"({name, ...options}: StoredOptions & {name: string}) {
    const set = await openStored(name, options);
    return new Transfer(set, [set.pixels.buffer as ArrayBuffer]);
  }
});
