/** What the store finds in a page: how much room there is, a private file system, none, or one that fails. */
import {afterEach, describe, expect, it, vi} from "vitest";
import {openStorage} from "../../src/data/storage.ts";
import {roomWords} from "../../src/storage/room.ts";
import {openModelStore} from "../../src/train/pretrained/model-store.ts";
import {openRunStore} from "../../src/train/run-store.ts";
import {FakeDisk} from "./fake-disk.ts";
import {kinds, shelfOn} from "./kinds.ts";

describe("room", () => {
  it.each(Object.entries(kinds))("a shortage is refused before anything is written (%s)", async (_, kind) => {
    const disk = new FakeDisk();
    const shelf = await shelfOn<never>(disk, kind.options, {quota: 12});
    const before = disk.operations;
    const error = await kind.keep(shelf, "mine", 1).then(() => new Error("kept"), (thrown: Error) => thrown);
    expect([error.name, error.message]).toEqual(["NoRoomError", expect.stringMatching(/^There is no room: the (set|model|run|table of features) needs 0 MB, and this site may use 0 MB more\. /)]);
    expect(disk.operations).toBe(before);
  });

  it("what is needed and what is free is said", async () => {
    const shelf = await shelfOn(new FakeDisk(), kinds.sets.options, {quota: 2_000_000_000});
    const {room} = await shelf.begin("mine", {bytes: 45_000_000});
    expect(roomWords(room!)).toBe("needs 45 MB of the 2,000 MB that this site may still use");
  });
});

describe("a page", () => {
  afterEach(() => vi.unstubAllGlobals());
  const page = (getDirectory?: () => Promise<unknown>) => vi.stubGlobal("navigator", {storage: getDirectory ? {getDirectory} : {}});
  const open = () => [openStorage(), openRunStore(), openModelStore()];

  it("without a private file system keeps things in memory, and says why", async () => {
    page();
    const storage = await openStorage();
    expect([storage.keptIn, storage.why]).toEqual(["memory", "This browser has no private file system: what is kept is gone when the page is closed."]);
    for (const store of await Promise.all(open())) expect(await store.list()).toEqual([]);
    expect((await openModelStore()).keptIn).toBe("memory");
  });

  it("that is given none, as private windows do, says that", async () => {
    page(async () => Promise.reject(new DOMException("Security error when calling GetDirectory", "SecurityError")));
    expect(await openStorage()).toMatchObject({keptIn: "memory", why: expect.stringMatching(/gives this page no private file system/)});
  });

  it.each(["NotAllowedError", "InvalidStateError", "NotReadableError", "QuotaExceededError", "TypeError"])("whose file system fails (%s) is told so, and nothing is taken for memory", async (name) => {
    const fail = async () => Promise.reject(new DOMException("a sentence of the browser", name));
    for (const getDirectory of [fail, async () => ({getDirectoryHandle: fail})]) {
      page(getDirectory);
      for (const opening of open()) {
        const error = await opening.then(() => new Error("it was taken for memory"), (thrown: Error) => thrown);
        expect([error.name, error.message]).toEqual(["StorageError", expect.stringMatching(/^(The browser|There is no room|What this site keeps is in use)/)]);
        expect(error.message).not.toContain("a sentence of the browser");
      }
    }
  });
});
