/**
 * Files that a command writes into a folder that is not its own, and writes again the next time: only where there is none, or one that is still just as the
 * command left it. What was written stands in a list beside the files.
 */
import {createHash} from "node:crypto";
import {lstat, readFile} from "node:fs/promises";
import {join} from "node:path";
import {readJson} from "../data/node/prepared-folder.ts";
import {writeWhole} from "./write-whole.ts";

/** SHA-256 of each file as it was written, by name; two while it is replaced. */
type Written = Record<string, string[]>;

export interface WrittenFiles {
  /** Whole or not at all, and then noted in the list. */
  write(files: Record<string, string | Uint8Array>): Promise<void>;
}

/**
 * Looks at the files of these names in `folder`, which need not be there yet, before the work for them begins.
 * @throws Error naming those that somebody else wrote or changed, and what to do.
 */
export async function openWritten(folder: string, names: readonly string[], {list}: {list: string}): Promise<WrittenFiles> {
  const path = join(folder, list);
  const check = async () => {
    const written = (await readJson<Written>(path)) ?? {};
    const taken = await Promise.all(names.map(async (name) => (await isFree(join(folder, name), Object.hasOwn(written, name) ? written[name] : [])) ? [] : [name]));
    const foreign = taken.flat();
    if (foreign.length > 0) throw new Error(`${foreign.map((name) => join(folder, name)).join(", ")} ${foreign.length === 1 ? "was" : "were"} not written by this command, or changed since: choose another --out, or move ${foreign.length === 1 ? "it" : "them"} away`);
    return written;
  };
  await check();
  return {
    async write(files) {
      const before = await check();
      const now: Written = Object.fromEntries(Object.entries(files).map(([name, content]) => [name, [digest(content)]]));
      const both = Object.fromEntries(Object.entries(now).map(([name, [own]]) => [name, [own, ...(before[name] ?? [])]]));
      // Whatever a kill leaves of the old files and of the new, the list knows it.
      await writeWhole(path, JSON.stringify({...before, ...both}, null, 2));
      for (const [name, content] of Object.entries(files)) await writeWhole(join(folder, name), content);
      await writeWhole(path, JSON.stringify({...before, ...now}, null, 2));
    }
  };
}

async function isFree(path: string, written: readonly string[]): Promise<boolean> {
  const there = await lstat(path).catch(() => undefined);
  if (!there) return true;
  return there.isFile() && Array.isArray(written) && written.includes(digest(await readFile(path)));
}

const digest = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");
