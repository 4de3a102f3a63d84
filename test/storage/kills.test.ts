/** A page that dies, a disk that is full or fails, at every operation of replacing something: the old or the new one is whole, and what was left is cleared away and told. */
import {describe, expect, it} from "vitest";
import {keyOf} from "../../src/storage/names.ts";
import {sentenceOf} from "../../src/storage/sweep.ts";
import {FakeDisk} from "./fake-disk.ts";
import {kinds, shelfOn} from "./kinds.ts";
import type {KeptKind} from "./kinds.ts";

const name = "my set. 2";

/** A disk with version 0 on it, kept by today's code or, `older`, as it was kept before. */
async function diskWith({options, keep, putOlder}: KeptKind, {older = false, seed = 1} = {}): Promise<FakeDisk> {
  const disk = new FakeDisk(seed);
  if (older) await putOlder(disk, name);
  else await keep(await shelfOn(disk, options), name, 0);
  return disk;
}

/** How many operations replacing takes. */
async function countOf(kind: KeptKind, older: boolean): Promise<number> {
  const disk = await diskWith(kind, {older});
  const shelf = await shelfOn<never>(disk, kind.options);
  const before = disk.operations;
  await kind.keep(shelf, name, 1);
  expect(await kind.read(shelf, name)).toBe(1);
  return disk.operations - before;
}

describe.each(Object.entries(kinds))("%s", (_, kind) => {
  it.each([{older: false}, {older: true}])("replaced, and killed at any moment: one of the two is whole (%o)", async ({older}) => {
    const count = await countOf(kind, older);
    expect(count).toBeGreaterThan(8);
    const seen = new Set<number>();
    for (let k = 1; k <= count; k++) {
      const disk = await diskWith(kind, {older, seed: k});
      const shelf = await shelfOn<never>(disk, kind.options);
      disk.killAt = disk.operations + k;
      await kind.keep(shelf, name, 1).catch(() => {});
      disk.reboot();
      const again = await shelfOn<never>(disk, kind.options);
      const version = await kind.read(again, name);
      expect([0, 1], `killed at ${k} of ${count}`).toContain(version);
      seen.add(version!);

      const found = await again.sweep();
      for (const leftover of found) expect(sentenceOf(leftover)).toMatch(/^The .* “.*” (was not finished|is here only in part).*that was kept before is still there\.$/);
      expect(await kind.read(again, name)).toBe(version);
      if (!kind.options.isResumable) expect(disk.names(kind.options.folder)).toHaveLength(1);
      await kind.keep(again, name, 2);
      expect(await kind.read(again, name)).toBe(2);
      expect(disk.names(kind.options.folder)).toHaveLength(1);
    }
    expect([...seen].sort()).toEqual([0, 1]);
  });

  it("kept for the first time and killed at any moment: it is whole or not there, and what was left is named", async () => {
    const clean = new FakeDisk();
    await kind.keep(await shelfOn(clean, kind.options), name, 1);
    const named: string[] = [];
    for (let k = 1; k <= clean.operations; k++) {
      const disk = new FakeDisk(k);
      const shelf = await shelfOn<never>(disk, kind.options);
      disk.killAt = disk.operations + k;
      await kind.keep(shelf, name, 1).catch(() => {});
      disk.reboot();
      const again = await shelfOn<never>(disk, kind.options);
      const version = await kind.read(again, name);
      const found = await again.sweep();
      named.push(...found.map((leftover) => leftover.name));
      if (version === undefined) expect(await again.list()).toEqual([]);
      else expect([version, found]).toEqual([1, []]);
    }
    expect(named.length).toBeGreaterThan(2);
    if (kind !== kinds.features) expect([...new Set(named)]).toEqual([name]);
  });

  it("deleted, and killed at any moment: it is whole or not there, and no older one comes back", async () => {
    for (const older of [false, true]) {
      for (let k = 1, isDone = false; !isDone; k++) {
        const disk = await diskWith(kind, {older, seed: k});
        const shelf = await shelfOn<never>(disk, kind.options);
        disk.killAt = disk.operations + k;
        isDone = await shelf.delete(kind === kinds.features ? keyOf(name) : name).then(() => true, () => false);
        disk.reboot();
        const again = await shelfOn<never>(disk, kind.options);
        const version = await kind.read(again, name);
        expect([0, undefined]).toContain(version);
        await again.sweep();
        if (version === undefined) expect(disk.names(kind.options.folder)).toEqual([]);
        if (isDone) expect(version).toBeUndefined();
      }
    }
  });

  it("with the disk full at any moment: the old one is whole, nothing is left of the new one, and the error says what to do", async () => {
    const count = await countOf(kind, false);
    let refused = 0;
    for (let k = 1; k <= count; k++) {
      const disk = await diskWith(kind);
      const shelf = await shelfOn<never>(disk, kind.options);
      disk.fullAt = disk.operations + k;
      const error = await kind.keep(shelf, name, 1).then(() => undefined, (thrown: Error) => thrown);
      if (error) {
        refused++;
        expect(error.message).toMatch(/^There is no room.*(free space on the disk)\.$/);
        expect(["NoRoomError", "StorageError"]).toContain(error.name);
      }
      expect(await kind.read(shelf, name)).toBe(error ? 0 : 1);
      if (error && !kind.options.isResumable) expect(disk.names(kind.options.folder)).toHaveLength(1);
    }
    expect(refused).toBeGreaterThan(5);
  });

  it("with the disk failing from any moment on: the error is a sentence of ours, and the old or the new one is whole afterwards", async () => {
    const count = await countOf(kind, false);
    const names = ["NotFoundError", "InvalidStateError", "NoModificationAllowedError", "NotAllowedError", "SecurityError", "NotReadableError", "UnknownError", "DataError", "TypeMismatchError"];
    for (let k = 0; k <= count; k++) {
      const disk = await diskWith(kind);
      const shelf = await shelfOn<never>(disk, kind.options);
      disk.failAt = disk.operations + k;
      disk.failName = names[k % names.length];
      const error = await kind.keep(shelf, name, 1).then(() => undefined, (thrown: Error) => thrown);
      if (error) expect(error.message).toMatch(/^(The|There) .*[^.]\.$/);
      expect(error?.message ?? "").not.toMatch(/a sentence of the browser|Error/);
      disk.reboot();
      expect([0, 1], `${disk.failName} at ${k}`).toContain(await kind.read(await shelfOn(disk, kind.options), name));
    }
  });
});
