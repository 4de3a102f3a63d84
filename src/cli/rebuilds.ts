/**
 * The site as `npm start` serves it: built once, and again after changes, each time into a folder of its own, so that nobody is ever served half a build.
 * The building is done by a process of its own (build.mjs): this one goes on answering.
 */
import {fork, type ChildProcess} from "node:child_process";
import {createHash} from "node:crypto";
import {existsSync, readdirSync, rmSync} from "node:fs";
import {rm} from "node:fs/promises";
import {join} from "node:path";
import {changedPaths, followFiles, scanFiles} from "./follow-files.ts";
import type {SiteNews} from "./page-stream.ts";

/** What the builder answers: a hash for each file of the site, and why the code is still that of an earlier build. */
interface Built {
  hashes?: Record<string, string>;
  failure?: string;
}

export interface RebuildOptions {
  /** Said on the terminal. */
  log(line: string): void;
  onState(news: SiteNews): void;
  onContent(paths: string[]): void;
}

export interface Rebuilds {
  /** The folder of the last good build. */
  folder(): string;
  news(): SiteNews;
  /** Resolves when what is on the disk now is served. */
  settled(): Promise<void>;
  close(): void;
}

const places = ["notebooks", "widgets", "src", "build.mjs"];
const scan = () => scanFiles(places, [join("src", "kernels", "build")]);

/** Read again without bundling anything. */
const isContent = (path: string) => /^notebooks\/(?!site\/)|^notebooks\/site\/(pictures|checkpoints)\//.test(path.replaceAll("\\", "/"));
/** What this process and its builder were started from. */
const isOurOwn = (path: string) => path === "build.mjs" || (/^src[\\/]cli[\\/]/.test(path) && !path.includes("bench"));

/** Paths of the site that pages take in without loading themselves again. */
const isTakenIn = (path: string) => /^(notebooks|pictures)\//.test(path);

/** Builds the site and follows changes of its files. Rejects with the bundler's words where the first build fails. */
export async function keepBuilt({log, onState, onContent}: RebuildOptions): Promise<Rebuilds> {
  const home = join(".cache", `start-${process.pid}`);
  sweep();
  process.on("exit", () => rmSync(home, {recursive: true, force: true}));
  const builder = startBuilder();
  let number = 0;
  const folderOf = (n: number) => join(home, String(n));
  const before = scan();
  const first = await builder.build({folder: folderOf(0), anew: true});
  if (!first.hashes) throw new Error(first.failure);
  let hashes = first.hashes;
  let news: SiteNews = {version: versionOf(hashes)};
  /** Whether the code has changed since it was last built well. */
  let isBehind = false;

  const following = followFiles({
    scan,
    before,
    async onChange(paths) {
      const own = paths.filter(isOurOwn);
      if (own.length > 0) log(`${own.join(", ")} changed; npm start takes ${own.length > 1 ? "them" : "it"} up when it is started again.`);
      isBehind ||= paths.some((path) => !isContent(path) && !isOurOwn(path));
      const next = folderOf(number + 1);
      const seen = scan();
      const built = await builder.build({folder: next, anew: isBehind});
      isBehind = built.failure !== undefined;
      if (built.hashes) take(built.hashes);
      // What fails while files are still being written is tried again at once, and not told.
      if (!built.failure || changedPaths(seen, scan()).length === 0) say(built.failure);
    }
  });

  function take(newer: Record<string, string>) {
    const content = Object.keys({...hashes, ...newer}).filter((path) => isTakenIn(path) && hashes[path] !== newer[path]);
    hashes = newer;
    number++;
    // The one before is kept: an answer may be about to open one of its files.
    if (number > 1) void rm(folderOf(number - 2), {recursive: true, force: true});
    if (content.length > 0) onContent(content);
  }

  function say(failure: string | undefined) {
    const version = versionOf(hashes);
    if (failure && failure !== news.failure) log(`The site could not be built; the last build that could be is served.\n${failure}`);
    if (!failure && news.failure) log("The site is built again.");
    if (version === news.version && failure === news.failure) return;
    news = {version, failure};
    onState(news);
  }

  return {
    folder: () => folderOf(number),
    news: () => news,
    settled: () => following.settled(),
    close() {
      following.stop();
      builder.close();
    }
  };
}

/** Tells code apart: pages made of other code load themselves again. */
function versionOf(hashes: Record<string, string>): string {
  const code = Object.entries(hashes).filter(([path]) => !isTakenIn(path) && !path.endsWith(".map")).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(code)).digest("hex").slice(0, 16);
}

/** The process that builds; one that ended, whatever ended it, is started again for the next build. */
function startBuilder() {
  let child: ChildProcess | undefined;
  return {
    build: (request: {folder: string; anew: boolean}) =>
      new Promise<Built>((resolve) => {
        const isNew = child === undefined;
        const builder = (child ??= fork("build.mjs", ["builder"]));
        const ended = (code: number | null) => {
          child = undefined;
          resolve({failure: `The process that builds the site ended by itself (${code ?? "by a signal"}).`});
        };
        builder.once("exit", ended);
        builder.once("message", (built: Built) => {
          builder.off("exit", ended);
          resolve(built);
        });
        // A new one knows no earlier code.
        builder.send({...request, anew: request.anew || isNew});
      }),
    close: () => child?.kill()
  };
}

/** Removes what servers left that were ended by force. */
function sweep() {
  for (const name of existsSync(".cache") ? readdirSync(".cache") : []) {
    const pid = Number(/^start-(\d+)$/.exec(name)?.[1]);
    if (pid && !isAlive(pid)) rmSync(join(".cache", name), {recursive: true, force: true});
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
