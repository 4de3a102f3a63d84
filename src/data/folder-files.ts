/** Small files in folders of the private file system: names, and JSON. */

/** Any name, as the name of a folder. */
export const folderName = (name: string) => encodeURIComponent(name).replaceAll(".", "%2E");

/** A file of JSON; undefined where there is none, or one that is broken. */
export async function readJson<T>(folder: FileSystemDirectoryHandle, name: string): Promise<T | undefined> {
  try {
    return JSON.parse(await (await (await folder.getFileHandle(name)).getFile()).text()) as T;
  } catch {
    return undefined;
  }
}

/** Writes a value as a file of JSON, over what was there. In a worker at once; where synchronous handles are missing, as a stream. */
export async function writeJson(folder: FileSystemDirectoryHandle, name: string, value: unknown): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const handle = await folder.getFileHandle(name, {create: true});
  if ("createSyncAccessHandle" in handle) {
    const access = await handle.createSyncAccessHandle();
    access.truncate(0);
    access.write(bytes, {at: 0});
    access.close();
  } else {
    const stream = await (handle as FileSystemFileHandle).createWritable();
    await stream.write(bytes);
    await stream.close();
  }
}
