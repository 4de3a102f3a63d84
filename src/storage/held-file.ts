/**
 * A large file of the origin private file system, read through one access handle that is opened with the first read and held until `close`: what is read goes into
 * the reader's own room, and nothing waits for the garbage collector. Where another reader holds the file, it is read as a Blob. Workers only.
 */
import type {ByteSource} from "./folder.ts";

/** The file's bytes, as they are now. To be closed. */
export async function heldFile(handle: FileSystemFileHandle): Promise<ByteSource> {
  const file = await handle.getFile();
  let opening: Promise<FileSystemSyncAccessHandle | undefined> | undefined;
  const opened = () => (opening ??= handle.createSyncAccessHandle().catch(() => undefined));
  async function readInto(target: Uint8Array, begin: number): Promise<number> {
    const access = await opened();
    if (access) return access.read(target as Uint8Array<ArrayBuffer>, {at: begin});
    const bytes = await bytesOf(file, begin, begin + target.length);
    target.set(bytes);
    return bytes.length;
  }
  return {
    byteLength: file.size,
    readInto,
    async read(begin, end) {
      const bytes = new Uint8Array(end - begin);
      return bytes.subarray(0, await readInto(bytes, begin));
    },
    async close() {
      (await opening)?.close();
      opening = undefined;
    }
  };
}

/** A file of the private file system read as a Blob: by any number of readers at a time, on the page too. */
export async function blobFile(handle: FileSystemFileHandle): Promise<ByteSource> {
  const file = await handle.getFile();
  return {byteLength: file.size, read: (begin, end) => bytesOf(file, begin, end)};
}

const bytesOf = async (blob: Blob, begin: number, end: number) => new Uint8Array(await blob.slice(begin, end).arrayBuffer());
