/**
 * One try at keeping one thing: a folder of its own, `KEY.NUMBER`, that begins with begun.json and is whole once kept.json, written last, names every file with its
 * length and carries its own hash as a closing mark. It is never written over: another try has another number.
 */
import {StorageError} from "./errors.ts";
import type {ByteSource, Folder, FileWriter} from "./folder.ts";
import {hashOf} from "./names.ts";

const openingMark = "begun.json";
const closingMark = "kept.json";

/** What kept.json says. */
export interface Manifest {
  name: string;
  /** The line of the list: whatever this kind of thing tells about itself. */
  about: unknown;
  /** Bytes of every file. */
  files: Record<string, number>;
}

/** How a folder was found. "half": begun, and never finished; `name` is absent where not even that was written. "damaged": finished, and not as it was finished. */
export type Found = {state: "half"; name?: string; bytes: number} | {state: "whole"; manifest: Manifest} | {state: "damaged"; manifest: Manifest; what: string};

/** The folder of a try; undefined for another entry's name. */
export function entryParts(entry: string): {key: string; number: number} | undefined {
  const [, key, number] = /^([0-9a-f]{32})\.([0-9]{1,15})$/.exec(entry) ?? [];
  return key === undefined ? undefined : {key, number: Number(number)};
}

export const entryOf = (key: string, number: number) => `${key}.${number}`;

/** Looks at a folder's marks and the lengths of its files; reads no more of them. */
export async function findOut(folder: Folder): Promise<Found> {
  const manifest = await readManifest(folder);
  if (!manifest) return {state: "half", name: (await readJson<{name?: string}>(folder, openingMark))?.name, bytes: await bytesIn(folder)};
  for (const [path, bytes] of Object.entries(manifest.files)) {
    const there = (await folder.file(path))?.byteLength;
    if (there !== bytes) return {state: "damaged", manifest, what: there === undefined ? `${path} is missing` : `${path} has ${there.toLocaleString("en")} of ${bytes.toLocaleString("en")} bytes`};
  }
  return {state: "whole", manifest};
}

/** Writes the opening mark. */
export const open = (folder: Folder, name: string) => writeJson(folder, openingMark, {name});

/** Writes the closing mark, after all files, and reads it back. Throws where what is there is not what was written. */
export async function close(folder: Folder, manifest: Manifest): Promise<void> {
  for (const [path, bytes] of Object.entries(manifest.files)) {
    const there = (await folder.file(path))?.byteLength;
    if (there !== bytes) throw new StorageError(`${path} was written with ${bytes} bytes, and ${there ?? "none"} are there. Try again, or free space on the disk.`);
  }
  await writeJson(folder, closingMark, {...manifest, mark: markOf(manifest)});
  if (!(await readManifest(folder))) throw new StorageError("The list of what was written is not there as it was written. Try again, or free space on the disk.");
}

/** Removes a try: first its name, so that a half that stays is nobody's, then the mark that made it whole, then the rest. */
export async function removeTry(shelf: Folder, entry: string): Promise<void> {
  const folder = await shelf.folder(entry);
  await folder?.remove(openingMark);
  await folder?.remove(closingMark);
  await shelf.remove(entry);
}

/** A small file of JSON; undefined where there is none, or one that is broken. */
export async function readJson<T>(folder: Pick<Folder, "file">, path: string): Promise<T | undefined> {
  const file = await folder.file(path);
  return file && parsed<T>(file);
}

async function parsed<T>(file: ByteSource): Promise<T | undefined> {
  const bytes = await file.read(0, file.byteLength);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch {
    return undefined;
  }
}

/** Writes a value as a file of JSON, over what was there. */
export async function writeJson(folder: Folder, path: string, value: unknown): Promise<void> {
  const writer = await folder.writer(path);
  try {
    await writeAll(writer, new TextEncoder().encode(JSON.stringify(value)));
  } finally {
    await writer.close();
  }
}

/** The whole of a file. */
export async function writeAll(writer: FileWriter, bytes: Uint8Array): Promise<void> {
  await writer.truncate(0);
  await writer.write(bytes, 0);
}

async function readManifest(folder: Folder): Promise<Manifest | undefined> {
  const read = await readJson<Manifest & {mark?: string}>(folder, closingMark);
  if (typeof read !== "object" || read === null) return undefined;
  const {mark, ...manifest} = read;
  return mark === markOf(manifest) ? manifest : undefined;
}

const markOf = ({name, about, files}: Manifest) => hashOf(JSON.stringify([name, about, files]));

async function bytesIn(folder: Folder): Promise<number> {
  let bytes = 0;
  for (const {name, kind} of await folder.entries()) if (kind === "file") bytes += (await folder.file(name))?.byteLength ?? 0;
  return bytes;
}

/** The files of a try beside its marks. */
export async function fileNames(folder: Folder): Promise<string[]> {
  return (await folder.entries()).filter(({name, kind}) => kind === "file" && name !== openingMark && name !== closingMark).map(({name}) => name);
}
