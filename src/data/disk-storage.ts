/** Keeps sets in the origin's private file system. */
import {folderName, readJson, writeJson} from "./folder-files.ts";
import {checkName, isIdentity, NoRoomError, summaryOf, type PairStorage, type StoredIndex, type StoredSummary} from "./kept-set.ts";

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
