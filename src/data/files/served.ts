/** A folder at an address as a set of files. The list of its files is `files.json` in it, which Diagonal's own server writes for every folder that it serves beside the site. */
import {parseJson} from "../../json.ts";
import {limits} from "../../limits.ts";
import {unsafePath} from "./files.ts";
import {readAtMost, textAtMost} from "./read-at-most.ts";
import type {FileEntry, Files} from "./files.ts";

/** The list's name in its folder: a JSON array of {path, size}. */
export const listName = "files.json";

/**
 * @throws Error naming the folder where it has no list, or one that is no list of files.
 */
export async function servedFiles(address: string, {name = address, signal, fetch: get = fetch}: {name?: string; signal?: AbortSignal; fetch?: typeof fetch} = {}): Promise<Files> {
  const folder = address.replace(/\/*$/, "/");
  const response = await get(folder + listName, {signal});
  if (!response.ok) throw new Error(`${name} could not be read (${response.status}): expected a folder, with a list of its files in ${listName}, as npm start and npm run render make it, or else a zip or tar`);
  const where = `${name}/${listName}`;
  const entries = checked(parseJson(await textAtMost(response.body ?? new Blob([]).stream(), limits.textBytes, where), {name: where}), where);
  const known = new Set(entries.map(({path}) => path));
  return {
    name: name.replace(/\/*$/, ""),
    entries,
    problems: [],
    async read(path) {
      if (!known.has(path)) throw new Error("is not in the folder");
      const file = await get(folder + path.split("/").map(encodeURIComponent).join("/"), {signal});
      if (!file.ok) throw new Error(`could not be read (${file.status})`);
      return readAtMost(file.body ?? new Blob([]).stream(), limits.fileBytes, path);
    },
    close: async () => {}
  };
}

function checked(list: unknown, where: string): FileEntry[] {
  const isEntry = (entry: unknown): entry is FileEntry => typeof (entry as FileEntry)?.path === "string" && Number.isSafeInteger((entry as FileEntry).size) && (entry as FileEntry).size >= 0;
  if (!Array.isArray(list) || !list.every(isEntry)) throw new Error(`${where} is no list of files: expected a JSON array of {path, size}`);
  const refused = list.find(({path}) => unsafePath(path));
  if (refused) throw new Error(`${where}: "${refused.path}" ${unsafePath(refused.path)}`);
  return list.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
