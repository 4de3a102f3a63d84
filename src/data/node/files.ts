/** Opens a folder, a zip, a tar or a folder of tars on disk as one set of files. */
import {open, readdir, readFile, stat} from "node:fs/promises";
import {basename, join, relative, sep} from "node:path";
import {limits, past} from "../../limits.ts";
import {openArchive} from "../files/archive.ts";
import type {Bytes, Files} from "../files/files.ts";
import {joinFiles} from "../files/files.ts";

/** Opens what lies at `path`. Throws an Error naming it when there is nothing, or nothing of a known kind. */
export async function openFiles(path: string): Promise<Files> {
  const stats = await stat(path).catch(() => {
    throw new Error(`${path} does not exist: expected a folder of images, a zip, a tar, or a folder of tar shards`);
  });
  if (!stats.isDirectory()) return openArchiveFile(path);
  const files = await openFolder(path);
  const shards = files.entries.filter((entry) => /\.tar(\.gz)?$/.test(entry.path) && !entry.path.includes("/"));
  if (shards.length === 0 || files.entries.some((entry) => /\.(jpe?g|png)$/i.test(entry.path))) return files;
  return joinFiles(basename(path), await Promise.all(shards.map((shard) => openArchiveFile(join(path, shard.path)))));
}

async function openFolder(path: string): Promise<Files> {
  const found = await readdir(path, {recursive: true, withFileTypes: true});
  const paths = found.filter((entry) => !entry.isDirectory()).map((entry) => relative(path, join(entry.parentPath, entry.name)).split(sep).join("/"));
  paths.sort();
  const entries = [];
  for (const file of paths) {
    // A broken link has no size and is no file.
    const stats = await stat(join(path, file)).catch(() => undefined);
    if (stats?.isFile()) entries.push({path: file, size: stats.size});
  }
  return {name: basename(path), entries, problems: [], read: (file) => readWhole(join(path, file)), close: async () => {}};
}

async function readWhole(path: string): Promise<Uint8Array> {
  const tooLarge = past(limits.fileBytes, (await stat(path)).size);
  if (tooLarge) throw new Error(tooLarge);
  return new Uint8Array(await readFile(path));
}

async function openArchiveFile(path: string): Promise<Files> {
  const handle = await open(path);
  const bytes: Bytes = {
    name: basename(path),
    size: (await handle.stat()).size,
    async read(start, end) {
      const buffer = new Uint8Array(Math.max(Math.min(end, this.size) - start, 0));
      const {bytesRead} = await handle.read(buffer, 0, buffer.length, start);
      return buffer.subarray(0, bytesRead);
    }
  };
  try {
    const files = await openArchive(bytes);
    return {...files, close: async () => (await files.close(), handle.close())};
  } catch (error) {
    await handle.close();
    throw error;
  }
}
