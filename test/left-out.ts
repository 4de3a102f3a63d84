/** Leaves tests out where this machine lacks what they need. The reason stands in the run's last lines (closing-line.ts). */
import {existsSync} from "node:fs";
import {join} from "node:path";
import type {TestOptions} from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** Why the test was left out: a sentence's rest after "left out: ". */
    reason?: string;
  }
}

/** The folder of reference data, which is no part of this repository. */
export const sharedFolder = process.env.DIAGONAL_SHARED ?? "../shared";

/** Options of a test or a `describe`, which is left out where a reason is given. */
export function leftOut(reason: string | undefined): Pick<TestOptions, "skip" | "meta"> {
  return reason === undefined ? {} : {skip: true, meta: {reason}};
}

/** Options of a test or a `describe` that reads files of the reference data; left out where one of them is absent. */
export function needsShared(...paths: string[]): Pick<TestOptions, "skip" | "meta"> {
  const absent = paths.map((path) => join(sharedFolder, path)).find((path) => !existsSync(path));
  return leftOut(absent && `${absent} is not there (DIAGONAL_SHARED names the folder of reference data)`);
}
