/** A folder of the origin's private file system. Its errors are the browser's own; whoever calls puts them into words. */
import type {Folder, FileWriter} from "./folder.ts";
import {blobFile, heldFile} from "./held-file.ts";

export function diskFolder(handle: FileSystemDirectoryHandle): Folder {
  return {
    async entries() {
      const found: Awaited<ReturnType<Folder["entries"]>> = [];
      for await (const [name, {kind}] of handle.entries()) found.push({name, kind: kind === "directory" ? "folder" : "file"});
      return found;
    },
    async folder(name) {
      const inside = await orAbsent(handle.getDirectoryHandle(name));
      return inside && diskFolder(inside);
    },
    makeFolder: async (name) => diskFolder(await handle.getDirectoryHandle(name, {create: true})),
    async file(name, {hold = false} = {}) {
      const file = await orAbsent(handle.getFileHandle(name));
      return file && (await orAbsent(hold ? heldFile(file) : blobFile(file)));
    },
    writer: async (name) => diskWriter(await handle.getFileHandle(name, {create: true})),
    remove: async (name) => void (await orAbsent(handle.removeEntry(name, {recursive: true})))
  };
}

/** Undefined where there is nothing of that name; other errors stay errors. */
async function orAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if ((error as Error).name === "NotFoundError") return undefined;
    throw error;
  }
}

async function diskWriter(file: FileSystemFileHandle): Promise<FileWriter> {
  const access = await file.createSyncAccessHandle();
  let isOpen = true;
  return {
    size: async () => access.getSize(),
    async write(bytes, at) {
      const written = access.write(bytes as Uint8Array<ArrayBuffer>, {at});
      if (written < bytes.length) throw new DOMException(`${written} of ${bytes.length} bytes were written`, "QuotaExceededError");
    },
    async read(begin, end, room = new Uint8Array(end - begin)) {
      const bytes = room.subarray(0, end - begin);
      return bytes.subarray(0, access.read(bytes as Uint8Array<ArrayBuffer>, {at: begin}));
    },
    truncate: async (bytes) => access.truncate(bytes),
    async close() {
      if (!isOpen) return;
      isOpen = false;
      try {
        access.flush();
      } finally {
        access.close();
      }
    }
  };
}
