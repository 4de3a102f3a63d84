/** What preparing a set does to folders that are there already, to images that were replaced, and to another program that prepares the same set. */
import {spawn, spawnSync} from "node:child_process";
import {mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile} from "node:fs/promises";
import {hostname, tmpdir} from "node:os";
import {join} from "node:path";
import sharp from "sharp";
import {afterAll, beforeAll, beforeEach, describe, expect, it} from "vitest";
import {readCaptions} from "../../src/data/captions/read.ts";
import {matchPairs} from "../../src/data/match.ts";
import {openFiles} from "../../src/data/node/files.ts";
import {prepare} from "../../src/data/node/prepare.ts";
import type {PrepareJob} from "../../src/data/node/prepare.ts";

const count = 12;
let root: string;
let folder: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), "diagonal-prepare-"))));
afterAll(() => rm(root, {recursive: true, force: true}));
beforeEach(async () => {
  folder = await mkdtemp(join(root, "case-"));
  await mkdir(join(folder, "images"));
  for (let i = 0; i < count; i++) await writeFile(join(folder, "images", `${i}.png`), await picture(20 * i));
});

/** Every grey makes a file of the same size. */
const picture = (grey: number) => sharp({create: {width: 8, height: 8, channels: 3, background: {r: grey, g: grey, b: grey}}}).png({compressionLevel: 0}).toBuffer();

async function jobFor(options: Partial<PrepareJob> = {}): Promise<PrepareJob> {
  const captions = Array.from({length: count}, (_, i) => `${i}.png#0\tPicture ${i} .`).join("\n");
  const files = await openFiles(join(folder, "images"));
  const {pairs, problems, splitsFrom} = matchPairs(files, readCaptions(captions, "captions.token"), {where: "captions.token"});
  return {out: join(folder, "set"), pairs, problems, read: files.read, source: {captions: "captions.token", form: "tokens", splitsFrom}, imagesPerShard: 4, ...options};
}

const stopAt = (images: number) => ({onProgress(done: number) {
  if (done === images) throw new Error("killed");
}});

/** Everything below the test's folder but the images, with its content. */
async function everything(): Promise<Record<string, string>> {
  const entries = (await readdir(folder, {recursive: true, withFileTypes: true})).filter((entry) => !entry.isDirectory() && !entry.parentPath.endsWith("/images"));
  return Object.fromEntries(await Promise.all(entries.map(async ({parentPath, name}) => [join(parentPath, name).slice(folder.length + 1), (await readFile(join(parentPath, name))).toString("base64")])));
}

const put = async (path: string, content = "precious") => {
  await mkdir(join(folder, path, ".."), {recursive: true});
  await writeFile(join(folder, path), content);
};

describe("folders that are there already", () => {
  it("leaves folders with names of its own kind alone, and everything in them", async () => {
    for (const path of ["set.old/a.txt", "set.partial/a.txt", "set.partial/.prepared.json", "set.tmp", "set.done/x"]) await put(path);
    const before = await everything();
    await prepare(await jobFor());
    await prepare(await jobFor({sizePx: 8}));
    expect(await everything()).toMatchObject(before);
    expect((await readdir(folder)).sort()).toEqual(["images", "set", "set.done", "set.old", "set.partial", "set.tmp"]);
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    ["somebody's project with a dataset.json", () => put("set/dataset.json", "{}"), /holds 1 file and no prepared data set: choose another --out/],
    ["a copy of an index alone", () => put("set/dataset.json", JSON.stringify({format: "diagonal-shards", version: 1, shards: []})), /no prepared data set/],
    ["an index that lists what lies elsewhere", async () => {
      await put("set/.prepared.json", JSON.stringify({fingerprint: "0".repeat(64)}));
      await put("set/dataset.json", JSON.stringify({format: "diagonal-shards", version: 1, shards: [{file: "../precious.txt", bytes: 8}]}));
      await put("precious.txt");
    }, /no prepared data set/],
    ["a set with a note beside it", async () => (await prepare(await jobFor({sizePx: 8})), put("set/notes.md")), /holds a prepared set and 1 file that prepare-data did not write there \("notes.md"\): move them away or choose another --out/],
    ["a set with a folder in it", async () => (await prepare(await jobFor({sizePx: 8})), put("set/more/x")), /did not write there \("more"\)/],
    ["a set of which a shard is a link", async () => {
      await prepare(await jobFor({sizePx: 8}));
      await put("elsewhere.tar");
      await rm(join(folder, "set/train-000000.tar"));
      await symlink(join(folder, "elsewhere.tar"), join(folder, "set/train-000000.tar"));
    }, /did not write there \("train-000000.tar"\)/],
    ["a file", () => put("set"), /set is a file: --out must be a folder/],
    ["a link that leads nowhere", () => symlink(join(folder, "nowhere"), join(folder, "set")), /is a link that leads nowhere/]
  ])("refuses %s, and touches nothing", async (_, make, said) => {
    await make();
    const names = await readdir(folder);
    const before = await everything().catch(() => ({}));
    await expect(jobFor().then(prepare)).rejects.toThrow(said);
    expect(await readdir(folder)).toEqual(names);
    expect(await everything().catch(() => ({}))).toEqual(before);
  });

  it("replaces what it prepared itself, says so, and leaves nothing beside it", async () => {
    expect(await prepare(await jobFor())).toMatchObject({already: false, replaced: false, leftovers: []});
    expect(await prepare(await jobFor({sizePx: 8}))).toMatchObject({already: false, replaced: true, leftovers: [], index: {sizePx: 8}});
    expect(await prepare(await jobFor({sizePx: 8}))).toMatchObject({already: true, replaced: false});
    expect((await readdir(folder)).sort()).toEqual(["images", "set"]);
  });

  it("leaves alone what was put into the old set while the new one was built", async () => {
    await prepare(await jobFor());
    const job = await jobFor({sizePx: 8});
    const slow = {...job, read: async (path: string) => (await put("set/notes.md"), job.read(path))};
    await expect(prepare(slow)).rejects.toThrow(/did not write there \("notes.md"\)/);
    expect(await readFile(join(folder, "set/notes.md"), "utf8")).toBe("precious");
    // What was built is not lost.
    await rm(join(folder, "set/notes.md"));
    expect(await prepare(job)).toMatchObject({replaced: true, leftovers: []});
  });

  it("takes the folder that a link leads to", async () => {
    await mkdir(join(folder, "real"));
    await symlink(join(folder, "real"), join(folder, "set"));
    await prepare(await jobFor());
    expect(await prepare(await jobFor({sizePx: 8}))).toMatchObject({replaced: true});
    expect(await readdir(join(folder, "real"))).toContain("dataset.json");
  });

  it("goes on in a folder with its mark alone, names what other jobs left, and refuses one that is somebody else's", async () => {
    await expect(jobFor(stopAt(9)).then(prepare)).rejects.toThrow("killed");
    const [partial] = (await readdir(folder)).filter((name) => name.startsWith("set."));
    expect(partial).toMatch(/^set\.partial-[0-9a-f]{16}$/);
    const other = await prepare(await jobFor({sizePx: 8}));
    expect(other.leftovers).toEqual([join(folder, partial)]);
    expect(await prepare(await jobFor())).toMatchObject({resumed: 8, replaced: true, leftovers: []});

    await rm(join(folder, "set"), {recursive: true});
    await put(`${partial}/thesis.tex`);
    const before = await everything();
    await expect(jobFor().then(prepare)).rejects.toThrow(/set\.partial-\w+ holds 1 file that prepare-data did not write, and its name is needed for the unfinished set: move it away/);
    expect(await everything()).toEqual(before);
  });
});

describe("images that were replaced", () => {
  /** Another picture in the place of one, of the same size and the same time. */
  async function replaceImage(name: string) {
    const path = join(folder, "images", name);
    const before = await stat(path);
    await writeFile(path, await picture(251));
    await utimes(path, before.atime, before.mtime);
    expect((await stat(path)).size).toBe(before.size);
  }

  it("are seen in a finished set", async () => {
    await prepare(await jobFor());
    expect(await prepare(await jobFor())).toMatchObject({already: true});
    await replaceImage("3.png");
    expect(await prepare(await jobFor())).toMatchObject({already: false, replaced: true});
    const shards = await Promise.all((await readdir(join(folder, "set"))).filter((name) => name.endsWith(".tar")).map((name) => readFile(join(folder, "set", name))));
    expect(Buffer.concat(shards).includes(await picture(251))).toBe(true);
    expect(await prepare(await jobFor())).toMatchObject({already: true});
  });

  it("are seen by a run that goes on", async () => {
    const shardOf = (await jobFor()).pairs.filter(({split}) => split === "train").slice(0, 4).map(({path}) => path);
    await expect(jobFor(stopAt(9)).then(prepare)).rejects.toThrow("killed");
    await replaceImage(shardOf[0]);
    expect(await prepare(await jobFor())).toMatchObject({resumed: 4});
    const first = await readFile(join(folder, "set/train-000000.tar"));
    expect(first.includes(await picture(251))).toBe(true);
  });

  it("are missed by nobody when they are gone", async () => {
    await prepare(await jobFor());
    const job = await jobFor();
    await rm(join(folder, "images/5.png"));
    expect(await prepare(job)).toMatchObject({already: false, problems: [{where: "5.png", what: expect.stringContaining("cannot be read")}]});
  });
});

describe("two at once", () => {
  const lock = () => join(folder, "set.lock");
  const holder = (values: object) => put("set.lock", JSON.stringify({format: "diagonal-lock", host: hostname(), since: "2026-01-02T03:04:05.000Z", token: "x", ...values}));

  it("the second is told who is at work, and the first ends as if it were alone", async () => {
    const results = await Promise.allSettled(Array.from({length: 6}, () => jobFor().then(prepare)));
    const refused = results.flatMap((result) => (result.status === "rejected" ? [(result.reason as Error).message] : []));
    expect(refused).toHaveLength(5);
    for (const said of refused) expect(said).toMatch(new RegExp(`set is being written by another program \\(process ${process.pid}, since 20.*\\): wait until it is done or end it\\. If there is no such program, delete .*set\\.lock`));
    expect((await readdir(folder)).sort()).toEqual(["images", "set"]);
    expect(await prepare(await jobFor())).toMatchObject({already: true});
  });

  it("a lock is kept while its program runs, and taken over when it is gone", async () => {
    const child = spawn("sleep", ["1000"]);
    await holder({pid: child.pid});
    await expect(jobFor().then(prepare)).rejects.toThrow(`process ${child.pid}, since 2026-01-02`);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await ended;
    await prepare(await jobFor());
    expect((await readdir(folder)).sort()).toEqual(["images", "set"]);
  });

  it("of many that take over a lock at once, one gets it", async () => {
    await holder({pid: spawnSync("true").pid});
    const results = await Promise.allSettled(Array.from({length: 8}, () => jobFor().then(prepare)));
    expect(results.filter(({status}) => status === "fulfilled")).toHaveLength(1);
    expect((await readdir(folder)).sort()).toEqual(["images", "set"]);
  });

  it("a lock of this process's number that this process did not take is an old one; one of another machine is not; what is no lock is left alone", async () => {
    await holder({pid: process.pid});
    await prepare(await jobFor());
    await holder({pid: 1, host: "another-machine"});
    await expect(jobFor({sizePx: 8}).then(prepare)).rejects.toThrow("process 1 on another-machine");
    await put("set.lock", "my own");
    await expect(jobFor({sizePx: 8}).then(prepare)).rejects.toThrow(/set\.lock is no lock of Diagonal's, and its name is needed: rename it/);
    expect(await readFile(lock(), "utf8")).toBe("my own");
  });

  it("puts nothing in its place where its lock was taken away", async () => {
    const job = await jobFor();
    await expect(prepare({...job, read: async (path) => (await put("set.lock", "{}"), job.read(path))})).rejects.toThrow(/set\.lock (was taken away|is no lock)/);
    expect(await readdir(folder)).not.toContain("set");
  });
});
