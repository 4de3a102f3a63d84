import {execFileSync, spawnSync} from "node:child_process";
import {existsSync} from "node:fs";
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {BlobWriter, Uint8ArrayReader, ZipWriter} from "@zip.js/zip.js";
import sharp from "sharp";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {readCaptions} from "../../src/data/captions/read.ts";
import {openArchive} from "../../src/data/files/archive.ts";
import {matchPairs} from "../../src/data/match.ts";
import {openFiles} from "../../src/data/node/files.ts";
import type {PrepareJob} from "../../src/data/node/prepare.ts";
import {prepare} from "../../src/data/node/prepare.ts";
import {openShardsOnDisk, streamShardsOnDisk} from "../../src/data/node/shards.ts";
import {postcards} from "../../src/data/index.ts";
import {resizeAndCrop} from "../../src/data/preprocess.ts";

const count = 36;
const cards = postcards({count, seed: 4, sizePx: 48});
let folder = "";
let captions = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "diagonal-"));
  await mkdir(join(folder, "images"));
  for (let i = 0; i < count; i++) {
    const rgb = cards.pixels.subarray(i * 48 * 48 * 3, (i + 1) * 48 * 48 * 3);
    await sharp(rgb, {raw: {width: 48, height: 48, channels: 3}}).png().toFile(join(folder, "images", `${cards.ids[i]}.png`));
  }
  captions = cards.captions.flatMap((five, i) => five.map((caption, k) => `${cards.ids[i]}.png#${k}\t${caption}`)).join("\n");
  await writeFile(join(folder, "captions.token"), captions);
});
afterAll(() => rm(folder, {recursive: true}));

async function jobFor(out: string, options: Partial<PrepareJob> = {}): Promise<PrepareJob> {
  const files = await openFiles(join(folder, "images"));
  const {pairs, problems, splitsFrom} = matchPairs(files, readCaptions(captions, "captions.token"), {where: "captions.token"});
  return {out: join(folder, out), pairs, problems, read: files.read, source: {captions: "captions.token", form: "tokens", splitsFrom}, imagesPerShard: 10, ...options};
}

async function contents(path: string) {
  const names = (await readdir(path)).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await readFile(join(path, name))).toString("base64")])));
}

describe("prepare", () => {
  it("gives the same bytes twice, and leaves nothing beside them", async () => {
    const first = await prepare(await jobFor("a", {sizePx: 32}));
    await prepare(await jobFor("b", {sizePx: 32}));
    expect(await contents(join(folder, "a"))).toEqual(await contents(join(folder, "b")));
    expect((await readdir(folder)).filter((name) => /partial|old|lock/.test(name))).toEqual([]);
    expect(first.index).toMatchObject({sizePx: 32, images: count, captions: 5 * count});
    expect(await prepare(await jobFor("a", {sizePx: 32}))).toMatchObject({already: true});
  });

  it("writes what WebDataset wants, as another program reads it", async () => {
    await prepare(await jobFor("w"));
    const members = execFileSync("tar", ["tf", join(folder, "w", "train-000000.tar")], {encoding: "utf8"}).trim().split("\n");
    expect(members.length).toBe(30);
    for (let i = 0; i < members.length; i += 3) {
      const key = members[i].slice(0, 6);
      expect(members.slice(i, i + 3)).toEqual([`${key}.png`, `${key}.json`, `${key}.txt`]);
    }
    const json = JSON.parse(execFileSync("tar", ["xfO", join(folder, "w", "train-000000.tar"), members[1]], {encoding: "utf8"}));
    expect(json.captions).toEqual(cards.captions[Number(members[1].slice(0, 6))]);
    // Without a size, the original bytes.
    const picture = execFileSync("tar", ["xfO", join(folder, "w", "train-000000.tar"), members[0]]);
    expect(picture).toEqual(await readFile(join(folder, "images", `${json.id}`)));
  });

  it("goes on after being stopped, and ends with the bytes of a run that was not", async () => {
    const stop = await jobFor("c", {sizePx: 32, onProgress: (done) => {
      if (done === 25) throw new Error("killed");
    }});
    await expect(prepare(stop)).rejects.toThrow("killed");
    expect(existsSync(join(folder, "c"))).toBe(false);
    const {resumed} = await prepare(await jobFor("c", {sizePx: 32}));
    expect(resumed).toBe(20);
    await prepare(await jobFor("d", {sizePx: 32}));
    expect(await contents(join(folder, "c"))).toEqual(await contents(join(folder, "d")));
  });

  it("does not go on from a run with other options", async () => {
    await expect(prepare(await jobFor("e", {sizePx: 32, onProgress: (done) => {
      if (done === 25) throw new Error("killed");
    }}))).rejects.toThrow();
    expect((await prepare(await jobFor("e", {sizePx: 24}))).resumed).toBe(0);
  });

  it("replaces no folder that is not a data set", async () => {
    await mkdir(join(folder, "precious"));
    await writeFile(join(folder, "precious", "thesis.tex"), "");
    await expect(prepare(await jobFor("precious"))).rejects.toThrow(/holds 1 file and no prepared data set/);
  });

  it("takes the set out again: openShards and streamShards", async () => {
    await prepare(await jobFor("f"));
    const set = await openShardsOnDisk(join(folder, "f"), {sizePx: 32});
    expect(set.ids.length).toBe(count);
    expect(set.problems).toEqual([]);
    set.ids.forEach((id, row) => {
      const i = cards.ids.indexOf(id.replace(".png", ""));
      expect(set.captions[row]).toEqual(cards.captions[i]);
      const expected = resizeAndCrop({rgb: cards.pixels.subarray(i * 6912, (i + 1) * 6912), width: 48, height: 48}, 32);
      expect(set.pixels.subarray(row * 3072, (row + 1) * 3072)).toEqual(expected);
    });
    const limited = await openShardsOnDisk(join(folder, "f"), {sizePx: 16, limit: 18});
    expect(limited.splits.filter((split) => split === "train").length).toBe(16);
    expect(limited.splits.filter((split) => split === "test").length).toBe(1);
    const seen: string[] = [];
    for await (const pair of streamShardsOnDisk(join(folder, "f"), {split: "test"})) {
      expect(pair.pixels(24).length).toBe(24 * 24 * 3);
      seen.push(pair.id);
    }
    expect(seen).toEqual(set.ids.filter((_, i) => set.splits[i] === "test"));
  });

  it("reads its own shards as input", async () => {
    await prepare(await jobFor("g"));
    const files = await openFiles(join(folder, "g"));
    const {hasMemberCaptions, readMemberCaptions} = await import("../../src/data/captions/members.ts");
    expect(hasMemberCaptions(files)).toBe(true);
    const table = await readMemberCaptions(files);
    const set = await openShardsOnDisk(join(folder, "g"), {sizePx: 16});
    // Shards come in the order of their names here, in the order of the index there.
    const rows = (rows: [string[], string | undefined][]) => rows.map((row) => JSON.stringify(row)).sort();
    expect(rows(table.images.map((row) => [row.captions, row.split]))).toEqual(rows(set.captions.map((five, i) => [five, set.splits[i]])));
    await files.close();
  });

  it("says where a shard is damaged and that a set is missing", async () => {
    await expect(openShardsOnDisk(join(folder, "nowhere"), {sizePx: 16})).rejects.toThrow(/nowhere\/dataset.json does not exist: prepare/);
  });
});

describe("bad images are named, counted and cost no one else", () => {
  it("reads each in the right way or leaves it out", async () => {
    const images = join(folder, "odd");
    await mkdir(images);
    const base = sharp(cards.pixels.subarray(0, 6912), {raw: {width: 48, height: 48, channels: 3}});
    const jpeg = await base.clone().jpeg({quality: 95}).toBuffer();
    const odd: Record<string, Uint8Array> = {
      "good one é.jpg": jpeg,
      "empty.jpg": new Uint8Array(0),
      "truncated.jpg": jpeg.subarray(0, jpeg.length / 2),
      "text.jpg": new TextEncoder().encode("<html>404</html>"),
      "cut.png": (await base.clone().png().toBuffer()).subarray(0, 300),
      "cmyk.jpg": await base.clone().toColourspace("cmyk").jpeg().toBuffer(),
      "grey.jpg": await base.clone().greyscale().jpeg().toBuffer(),
      "deep.png": await base.clone().toColourspace("rgb16").png().toBuffer(),
      "rotated.jpg": await base.clone().resize(48, 32, {fit: "fill"}).withMetadata({orientation: 6}).jpeg({quality: 95}).toBuffer(),
      "moving.gif": await sharp(Buffer.concat([cards.pixels.subarray(0, 6912), cards.pixels.subarray(6912, 13824)]), {raw: {width: 48, height: 96, channels: 3, pageHeight: 48}}).gif({loop: 0, delay: [100, 100]}).toBuffer(),
      "thin.png": await sharp({create: {width: 1, height: 5000, channels: 3, background: "#3060c0"}}).png().toBuffer(),
      "clear.png": await sharp({create: {width: 20, height: 20, channels: 4, background: {r: 255, g: 0, b: 0, alpha: 0}}}).png().toBuffer()
    };
    for (const [name, bytes] of Object.entries(odd)) await writeFile(join(images, name), bytes);
    const files = await openFiles(images);
    const table = readCaptions(Object.keys(odd).map((name) => `${name}#0\tA postcard .`).join("\n"), "odd.token");
    const {pairs, problems, splitsFrom} = matchPairs(files, table, {where: "odd.token"});
    const job = {out: join(folder, "odd-out"), pairs, problems, read: files.read, sizePx: 32, source: {captions: "odd.token", form: "tokens", splitsFrom}};
    const result = await prepare(job);
    expect(result.problems.map(({where}) => where).sort()).toEqual(["cut.png", "empty.jpg", "text.jpg", "truncated.jpg"]);
    for (const {what} of result.problems) expect(what).toMatch(/empty \(0 bytes\)|truncated JPEG|truncated PNG|no JPEG, PNG, WebP or GIF: it starts with "<html>404/);
    expect(result.index.source.leftOut).toBe(4);

    const set = await openShardsOnDisk(join(folder, "odd-out"), {sizePx: 32});
    expect([...set.ids].sort()).toEqual(Object.keys(odd).filter((name) => !result.problems.some(({where}) => where === name)).sort());
    const pixelsOf = (id: string) => set.pixels.subarray(set.ids.indexOf(id) * 3072, (set.ids.indexOf(id) + 1) * 3072);
    const distance = (a: Uint8Array, b: Uint8Array) => a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
    const expected = resizeAndCrop({rgb: cards.pixels.subarray(0, 6912), width: 48, height: 48}, 32);
    expect(distance(pixelsOf("good one é.jpg"), expected)).toBeLessThan(6);
    expect(distance(pixelsOf("deep.png"), expected)).toBeLessThan(2);
    expect(distance(pixelsOf("moving.gif"), expected)).toBeLessThan(12);
    // Ink makes colours duller, not others.
    expect(distance(pixelsOf("cmyk.jpg"), expected)).toBeLessThan(40);
    expect(new Set(pixelsOf("clear.png"))).toEqual(new Set([255]));
    expect([...pixelsOf("thin.png").subarray(0, 3)]).toEqual([0x30, 0x60, 0xc0]);
    const grey = pixelsOf("grey.jpg");
    for (let i = 0; i < grey.length; i += 3) expect(grey[i] === grey[i + 1] && grey[i] === grey[i + 2]).toBe(true);
    // Turned a quarter to the right: what was the left edge is the top one, and the picture is upright in the middle.
    const upright = await sharp(odd["rotated.jpg"]).autoOrient().removeAlpha().raw().toBuffer({resolveWithObject: true});
    expect([upright.info.width, upright.info.height]).toEqual([32, 48]);
    expect(distance(pixelsOf("rotated.jpg"), resizeAndCrop({rgb: new Uint8Array(upright.data), width: 32, height: 48}, 32))).toBeLessThan(1);
  });
});

describe("archives", () => {
  it("reads images and captions out of a tar and a tar.gz as out of a folder", async () => {
    execFileSync("tar", ["cf", join(folder, "all.tar"), "-C", folder, "images"]);
    execFileSync("tar", ["czf", join(folder, "all.tar.gz"), "-C", folder, "images"]);
    for (const name of ["all.tar", "all.tar.gz"]) {
      const files = await openFiles(join(folder, name));
      expect(files.entries.map(({path}) => path).sort()).toEqual(cards.ids.map((id) => `images/${id}.png`));
      expect(Buffer.from(await files.read(`images/${cards.ids[5]}.png`))).toEqual(await readFile(join(folder, "images", `${cards.ids[5]}.png`)));
      await files.close();
    }
  });

  it("reads long names and names with accents from tars of GNU's and POSIX's kind", async () => {
    const long = `${"sehr/".repeat(30)}Ä lange Straße mit Bäumen und Häusern.png`;
    await mkdir(join(folder, "long", ...long.split("/").slice(0, -1)), {recursive: true});
    await writeFile(join(folder, "long", long), "x");
    for (const format of ["gnu", "posix"]) {
      execFileSync("tar", ["cf", join(folder, `${format}.tar`), `--format=${format}`, "-C", join(folder, "long"), "."]);
      const files = await openFiles(join(folder, `${format}.tar`));
      expect(files.entries.map(({path}) => path)).toEqual([long]);
      await files.close();
    }
  });

  it("reads a Zip64 whose members lie past 4 GB, and nothing of what lies between", async () => {
    const before = 5_000_000_000;
    const zip = new ZipWriter(new BlobWriter(), {level: 0, zip64: true, offset: before});
    for (const id of cards.ids.slice(0, 3)) await zip.add(`images/${id}.png`, new Uint8ArrayReader(new Uint8Array(await readFile(join(folder, "images", `${id}.png`)))));
    const tail = new Uint8Array(await (await zip.close()).arrayBuffer());
    let read = 0;
    const files = await openArchive({
      name: "large.zip",
      size: before + tail.length,
      async read(start, end) {
        read += end - start;
        const bytes = new Uint8Array(end - start);
        const from = Math.max(start, before);
        if (end > from) bytes.set(tail.subarray(from - before, end - before), from - start);
        if (start === 0) bytes.set([0x50, 0x4b]); // as the first of the members before would begin
        return bytes;
      }
    });
    expect(files.entries.map(({path}) => path)).toEqual(cards.ids.slice(0, 3).map((id) => `images/${id}.png`));
    expect(Buffer.from(await files.read(`images/${cards.ids[2]}.png`))).toEqual(await readFile(join(folder, "images", `${cards.ids[2]}.png`)));
    expect(read).toBeLessThan(4 * tail.length + 1_000_000);
    await files.close();
  });

  it("refuses members that lead out of a tar, and reads the rest", async () => {
    await writeFile(join(folder, "plain.txt"), "x");
    execFileSync("tar", ["cPf", join(folder, "evil.tar"), "-C", folder, "plain.txt", "--transform=s,^plain,../../evil,"]);
    execFileSync("tar", ["rf", join(folder, "evil.tar"), "-C", folder, "plain.txt"]);
    const files = await openFiles(join(folder, "evil.tar"));
    expect(files.entries.map(({path}) => path)).toEqual(["plain.txt"]);
    expect(files.problems).toMatchObject([{where: "evil.tar/../../evil.txt", kept: false, what: expect.stringContaining("refused")}]);
    await files.close();
  });

  it("says that a folder is missing, and that a file is no archive", async () => {
    await expect(openFiles(join(folder, "nothing"))).rejects.toThrow(/nothing does not exist: expected a folder of images/);
    await writeFile(join(folder, "noise.tar"), Buffer.alloc(2048, 7));
    await expect(openFiles(join(folder, "noise.tar"))).rejects.toThrow(/noise.tar is neither a zip nor a tar/);
  });
});

describe("npm run prepare-data", () => {
  const run = (...args: string[]) => spawnSync(process.execPath, ["build.mjs", "run", "src/cli/prepare-data.ts", "--", ...args], {encoding: "utf8"});

  it("prepares, and names missing folders and unknown forms in one sentence", async () => {
    const out = join(folder, "cli");
    const good = run("--images", join(folder, "images"), "--captions", join(folder, "captions.token"), "--out", out, "--size", "16", "--limit", "20");
    expect(good.stderr).not.toMatch(/Error/);
    expect(good.stdout).toMatch(/Prepared: 20 images, 100 captions/);
    expect(good.status).toBe(0);
    const anew = run("--images", join(folder, "images"), "--captions", join(folder, "captions.token"), "--out", out, "--size", "24", "--limit", "20");
    expect(anew.stdout).toContain(`Replaced the set that was prepared in ${out} before`);
    const missing = run("--images", join(folder, "no-such"), "--captions", join(folder, "captions.token"), "--out", out);
    expect(missing.status).toBe(1);
    expect(missing.stderr).toMatch(/no-such does not exist/);
    await writeFile(join(folder, "story.txt"), "once upon a time\nthere was a dog\n");
    const unknown = run("--images", join(folder, "images"), "--captions", join(folder, "story.txt"), "--out", join(folder, "cli2"));
    expect(unknown.status).toBe(1);
    expect(unknown.stderr).toMatch(/story.txt is a captions file of no form that is known here/);
    expect(existsSync(join(folder, "cli2"))).toBe(false);
    expect(run("--images", "x").status).toBe(2);
  });
});
