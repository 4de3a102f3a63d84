/** What the store does for those who live: names, two writers at once, what was kept before, and damage. */
import {describe, expect, it} from "vitest";
import {ownLocks, webLocks} from "../../src/storage/locks.ts";
import {keyOf} from "../../src/storage/names.ts";
import {memoryShelf} from "../../src/storage/open-shelf.ts";
import {sentenceOf} from "../../src/storage/sweep.ts";
import type {Shelf} from "../../src/storage/shelf.ts";
import {modelStore} from "../../src/train/pretrained/model-store.ts";
import {FakeDisk} from "./fake-disk.ts";
import {kinds, sharedLocks, shelfOn} from "./kinds.ts";

const {sets, runs, models, features} = kinds;
/** A kind of nothing in particular: text under a name. */
const options = {kind: "run", folder: "texts"} as const;

async function keepText(shelf: Shelf<{length: number}>, name: string, text: string) {
  const writing = await shelf.begin(name, {bytes: text.length});
  await (await writing.writer("text")).write(new TextEncoder().encode(text), 0);
  return writing.finish({length: text.length});
}

async function textOf(shelf: Shelf<{length: number}>, name: string) {
  const kept = await shelf.open(name);
  const file = await kept?.file("text");
  return file && new TextDecoder().decode(await file.read(0, file.byteLength));
}

describe("names", () => {
  const names = ["a/b", "a\\b", ".", "..", "../../escape", "a.b", "%2E", "%", " ", "kept.json", "CON", "pairs", "x".repeat(400), "ü".repeat(400), "Å and ﬁ", "🦊", "\ud800", "line\nbreak", "__proto__", "constructor"];

  it.each(["disk", "memory"])("of any kind are kept apart, listed and opened as they were given (%s)", async (where) => {
    const shelf = where === "disk" ? await shelfOn<{length: number}>(new FakeDisk(), options) : memoryShelf<{length: number}>(options);
    for (const name of names) await keepText(shelf, name, `text of ${name}`);
    for (const name of names) expect(await textOf(shelf, name)).toBe(new TextDecoder().decode(new TextEncoder().encode(`text of ${name}`)));
    const listed = (await shelf.list()).map(({name}) => name);
    expect(new Set(listed)).toEqual(new Set(names.map((name) => name.replace("\ud800", "\ufffd"))));
    for (const name of names.slice(1)) await shelf.delete(name);
    expect((await shelf.list()).map(({name}) => name)).toEqual(["a/b"]);
    await expect(shelf.begin("")).rejects.toThrow("a run's name has at least 1 character; it was empty");
  });

  it("are one name whether é is typed as one character or as two", async () => {
    const shelf = await shelfOn<{length: number}>(new FakeDisk(), options);
    await keepText(shelf, "caf\u00e9", "first");
    await keepText(shelf, "cafe\u0301", "second");
    expect(await textOf(shelf, "caf\u00e9")).toBe("second");
    expect((await shelf.list()).map(({name}) => name)).toEqual(["caf\u00e9"]);
  });

  it("are quoted short in sentences, on one line", async () => {
    const disk = new FakeDisk();
    const shelf = await shelfOn<{length: number}>(disk, options, {patience: 0});
    const name = `two\nlines ${"x".repeat(400)}`;
    await shelf.begin(name);
    const error = await shelf.begin(name).then(() => new Error(), (thrown: Error) => thrown);
    expect(error.message).toMatch(/^The run “two lines x{69}…” is being written in another tab or cell at this moment\. Wait until that is done, or take another name, and try again\.$/);
  });
});

describe("two at once", () => {
  it("the second waits for the first, and the last one counts", async () => {
    const disk = new FakeDisk();
    const locks = sharedLocks();
    const [one, other] = [await shelfOn<{length: number}>(disk, options, {locks}), await shelfOn<{length: number}>(disk, options, {locks})];
    const first = await one.begin("mine");
    await (await first.writer("text")).write(Uint8Array.of(49), 0);
    const second = keepText(other, "mine", "2");
    await keepText(other, "another", "is not held up");
    expect(await textOf(other, "mine")).toBeUndefined();
    await first.finish({length: 1});
    await second;
    expect(await textOf(one, "mine")).toBe("2");
    expect(disk.names("texts")).toHaveLength(2);
  });

  it.each(Object.entries(kinds))("eight writers of one name leave one whole thing (%s)", async (_, kind) => {
    const disk = new FakeDisk();
    const locks = sharedLocks();
    const shelves = await Promise.all(Array.from({length: 8}, () => shelfOn<never>(disk, kind.options, {locks})));
    await Promise.all(shelves.map((shelf, k) => kind.keep(shelf, "mine", k)));
    expect(await kind.read(shelves[0], "mine")).toBe(7);
    expect(disk.names(kind.options.folder)).toHaveLength(1);
  });

  it("the sweep leaves what is being written, and so does whoever deletes it", async () => {
    const disk = new FakeDisk();
    const locks = sharedLocks();
    const shelf = await shelfOn<{length: number}>(disk, options, {locks, patience: 0});
    await keepText(shelf, "mine", "old");
    const writing = await shelf.begin("mine");
    await (await writing.writer("text")).write(new TextEncoder().encode("new"), 0);
    expect(await shelf.sweep()).toEqual([]);
    await expect(shelf.delete("mine")).rejects.toThrow("is being written in another tab");
    expect(await textOf(shelf, "mine")).toBe("old");
    await writing.finish({length: 3});
    expect(await textOf(shelf, "mine")).toBe("new");
  });

  it("where no lock reaches other tabs, nothing is swept", async () => {
    const disk = new FakeDisk();
    await (await shelfOn(disk, options)).begin("mine");
    disk.reboot();
    expect(await (await shelfOn(disk, options, {locks: ownLocks()})).sweep()).toEqual([]);
    expect(disk.names("texts")).toHaveLength(1);
    expect((await (await shelfOn(disk, options)).sweep()).map(sentenceOf)).toEqual(["The run “mine” was not finished when its page was closed, and what there was of it is removed. Keep it again if you need it."]);
    expect(disk.names("texts")).toEqual([]);
  });

  it("a reader who holds the old file keeps it until the sweep; it is not told as something unfinished", async () => {
    const disk = new FakeDisk();
    const shelf = await shelfOn<never>(disk, models.options);
    await models.keep(shelf, "clip", 0);
    const held = await (await (shelf as Shelf<unknown>).open("clip"))!.file("weights.safetensors", {hold: true});
    await held.read(0, 10);
    await models.keep(shelf, "clip", 1);
    expect(await models.read(shelf, "clip")).toBe(1);
    expect(disk.names("models")).toHaveLength(2);
    await held.close!();
    expect(await shelf.sweep()).toEqual([]);
    expect(disk.names("models")).toHaveLength(1);
  });

  it("locks are given in turn, and an impatient one goes away", async () => {
    for (const locks of [ownLocks(), webLocks(fakeManager())]) {
      const first = (await locks.hold("a", 0))!;
      expect(await locks.hold("a", 0)).toBeUndefined();
      expect(await locks.hold("a", 5)).toBeUndefined();
      const order: number[] = [];
      const second = locks.hold("a", 60_000).then((release) => (order.push(2), release!()));
      const third = locks.hold("a", 60_000).then((release) => (order.push(3), release!()));
      first();
      await Promise.all([second, third]);
      expect(order).toEqual([2, 3]);
      (await locks.hold("a", 0))!();
    }
  });
});

/** Web Locks as far as they are used. */
function fakeManager(): LockManager {
  let isHeld = false;
  const queue: (() => void)[] = [];
  const request = async (_: string, {ifAvailable, signal}: LockOptions, held: (lock: object | null) => Promise<void> | void) => {
    if (isHeld && ifAvailable) return held(null);
    if (isHeld) {
      await new Promise<void>((resolve, reject) => {
        queue.push(resolve);
        signal?.addEventListener("abort", () => reject(queue.splice(queue.indexOf(resolve), 1) && signal.reason));
      });
    }
    isHeld = true;
    await held({});
    const next = queue.shift();
    if (next) next();
    else isHeld = false;
  };
  return {request} as unknown as LockManager;
}

describe("what was kept before", () => {
  it.each(Object.entries(kinds))("is listed, opened, replaced and deleted (%s)", async (which, kind) => {
    const disk = new FakeDisk();
    const names = ["Monday, 1.5", "a b"];
    for (const name of names) await kind.putOlder(disk, name);
    const shelf = await shelfOn<never>(disk, kind.options);
    for (const name of names) expect(await kind.read(shelf, name)).toBe(0);
    if (kind !== features) expect((await shelf.list()).map(({name}) => name)).toEqual(names);
    expect(await shelf.sweep()).toEqual([]);
    await kind.keep(shelf, names[0], 1);
    expect([await kind.read(shelf, names[0]), await kind.read(shelf, names[1])]).toEqual([1, 0]);
    expect(disk.names(kind.options.folder)).toHaveLength(2);
    for (const name of names) await shelf.delete(kind === features ? keyOf(name) : name);
    expect([which, disk.names(kind.options.folder)]).toEqual([which, []]);
  });

  it("what it left half-written is removed and named", async () => {
    const disk = new FakeDisk();
    disk.put("pairs/mine.partial/pixels.bin", new Uint8Array(9));
    disk.put("pairs/lost%2Eone/pixels.bin", new Uint8Array(9));
    disk.put("models/openai%2Fclip/weights.safetensors", new Uint8Array(9));
    const shelves = [await shelfOn(disk, sets.options), await shelfOn(disk, models.options)];
    const found = (await Promise.all(shelves.map((shelf) => shelf.sweep()))).flat();
    expect(found.map(sentenceOf)).toEqual(
      ["set “mine”", "set “lost.one”", "model “openai/clip”"].map((it) => `The ${it} was not finished when its page was closed, and what there was of it is removed. Keep it again if you need it.`)
    );
    expect([...disk.files().keys()]).toEqual([]);
  });
});

describe("damage", () => {
  it("is told by name, and cured by keeping it again", async () => {
    const disk = new FakeDisk();
    const shelf = await shelfOn<never>(disk, sets.options);
    await sets.keep(shelf, "mine", 1);
    const [path, pixels] = [...disk.files()].find(([path]) => path.endsWith("pixels.bin"))!;
    disk.put(path, pixels.subarray(0, 20));
    await expect(sets.read(shelf, "mine")).rejects.toThrow("The set “mine” is damaged: pixels.bin has 20 of 36 bytes. Delete it, or keep it again under the same name.");
    expect((await shelf.sweep()).map(sentenceOf)).toEqual(["The set “mine” is damaged: pixels.bin has 20 of 36 bytes. Delete it, or keep it again under the same name."]);
    await sets.keep(shelf, "mine", 2);
    expect(await sets.read(shelf, "mine")).toBe(2);
  });

  it("of the closing mark makes it unfinished, never another thing", async () => {
    const disk = new FakeDisk();
    const shelf = await shelfOn<never>(disk, runs.options);
    await runs.keep(shelf, "mine", 1);
    const [path, mark] = [...disk.files()].find(([path]) => path.endsWith("kept.json"))!;
    disk.put(path, new TextDecoder().decode(mark).replace('"step":1', '"step":7'));
    expect(await runs.read(shelf, "mine")).toBeUndefined();
  });
});

describe("a download that stopped", () => {
  it("is gone on with by the next page; the model of before stays until it is whole", async () => {
    const disk = new FakeDisk();
    await models.keep(await shelfOn(disk, models.options), "clip", 0);
    const place = await modelStore(await shelfOn(disk, models.options)).place("clip", 300);
    await place.begin("version 5");
    await place.write(new Uint8Array(120), 0);
    disk.reboot(); // the page is closed

    const shelf = await shelfOn<never>(disk, models.options);
    expect((await shelf.sweep()).map(sentenceOf)).toEqual(["The model “clip” is here only in part (0 MB): fetch it again to go on with it, or delete it. The one of that name that was kept before is still there."]);
    expect(await models.read(shelf, "clip")).toBe(0);
    const again = await modelStore(shelf).place("clip", 300);
    expect([await again.size(), await again.tag()]).toEqual([120, "version 5"]);
    await again.remove();
    expect(await models.read(shelf, "clip")).toBe(0);
    expect(disk.names("models")).toHaveLength(1);
  });
});
