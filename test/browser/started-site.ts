/** `npm start` itself, on a copy of what the site is made of: tests change its files as they like. */
import {spawn} from "node:child_process";
import {cp, mkdtemp, rm, symlink} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join, resolve} from "node:path";

export interface StartedSite {
  /** The copy's folder. */
  folder: string;
  url: string;
  /** What was said on the terminal so far. */
  said(): string;
  /** Whether the server is still there. */
  isAlive(): boolean;
  close(): Promise<void>;
}

/** Copies, starts, and waits until the address is printed. */
export async function startSite(): Promise<StartedSite> {
  const folder = await mkdtemp(join(tmpdir(), "diagonal-start-"));
  for (const name of ["build.mjs", "package.json", "notebooks", "src", "widgets"]) await cp(name, join(folder, name), {recursive: true});
  await symlink(resolve("node_modules"), join(folder, "node_modules"));
  const child = spawn(process.execPath, ["build.mjs", "serve"], {cwd: folder, env: {...process.env, PORT: "0"}, stdio: ["ignore", "pipe", "pipe"]});
  let said = "";
  let hear = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes) => {
      said += bytes;
      hear();
    });
  }
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  const close = async () => {
    if (isAlive()) child.kill();
    await ended;
    await rm(folder, {recursive: true, force: true});
  };
  const address = () => /Diagonal is at (\S+)/.exec(said)?.[1];
  const printed = new Promise<void>((resolve) => (hear = () => address() && resolve()));
  await Promise.race([printed, ended]);
  const url = address();
  if (!url) {
    await close();
    throw new Error(`npm start ended before it served anything: ${said}`);
  }
  return {folder, url, said: () => said, isAlive, close};
}

/** The latest `state` and every path that `content` named, as a page hears them. */
export async function listen(url: string): Promise<{state(): {version: string; failure?: string} | undefined; content(): string[]; close(): void}> {
  const ending = new AbortController();
  const response = await fetch(`${url}live-reload`, {signal: ending.signal});
  let text = "";
  const read = async () => {
    for await (const bytes of response.body!) text += new TextDecoder().decode(bytes);
  };
  void read().catch(() => {});
  const events = (name: string) => [...text.matchAll(new RegExp(`event: ${name}\ndata: (.*)\n\n`, "g"))].map(([, data]) => JSON.parse(data));
  return {state: () => events("state").at(-1), content: () => events("content").flat(), close: () => ending.abort()};
}
