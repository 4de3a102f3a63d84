/**
 * A worker that keeps a set, and can be stopped dead right before any operation on the private file system: there it tells so and spins, until its page or the worker
 * itself is killed. Not part of the site.
 */
import {sweepAll} from "../../../notebooks/site/sweep-all.ts";
import {openStorage} from "../../../src/data/storage.ts";

const [count, sizePx] = [12, 8];
const name = "mine";
let operations = 0;
let stopAt = Infinity;

function before(): void {
  if (++operations !== stopAt) return;
  postMessage("stopped");
  for (;;);
}

/** Whatever changes something counts. */
for (const [prototype, methods] of [
  [FileSystemSyncAccessHandle.prototype, ["write", "truncate", "flush", "close"]],
  [FileSystemDirectoryHandle.prototype, ["removeEntry", "getDirectoryHandle", "getFileHandle"]],
  [FileSystemFileHandle.prototype, ["createSyncAccessHandle"]]
] as unknown as [Record<string, (...args: unknown[]) => unknown>, string[]][]) {
  for (const method of methods) {
    const own = prototype[method];
    prototype[method] = function (...args) {
      before();
      return own.apply(this, args);
    };
  }
}

/** A set of one version: every pixel and word tells it. */
async function keep(version: number): Promise<void> {
  const writer = await (await openStorage()).create(name, {sizePx, images: count});
  const rows = Array.from({length: count}, (_, row) => row);
  for (const row of rows) await writer.write(row, new Uint8Array(sizePx * sizePx * 3).fill(version));
  await writer.finish({ids: rows.map(String), captions: rows.map(() => [`version ${version}`]), splits: rows.map(() => "train"), problems: []}, Int32Array.from(rows));
}

/** The version that is whole; -1 where what is there is none. */
async function read(): Promise<number> {
  const set = await (await openStorage()).open(name);
  if (!set) return -1;
  const pixels = await set.read(0, count);
  const version = pixels[0];
  const isWhole = pixels.length === count * sizePx * sizePx * 3 && pixels.every((value) => value === version) && set.index.captions.every(([caption]) => caption === `version ${version}`);
  return isWhole ? version : -1;
}

async function paths(folder: FileSystemDirectoryHandle, under = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const [name, handle] of folder.entries()) found.push(...(handle.kind === "file" ? [under + name] : await paths(handle as FileSystemDirectoryHandle, `${under}${name}/`)));
  return found;
}

addEventListener("message", async ({data}: MessageEvent<{keep?: number; stopAt?: number; ask?: "read" | "sweep" | "operations" | "paths"}>) => {
  try {
    if (data.stopAt !== undefined) [operations, stopAt] = [0, data.stopAt];
    if (data.keep !== undefined) await keep(data.keep);
    if (data.ask === "read") postMessage(await read());
    else if (data.ask === "sweep") postMessage(await sweepAll());
    else if (data.ask === "paths") postMessage(await paths(await navigator.storage.getDirectory()));
    else postMessage(operations);
  } catch (error) {
    postMessage(`${(error as Error).name}: ${(error as Error).message}`);
  }
});
