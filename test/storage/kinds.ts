/** What is kept in this house, each kind as its own code keeps it, on any disk: what the tests of the store kill, fill and read. */
import {isDeepStrictEqual} from "node:util";
import {pairStorage, setShelf} from "../../src/data/storage.ts";
import type {StoredSummary} from "../../src/data/kept-set.ts";
import type {Locks} from "../../src/storage/locks.ts";
import {ownLocks} from "../../src/storage/locks.ts";
import {diskShelf} from "../../src/storage/open-shelf.ts";
import type {ShelfOptions} from "../../src/storage/open-shelf.ts";
import type {Shelf} from "../../src/storage/shelf.ts";
import {safetensorsBytes} from "../../src/tensor/safetensors.ts";
import {featureShelf, keepFeatures, readFeatures} from "../../src/train/feature-store.ts";
import {modelShelf, modelStore} from "../../src/train/pretrained/model-store.ts";
import type {KeptModel} from "../../src/train/pretrained/model-store.ts";
import {createRunStore, runShelf} from "../../src/train/run-store.ts";
import type {RunFacts} from "../../src/train/run-store.ts";
import type {FakeDisk} from "./fake-disk.ts";

export interface KeptKind {
  options: ShelfOptions;
  /** Keeps content `version` under `name`. */
  keep(shelf: Shelf<never>, name: string, version: number): Promise<unknown>;
  /** Which version is whole under `name`: undefined where there is none; throws where what is there is no version. */
  read(shelf: Shelf<never>, name: string): Promise<number | undefined>;
  /** Puts version 0 there as the site kept it before. */
  putOlder(disk: FakeDisk, name: string): Promise<void>;
}

/** Locks that reach everybody, as Web Locks do. */
export const sharedLocks = (): Locks => ({...ownLocks(), reachOthers: true});

/** A shelf on a disk, as a page that has just been opened finds it; `locks` are shared with the other pages that are open. */
export async function shelfOn<About>(disk: FakeDisk, options: ShelfOptions, {locks = sharedLocks(), patience = 5000, quota}: {locks?: Locks; patience?: number; quota?: number} = {}): Promise<Shelf<About>> {
  const folder = await disk.handle.getDirectoryHandle(options.folder, {create: true});
  return diskShelf<About>(options, folder, {locks, patience, estimate: async () => ({quota, usage: 0})});
}

const enc = (name: string) => encodeURIComponent(name).replaceAll(".", "%2E");
const sizePx = 2;
const pixelsOf = (version: number, row: number) => new Uint8Array(sizePx * sizePx * 3).fill(16 * version + row);
const indexOf = (name: string, version: number, rows: number[]) => ({name, sizePx, ids: rows.map((row) => `${version}-${row}`), captions: rows.map((row) => [`version ${version}, row ${row}`]), splits: rows.map(() => "train" as const), problems: []});
/** Row 1 could not be read: the gap is closed. */
const rows = [0, 2, 3];

const sets: KeptKind = {
  options: setShelf,
  async keep(shelf, name, version) {
    const writer = await pairStorage(shelf as unknown as Shelf<StoredSummary>).create(name, {sizePx, images: 4});
    try {
      for (const row of [2, 0, 3]) await writer.write(row, pixelsOf(version, row));
      const {ids, captions, splits, problems} = indexOf(name, version, rows);
      await writer.finish({ids, captions, splits, problems}, Int32Array.from(rows));
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  },
  async read(shelf, name) {
    const set = await pairStorage(shelf as unknown as Shelf<StoredSummary>).open(name);
    if (!set) return undefined;
    const version = Number(set.index.ids[0].split("-")[0]);
    const {name: own, ...index} = set.index;
    same(own.normalize("NFC"), name.normalize("NFC"));
    same({name: "", ...index}, indexOf("", version, rows));
    same([...(await set.read(0, 3))], rows.flatMap((row) => [...pixelsOf(version, row)]));
    return version;
  },
  async putOlder(disk, name) {
    const index = indexOf(name, 0, rows);
    disk.put(`pairs/${enc(name)}/pixels.bin`, Uint8Array.from(rows.flatMap((row) => [...pixelsOf(0, row)])));
    disk.put(`pairs/${enc(name)}/index.json`, index);
    disk.put(`pairs/${enc(name)}/summary.json`, {name, images: 3, captions: 3, splits: {train: 3, val: 0, test: 0}, sizePx, bytes: 36, keptIn: "disk"});
  }
};

const weightsOf = (version: number) => Uint8Array.from({length: 300}, (_, i) => (i * 7 + version) % 251);

const models: KeptKind = {
  options: modelShelf,
  async keep(shelf, name, version) {
    const place = await modelStore(shelf as unknown as Shelf<KeptModel>).place(name, 300);
    try {
      await place.begin(`version ${version}`);
      for (let at = 0; at < 300; at += 100) await place.write(weightsOf(version).subarray(at, at + 100), at);
      await place.finish({config: {version}}, {sizePx: version});
    } finally {
      await place.close();
    }
  },
  async read(shelf, name) {
    const model = await modelStore(shelf as unknown as Shelf<KeptModel>).open(name);
    if (!model) return undefined;
    const {version} = model.files.config as {version: number};
    same(model.summary.sizePx, version);
    same([...(await model.weights.read(0, model.weights.byteLength))], [...weightsOf(version)]);
    await model.weights.close?.();
    return version;
  },
  async putOlder(disk, name) {
    disk.put(`models/${enc(name)}/weights.safetensors`, weightsOf(0));
    disk.put(`models/${enc(name)}/tag.json`, {tag: "version 0"});
    disk.put(`models/${enc(name)}/files.json`, {config: {version: 0}});
    disk.put(`models/${enc(name)}/summary.json`, {name, bytes: 300, sizePx: 0, keptIn: "disk"});
  }
};

const runBytes = (version: number) =>
  safetensorsBytes([{name: "series/losses", dtype: "F32", shape: [2], values: () => [3, version]}], {step: String(version), state: JSON.stringify({options: {model: "vit-tiny"}, steps: 9})});

const runs: KeptKind = {
  options: runShelf,
  keep: async (shelf, name, version) => createRunStore(shelf as unknown as Shelf<RunFacts>).keep(name, await runBytes(version)),
  async read(shelf, name) {
    const store = createRunStore(shelf as unknown as Shelf<RunFacts>);
    const line = (await store.list()).find((run) => run.name === name.normalize("NFC"));
    if (!line) return undefined;
    same(line, {name: line.name, bytes: line.bytes, model: "vit-tiny", step: line.step, steps: 9, loss: line.step, keptIn: "disk"});
    same([...(await store.open(name))], [...(await runBytes(line.step))]);
    return line.step;
  },
  putOlder: async (disk, name) => disk.put(`runs/${enc(name)}.safetensors`, await runBytes(0))
};

const features: KeptKind = {
  options: featureShelf,
  keep: (shelf, name, version) => keepFeatures(name, new Float32Array(5).fill(version), async () => shelf),
  async read(shelf, name) {
    const read = await readFeatures(name, 5, async () => shelf);
    if (read) same([...read], Array(5).fill(read[0]));
    return read?.[0];
  },
  async putOlder(disk, name) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name)));
    disk.put(`features/${[...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}.f32`, new Uint8Array(new Float32Array(5).buffer));
  }
};

export const kinds: Record<string, KeptKind> = {sets, models, runs, features};

function same(got: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(got, expected)) throw new Error(`neither the old nor the new one: ${JSON.stringify(got)} where ${JSON.stringify(expected)} was expected`);
}
