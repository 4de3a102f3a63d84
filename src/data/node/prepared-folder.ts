/**
 * The folder of a prepared set: what marks it as ours, where it is built, and how it takes its place. Nothing is deleted but files that the set's own
 * index lists, in a folder that holds nothing else.
 */
import {randomUUID} from "node:crypto";
import {lstat, mkdir, readdir, readFile, rename, rmdir, stat, unlink, writeFile} from "node:fs/promises";
import {basename, dirname, join} from "node:path";
import type {DatasetIndex} from "../shards.ts";

/** In a finished set, and in one that is being built. */
export const markName = ".prepared.json";

export interface Mark {
  /** Of the job: see `fingerprintOf` in prepare.ts. */
  fingerprint: string;
  /** Of the images' bytes, one a shard; absent while the set is being built. */
  contents?: string[];
}

const sha256 = /^[0-9a-f]{64}$/;

/** A folder's mark; undefined where it has none of ours. */
export async function readMark(folder: string): Promise<Mark | undefined> {
  const mark = await readJson<Mark>(join(folder, markName));
  return typeof mark?.fingerprint === "string" && sha256.test(mark.fingerprint) ? mark : undefined;
}

/** The index of a finished set that holds every shard in its size; undefined where there is none. */
export async function wholeIndex(folder: string): Promise<DatasetIndex | undefined> {
  const index = await readSetIndex(folder);
  const sizes = await Promise.all(index?.shards.map(({file}) => sizeOf(join(folder, file))) ?? []);
  return index?.shards.every((shard, i) => sizes[i] === shard.bytes) ? index : undefined;
}

async function readSetIndex(folder: string): Promise<DatasetIndex | undefined> {
  const index = await readJson<DatasetIndex>(join(folder, "dataset.json"));
  // A shard lies in the folder itself.
  const isShard = (shard: unknown) => /^(train|val|test)-\d{6}\.tar$/.test((shard as {file?: string} | null)?.file ?? "");
  return index?.format === "diagonal-shards" && Array.isArray(index.shards) && index.shards.every(isShard) ? index : undefined;
}

/**
 * What a set may replace at `out`: nothing (an empty folder, or none), or a set that we prepared and nothing else.
 * @throws Error naming what is there and what to do, before anything is touched.
 */
export async function replaceable(out: string): Promise<"nothing" | "set"> {
  const names = await readdir(out).catch(async (error: NodeJS.ErrnoException): Promise<string[]> => {
    if (error.code === "ENOTDIR") throw new Error(`${out} is a file: --out must be a folder, new or of an earlier set`);
    if (error.code !== "ENOENT") throw error;
    if (await lstat(out).catch(() => undefined)) throw new Error(`${out} is a link that leads nowhere: --out must be a folder, new or of an earlier set`);
    return [];
  });
  if (names.length === 0) return "nothing";
  const strange = await strangersIn(out, names);
  if (strange === undefined) throw new Error(`${out} holds ${files(names.length)} and no prepared data set: choose another --out, it would be replaced`);
  if (strange.length > 0) throw new Error(`${out} holds a prepared set and ${files(strange.length)} that prepare-data did not write there (${strange.slice(0, 3).map((name) => `"${name}"`).join(", ")}): move them away or choose another --out, the folder would be replaced`);
  return "set";
}

/** The names in a folder that its set's index does not list, or that are no plain files; undefined where it holds no set of ours. */
async function strangersIn(folder: string, names: string[]): Promise<string[] | undefined> {
  const [mark, index] = await Promise.all([readMark(folder), readSetIndex(folder)]);
  if (!mark || !index) return;
  const own = new Set(filesOf(index));
  const stats = await Promise.all(names.map((name) => lstat(join(folder, name))));
  return names.filter((name, i) => !own.has(name) || !stats[i].isFile());
}

const filesOf = ({shards}: DatasetIndex) => [markName, "dataset.json", "problems.json", ...shards.map(({file}) => file)];

/**
 * The folder in which a set for `out` is built, with the fingerprint of the job in its name; what an earlier run of the same job left there stays.
 * @throws Error where a folder of that name was not begun by us.
 */
export async function workingFolder(out: string, fingerprint: string): Promise<string> {
  const folder = `${out}.partial-${fingerprint.slice(0, 16)}`;
  const mark = await readMark(folder);
  if (mark?.fingerprint === fingerprint) return folder;
  const names = await mkdir(folder, {recursive: true}).then(() => readdir(folder), (error: NodeJS.ErrnoException) => {
    throw error.code === "EEXIST" ? new Error(`${folder} is a file, and its name is needed for the unfinished set: move it away`) : error;
  });
  if (names.length > 0) throw new Error(`${folder} holds ${files(names.length)} that prepare-data did not write, and its name is needed for the unfinished set: move it away`);
  await writeJson(join(folder, markName), {fingerprint} satisfies Mark);
  return folder;
}

/** Folders beside `out` that earlier runs left behind: unfinished sets of other jobs, and replaced ones whose deletion was cut short. Nobody deletes them unasked. */
export async function leftovers(out: string): Promise<string[]> {
  const pattern = /\.(partial-[0-9a-f]{16}|old-[0-9a-f-]{36})$/;
  const names = (await readdir(dirname(out))).filter((name) => name.startsWith(`${basename(out)}.`) && pattern.test(name));
  const marks = await Promise.all(names.map((name) => readMark(join(dirname(out), name))));
  return names.filter((_, i) => marks[i]).map((name) => join(dirname(out), name)).sort();
}

/** Puts `partial` in the place of `out`, of which `replaceable` was true. For an instant there is neither, never a mixture. */
export async function swapIn(partial: string, out: string): Promise<{replaced: boolean}> {
  if ((await replaceable(out)) === "nothing") {
    await rmdir(out).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    await rename(partial, out);
    return {replaced: false};
  }
  const old = `${out}.old-${randomUUID()}`;
  await rename(out, old);
  await rename(partial, out);
  const index = await readSetIndex(old);
  // The mark goes last: until then the rest is known for ours.
  if (index) for (const name of filesOf(index).reverse()) await unlink(join(old, name)).catch(() => {});
  // What somebody put there in the meantime stays, and so does the folder.
  await rmdir(old).catch(() => {});
  return {replaced: true};
}

/** A file is there whole or not at all. It is written under the name `beside` first, which is nobody else's. */
export async function replaceFile(path: string, content: string | Uint8Array, beside = `${path}.tmp`): Promise<void> {
  try {
    await writeFile(beside, content);
    await rename(beside, path);
  } catch (error) {
    await unlink(beside).catch(() => {});
    throw error;
  }
}

/** One line for small values, several for what people read. */
export const writeJson = (path: string, value: unknown, indent = 0): Promise<void> => replaceFile(path, `${JSON.stringify(value, null, indent)}${indent ? "\n" : ""}`);

/** A file's JSON; undefined where there is none, or one that is broken. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch {
    return undefined;
  }
}

/** In bytes; -1 where there is no such file. */
export const sizeOf = (path: string): Promise<number> => stat(path).then((stats) => stats.size, () => -1);

const files = (count: number) => `${count} file${count === 1 ? "" : "s"}`;
