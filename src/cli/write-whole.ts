/** Writes a command's result so that it is there whole or not at all: beside its place first, and then into it. What was there before stays until then. */
import {randomUUID} from "node:crypto";
import {mkdir, rename, rm, writeFile} from "node:fs/promises";
import {dirname} from "node:path";

/** What the system says, in words, and what to do. */
const reasons: Record<string, string> = {
  ENOSPC: "the disk is full: free some space, or choose another place",
  EDQUOT: "your share of the disk is full: free some space, or choose another place",
  EFBIG: "files may not be so large there: choose another place",
  EACCES: "it may not be written there: choose another place",
  EPERM: "it may not be written there: choose another place",
  EROFS: "nothing can be written there: choose another place",
  ENOTDIR: "a part of its path is a file: choose another place",
  EEXIST: "a part of its path is a file: choose another place",
  EISDIR: "a folder of that name is there: choose another name",
  ENAMETOOLONG: "its name is too long: choose a shorter one"
};

/** Makes the folders above it, too. Throws an Error that names the file and says what to do; nothing of it is then left. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const beside = `${path}.${randomUUID()}.partial`;
  try {
    await mkdir(dirname(path), {recursive: true});
    await writeFile(beside, content);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, {force: true}).catch(() => {});
    const {code = ""} = error as NodeJS.ErrnoException;
    throw new Error(`${path} could not be written: ${Object.hasOwn(reasons, code) ? reasons[code] : `the system says ${code || "nothing more"}; choose another place`}`);
  }
}

/** Several, of which a failure costs no other; throws the first failure when all are done. */
export async function writeAllWhole(files: Record<string, string | Uint8Array>): Promise<void> {
  const results = await Promise.allSettled(Object.entries(files).map(([path, content]) => writeWhole(path, content)));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
