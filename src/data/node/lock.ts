/** A lock file: one program at a time works on a place. It tells who has it; one whose program is gone is taken over. */
import {createHash, randomUUID} from "node:crypto";
import {link, readFile, rename, unlink, writeFile} from "node:fs/promises";
import {hostname} from "node:os";

interface Holder {
  format: "diagonal-lock";
  pid: number;
  host: string;
  since: string;
  /** Tells one lock of a program from another. */
  token: string;
}

export interface Lock {
  /** Rejects where another program has taken the lock meanwhile, which it may only after this one seemed to be gone. */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** The locks of this very program: a number of a process says little, as a container gives the same one at every start. */
const held = new Set<string>();

/**
 * Takes the lock at `path`, for work on `what`.
 * @throws Error saying which program has it and what to do, or that a file lies there that is no lock.
 */
export async function takeLock(path: string, what: string): Promise<Lock> {
  const own: Holder = {format: "diagonal-lock", pid: process.pid, host: hostname(), since: new Date().toISOString(), token: randomUUID()};
  held.add(own.token);
  try {
    while (!(await create(path, own))) {
      const text = await readFile(path, "utf8").catch(() => undefined);
      if (text === undefined) continue; // released meanwhile
      const holder = readHolder(text);
      if (!holder) throw new Error(`${path} is no lock of Diagonal's, and its name is needed: rename it, or choose another place`);
      if (isAlive(holder)) throw new Error(heldBy(holder, what, path));
      if (await takeOver(path, text, {own, what})) break;
    }
  } catch (error) {
    held.delete(own.token);
    throw error;
  }
  const isOurs = async () => readHolder(await readFile(path, "utf8").catch(() => ""))?.token === own.token;
  return {
    async check() {
      if (!(await isOurs())) throw new Error(`${path} was taken away while ${what} was being written: nothing was put in its place. Start again when no other program writes there`);
    },
    async release() {
      held.delete(own.token);
      if (await isOurs()) await unlink(path);
    }
  };
}

/** Makes the file whole or not at all; false where there is one. */
async function create(path: string, holder: Holder): Promise<boolean> {
  const beside = `${path}.${holder.token}`;
  await writeFile(beside, JSON.stringify(holder), {flag: "wx"});
  try {
    await link(beside, path);
    return true;
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(code ?? "")) throw error;
    // A disk without hard links, such as a memory stick: a reader may meet the file while it is written.
    return writeFile(path, JSON.stringify(holder), {flag: "wx"}).then(() => true, () => false);
  } finally {
    await unlink(beside);
  }
}

function readHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder | null;
    return holder?.format === "diagonal-lock" && Number.isInteger(holder.pid) && holder.pid > 0 ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a lock's program still runs. Of another machine that cannot be told, so it does. */
function isAlive({pid, host, token}: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return held.has(token);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const heldBy = ({pid, host, since}: Holder, what: string, path: string) =>
  `${what} is being written by another program (process ${pid}${host === hostname() ? "" : ` on ${host}`}, since ${since}): wait until it is done or end it. If there is no such program, delete ${path}`;

/** Puts our lock in the place of one that was left behind; false where another program has done so first. Of several that try, the one that makes the claim does it. */
async function takeOver(path: string, text: string, {own, what}: {own: Holder; what: string}): Promise<boolean> {
  const claim = `${path}.${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
  if (!(await create(claim, own))) throw new Error(heldBy(readHolder(await readFile(claim, "utf8").catch(() => "")) ?? own, what, `${path} and ${claim}`));
  try {
    if ((await readFile(path, "utf8").catch(() => undefined)) !== text) return false;
    const beside = `${path}.${own.token}`;
    await writeFile(beside, JSON.stringify(own), {flag: "wx"});
    await rename(beside, path);
    return true;
  } finally {
    await unlink(claim);
  }
}
