/** The files of a served folder, so that a page, which cannot look into folders, can read them one by one. */
import {readdir, stat} from "node:fs/promises";
import {join, relative, sep} from "node:path";

export interface ListedFile {
  /** From the folder, with "/" whatever the system. */
  path: string;
  size: number;
}

/** Every file in the folder and in those below, hidden ones and links left out, by path; undefined where there is no such folder. */
export async function listFiles(folder: string): Promise<ListedFile[] | undefined> {
  const found = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => undefined);
  if (!found) return;
  const paths = found.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  const shown = paths.filter((path) => !path.split("/").some((part) => part.startsWith("."))).sort();
  return Promise.all(shown.map(async (path) => ({path, size: (await stat(join(folder, path))).size})));
}
