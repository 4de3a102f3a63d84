/**
 * Tells of changed files by looking at all of them again and again. The system's own watchers are quicker, but the recursive one of Node 20 misses files of
 * new folders and throws where folders go away; a scan of some 600 files takes about ten milliseconds, and what it sees last is what is there.
 */
import {readdirSync, statSync} from "node:fs";
import {join} from "node:path";

/** Path -> what differs as soon as the file was written to, or is another one. */
export type Scan = Map<string, string>;

/** Every file at or below `places` and no hidden one; `leftOut` names folders that are passed over. What goes away meanwhile is not there. */
export function scanFiles(places: readonly string[], leftOut: readonly string[] = []): Scan {
  const found: Scan = new Map();
  const look = (path: string) => {
    try {
      const info = statSync(path);
      if (!info.isDirectory()) return void found.set(path, `${info.size} ${info.mtimeMs} ${info.ctimeMs} ${info.ino}`);
      for (const name of readdirSync(path)) if (!name.startsWith(".") && !leftOut.includes(join(path, name))) look(join(path, name));
    } catch {
      // It went away between being listed and being looked at, or is a link to nothing.
    }
  };
  places.forEach(look);
  return found;
}

/** Paths that came, went or were written to between two scans, in order. */
export function changedPaths(before: Scan, after: Scan): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).sort();
}

export interface FollowOptions {
  scan(): Scan;
  /** How things stood when what is served was made. */
  before: Scan;
  /** Is waited for: it is never called twice at a time. What changes meanwhile is told afterwards, all at once. An error ends nothing; say it there. */
  onChange(paths: string[]): Promise<void>;
  /** Between two scans, in milliseconds. */
  everyMs?: number;
  /** Changes are told when for so long nothing more has changed, or after `mostMs`. */
  restMs?: number;
  mostMs?: number;
}

export interface Following {
  /** Resolves when everything that is on the disk now was told, and what `onChange` made of it is done. */
  settled(): Promise<void>;
  stop(): void;
}

/** Follows files until it is stopped. */
export function followFiles({scan, before, onChange, everyMs = 500, restMs = 100, mostMs = 1000}: FollowOptions): Following {
  let isStopped = false;
  let asked: (() => void)[] = [];
  let wake = () => {};
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => (clearTimeout(timer), resolve());
    });

  /** The files as they are once they rest, or have changed for long enough. */
  async function atRest(): Promise<Scan> {
    const began = performance.now();
    let now = scan();
    if (changedPaths(before, now).length === 0) return now;
    for (let last: Scan | undefined; last === undefined || (changedPaths(last, now).length > 0 && performance.now() - began < mostMs); ) {
      last = now;
      await new Promise((after) => setTimeout(after, restMs));
      now = scan();
    }
    return now;
  }

  async function follow() {
    while (!isStopped) {
      const answered = asked;
      asked = [];
      const now = await atRest();
      const paths = changedPaths(before, now);
      before = now;
      if (paths.length > 0) await onChange(paths).catch(() => {});
      answered.forEach((answer) => answer());
      if (asked.length === 0 && !isStopped) await pause(everyMs);
    }
    asked.forEach((answer) => answer());
  }

  void follow();
  return {
    settled: () =>
      new Promise((resolve) => {
        if (isStopped) return resolve();
        asked.push(resolve);
        wake();
      }),
    stop: () => {
      isStopped = true;
      wake();
    }
  };
}
