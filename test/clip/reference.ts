/** Where the reference numbers lie, for tests that skip where they are absent. */
import {existsSync} from "node:fs";
import {join} from "node:path";

export const sharedFolder = process.env.DIAGONAL_SHARED ?? "../shared";

/** The path of a reference file, and whether it is there. */
export function referenceFile(name: string): {path: string; missing: boolean} {
  const path = join(sharedFolder, "reference", name);
  const missing = !existsSync(path);
  if (missing) console.warn(`skipped: ${path} is not there (DIAGONAL_SHARED names the folder of reference data)`);
  return {path, missing};
}
