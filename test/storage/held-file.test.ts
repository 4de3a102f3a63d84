/** A kept file is read into the reader's own room through one handle, and as a Blob while somebody else holds it. */
import {expect, test} from "vitest";
import {heldFile} from "../../src/storage/held-file.ts";

const bytes = Uint8Array.from({length: 20}, (_, i) => i);

/** A file of the origin private file system, which one handle at a time may hold. */
function fakeFile() {
  let held = 0;
  let opened = 0;
  const handle = {
    getFile: async () => new Blob([bytes]),
    async createSyncAccessHandle() {
      if (held > 0) throw new DOMException("held", "NoModificationAllowedError");
      held++;
      opened++;
      const read = (target: Uint8Array, {at}: {at: number}) => {
        const part = bytes.subarray(at, at + target.length);
        target.set(part);
        return part.length;
      };
      return {read, close: () => held--};
    }
  };
  return {handle: handle as unknown as FileSystemFileHandle, opened: () => opened, held: () => held};
}

test("one handle for all reads, let go of by closing", async () => {
  const {handle, opened, held} = fakeFile();
  const file = await heldFile(handle);
  expect(file.byteLength).toBe(20);
  expect(held()).toBe(0);
  const room = new Uint8Array(8);
  expect(await file.readInto!(room, 4)).toBe(8);
  expect([...room]).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  expect(await file.readInto!(room, 15)).toBe(5);
  expect([...(await file.read(18, 30))]).toEqual([18, 19]);
  expect([opened(), held()]).toEqual([1, 1]);
  await file.close!();
  expect(held()).toBe(0);
});

test("beside another reader the bytes are the same", async () => {
  const {handle, opened} = fakeFile();
  const [first, second] = [await heldFile(handle), await heldFile(handle)];
  await first.read(0, 1);
  const room = new Uint8Array(8);
  expect(await second.readInto!(room, 15)).toBe(5);
  expect([...room.subarray(0, 5)]).toEqual([15, 16, 17, 18, 19]);
  expect(opened()).toBe(1);
  await second.close!();
  await first.close!();
});
