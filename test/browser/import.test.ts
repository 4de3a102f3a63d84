/** Importing pairs in a real Chromium: archives, bad members, full disks, private windows, the datasets server. */
import {createHash} from "node:crypto";
import {readdirSync, readFileSync} from "node:fs";
import {mkdir, mkdtemp, readFile, rm, writeFile} from "node:fs/promises";
import {createServer, type Server as HttpServer} from "node:http";
import type {AddressInfo} from "node:net";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {BlobReader, BlobWriter, TextReader, Uint8ArrayReader, ZipWriter} from "@zip.js/zip.js";
import * as esbuild from "esbuild";
import {chromium, type BrowserContext, type Page} from "playwright-core";
import sharp from "sharp";
import {afterAll, afterEach, beforeAll, describe, expect, it} from "vitest";
import {serveSite, type Server} from "../../src/cli/serve.ts";
import {findBrowser} from "../../src/cli/setup.mjs";
import {postcards} from "../../src/data/index.ts";
import {decodeInNode} from "../../src/data/node/decode.ts";
import {resizeAndCrop} from "../../src/data/preprocess.ts";
import {patient} from "./chromium.ts";
import {flickr, hasFlickr, somePhotos, somePostcards, zipOf} from "./some-pairs.ts";
import {leftOut, needsShared} from "../left-out.ts";

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

let folder: string;
let server: Server;
let context: BrowserContext;
let page: Page;
/** Photos where the subset is, postcards where it is not: file names, bytes and a captions file. */
let photos: {name: string; bytes: Uint8Array}[];
let captions: string;

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- what the harness puts on the page */
type Harness = any;
const inPage = <T>(run: (data: Harness, argument: never) => T, argument?: unknown): Promise<Awaited<T>> =>
  page.evaluate(`(${run})(window.data, ${JSON.stringify(argument) ?? "undefined"})`) as Promise<Awaited<T>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "diagonal-import-"));
  const site = join(folder, "site");
  await esbuild.build({
    entryPoints: ["test/browser/harness/data-page.ts", "notebooks/site/decode-worker.ts"],
    bundle: true,
    format: "esm",
    target: "es2022",
    outdir: site,
    entryNames: "[name]",
    conditions: ["browser"],
    external: ["node:*"]
  });
  await writeFile(join(site, "index.html"), '<!doctype html><title>data</title><input type="file" multiple><script type="module" src="data-page.js"></script>');
  server = await serveSite({root: site});
  ({photos, captions} = hasFlickr ? await somePhotos(300) : await somePostcards(300));
  await open();
});
/** Nothing of one test is there in the next, nor in the same one tried again. */
afterEach(async () => {
  await context.setOffline(false);
  for (const {name} of (await inPage((data) => data.list())).sets) await inPage((data, n: string) => data.delete(n), name);
});
afterAll(async () => {
  await context?.close();
  await server?.close();
  await rm(folder, {recursive: true, force: true});
});

/** Starts the browser with the profile of the times before. */
async function open() {
  context = patient(await chromium.launchPersistentContext(join(folder, "profile"), {executablePath: findBrowser(), args: ["--no-sandbox", "--no-first-run", "--disable-background-networking"]}));
  page = await context.newPage();
  await page.goto(server.url);
  await page.waitForFunction("window.data");
}

/** Chooses files as a person does with the file button. */
async function choose(...files: {name: string; bytes: Uint8Array}[]) {
  await mkdir(join(folder, "chosen"), {recursive: true});
  const paths = await Promise.all(files.map(async ({name, bytes}) => {
    await writeFile(join(folder, "chosen", name), bytes);
    return join(folder, "chosen", name);
  }));
  await page.locator("input").setInputFiles(paths);
}

const importChosen = (name: string, more: object = {}) =>
  inPage((data, args: object) => data.follow("data/import", {files: data.chosen(), ...args}), {name, sizePx: 64, ...more});

describe("pixels are the same in Chromium and in Node", () => {
  it("draws the same postcards, flat and chalk", async () => {
    for (const options of [{count: 60, seed: 5}, {count: 8, seed: 5, sizePx: 64, style: "chalk"}] as const) {
      expect(await inPage((data, o: object) => data.postcardsHash(o), options)).toBe(hashOf(postcards(options).pixels));
    }
  });

  it("decodes and resizes photos to the same bytes", needsShared("flickr30k-subset"), async () => {
    const native = readdirSync(join(flickr, "native")).slice(0, 12).map((name) => new Uint8Array(readFileSync(join(flickr, "native", name))));
    for (const bytes of [...native, ...photos.slice(0, 8).map((photo) => photo.bytes)]) {
      const ours = await decodeInNode(bytes);
      const theirs = await inPage((data, b: number[]) => data.decode(b, 64), [...bytes]);
      expect(theirs).toMatchObject({width: ours.width, height: ours.height, hash: hashOf(ours.rgb), square: hashOf(resizeAndCrop(ours, 64))});
    }
  });

  it("converts odd images alike: ink, grey, 16 bits, turned, animated, transparent", async () => {
    const set = postcards({count: 2, seed: 1, sizePx: 48});
    const base = sharp(set.pixels.subarray(0, 6912), {raw: {width: 48, height: 48, channels: 3}});
    const odd: Record<string, Buffer> = {
      grey: await base.clone().greyscale().jpeg().toBuffer(),
      sixteenBits: await base.clone().toColourspace("rgb16").png().toBuffer(),
      turned: await base.clone().resize(48, 32, {fit: "fill"}).withMetadata({orientation: 6}).jpeg().toBuffer(),
      mirrored: await base.clone().resize(48, 32, {fit: "fill"}).withMetadata({orientation: 5}).jpeg().toBuffer(),
      animated: await sharp(set.pixels, {raw: {width: 48, height: 96, channels: 3, pageHeight: 48}}).gif({loop: 0, delay: [100, 100]}).toBuffer(),
      transparent: await sharp({create: {width: 20, height: 20, channels: 4, background: {r: 255, g: 0, b: 0, alpha: 0.5}}}).png().toBuffer(),
      webp: await base.clone().webp({lossless: true}).toBuffer(),
      ink: await base.clone().toColourspace("cmyk").jpeg({quality: 95}).toBuffer(),
      tall: await sharp({create: {width: 1, height: 5000, channels: 3, background: "#3060c0"}}).png().toBuffer()
    };
    for (const [name, bytes] of Object.entries(odd)) {
      const ours = await decodeInNode(new Uint8Array(bytes));
      const theirs = await inPage((data, b: number[]) => data.decode(b, 32), [...bytes]);
      expect([theirs.width, theirs.height], name).toEqual([ours.width, ours.height]);
      // To a level: two roundings of the same product (transparency, 16 bits, ink).
      const worst = ours.rgb.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs.rgb[i])), 0);
      expect(worst, name).toBeLessThanOrEqual(name === "ink" ? 2 : 1);
    }
  });
});

describe("importing", () => {
  it("takes a tar, a captions file dropped beside it, and loose files", async () => {
    const some = photos.slice(0, 10);
    await mkdir(join(folder, "tar"), {recursive: true});
    for (const {name, bytes} of some) await writeFile(join(folder, "tar", name), bytes);
    const {execFileSync} = await import("node:child_process");
    execFileSync("tar", ["cf", join(folder, "some.tar"), "-C", join(folder, "tar"), "."]);
    const csv = {name: "captions of mine.csv", bytes: new TextEncoder().encode(["image,caption", ...some.map(({name}) => `${name},"A photo, of something."`)].join("\r\n"))};
    await choose({name: "some.tar", bytes: new Uint8Array(await readFile(join(folder, "some.tar")))}, csv);
    expect((await importChosen("tar")).last.summary).toMatchObject({images: 10, captions: 10});
    await choose(...some, csv);
    expect((await importChosen("loose")).last.summary).toMatchObject({images: 10});
    const [a, b] = [await inPage((data) => data.open("tar")), await inPage((data) => data.open("loose"))];
    expect(a.hash).toBe(b.hash);
    expect((await inPage((data) => data.open("tar", {limit: 1}))).hash).toBe(hashOf(resizeAndCrop(await decodeInNode(some[0].bytes), 64)));
  });

  it("names bad members and goes on, refuses paths that lead out, and bombs", async () => {
    const some = photos.slice(0, 5);
    const bad = [
      {name: "empty.jpg", bytes: new Uint8Array(0)},
      {name: "cut.jpg", bytes: photos[6].bytes.subarray(0, 900)},
      {name: "html.jpg", bytes: new TextEncoder().encode("<html>not found</html>")},
      {name: "../../escape.jpg", bytes: photos[7].bytes}
    ];
    const names = [...some, ...bad].map(({name}) => name);
    const zip = new ZipWriter(new BlobWriter(), {level: 0});
    for (const {name, bytes} of [...some, ...bad]) await zip.add(name, new Uint8ArrayReader(bytes));
    await zip.add("bomb.jpg", new BlobReader(new Blob([new Uint8Array(20_000_000)])), {level: 9});
    await zip.add("Zwölf Bäume.csv", new TextReader(["image,caption", ...[...names, "bomb.jpg", "missing.jpg"].map((name) => `${name},A photo`)].join("\n")));
    await choose({name: "bad.zip", bytes: new Uint8Array(await (await zip.close()).arrayBuffer())});
    const {last, error} = await importChosen("bad");
    expect(error).toBeUndefined();
    expect(last.summary.images).toBe(5);
    const said = last.problems.map(({where, what}: {where: string; what: string}) => `${where}: ${what}`).join("\n");
    expect(said).toMatch(/bad\.zip\/empty\.jpg: is empty/);
    expect(said).toMatch(/bad\.zip\/cut\.jpg: .*truncated JPEG/);
    expect(said).toMatch(/bad\.zip\/html\.jpg: is no JPEG/);
    expect(said).toMatch(/escape\.jpg: leads out of the archive .* refused/);
    expect(said).toMatch(/bomb\.jpg: claims to unpack .* decompression bomb .* refused/);
    expect(said).toMatch(/Zwölf Bäume\.csv: the image missing\.jpg is not in bad\.zip/);
  });

  it("says what is missing when there are no captions, no images, or no archive", async () => {
    await choose(...photos.slice(0, 3));
    expect((await importChosen("x")).error).toMatch(/no captions were found beside the 3 images/);
    await choose({name: "only.csv", bytes: new TextEncoder().encode("image,caption\na.jpg,A dog\n")});
    expect((await importChosen("x")).error).toMatch(/holds no images/);
    await choose({name: "broken.zip", bytes: new TextEncoder().encode("PK\u0003\u0004 and then nothing of use")});
    expect((await importChosen("x")).error).toMatch(/broken\.zip begins like a zip but its directory cannot be read/);
    expect((await inPage((data) => data.list())).sets).toEqual([]);
  });

  it("says how much is needed and free when the disk is full", async () => {
    const session = await context.newCDPSession(page);
    try {
      await session.send("Storage.overrideQuotaForOrigin", {origin: new URL(server.url).origin, quotaSize: 3_000_000});
      await choose({name: "photos.zip", bytes: await zipOf(photos, {"results.csv": captions})});
      const {error} = await importChosen("large", {sizePx: 224});
      // 300 images of 224 x 224 x 3 bytes.
      expect(error).toMatch(/NoRoomError: There is no room: the set needs 45 MB, and this site may use [\d.]+ MB more/);
    } finally {
      await session.send("Storage.overrideQuotaForOrigin", {origin: new URL(server.url).origin});
      await session.detach();
    }
    expect((await inPage((data) => data.list())).sets).toEqual([]);
  });

  it("works in memory, and says so, where the page has no file system", async () => {
    const other = page;
    page = await context.newPage();
    try {
      await page.route("**/decode-worker.js", async (route) => {
        const response = await route.fetch();
        await route.fulfill({response, body: `delete StorageManager.prototype.getDirectory;\n${await response.text()}`});
      });
      await page.goto(server.url);
      await page.waitForFunction("window.data");
      await choose({name: "few.zip", bytes: await zipOf(photos.slice(0, 12), {"results.csv": captions})});
      const {last} = await importChosen("for now");
      expect(last.summary).toMatchObject({images: 12, keptIn: "memory"});
      expect((await inPage((data) => data.openInWorker("for now"))).ids.length).toBe(12);
      expect(await inPage((data) => data.list())).toMatchObject({keptIn: "memory", sets: [{name: "for now"}]});
    } finally {
      await page.close();
      page = other;
    }
    expect((await inPage((data) => data.list())).sets).toEqual([]);
  });

  it("stays under 1 GB for a zip of the whole subset", {...leftOut(process.platform === "linux" ? undefined : "a process's memory is read from Linux's /proc"), ...needsShared("flickr30k-subset")}, async () => {
    const all = readdirSync(join(flickr, "images")).map((name) => ({name, bytes: new Uint8Array(readFileSync(join(flickr, "images", name)))}));
    await choose({name: "whole.zip", bytes: await zipOf(all, {"results.csv": readFileSync(join(flickr, "results.csv"), "utf8"), "dataset_flickr30k.json": readFileSync(join(flickr, "dataset_flickr30k.json"), "utf8")})});
    // The archive is there whole; so many photos are decoded that what would grow with them would show.
    const {last, error} = await importChosen("whole", {limit: 400, sizePx: 224});
    expect(error).toBeUndefined();
    expect(last.summary).toMatchObject({images: 400});
    const peaks = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid)).map((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        if (!command.includes("--type=renderer") || !command.includes(join(folder, "profile"))) return 0;
        return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
      } catch {
        return 0;
      }
    });
    console.log(`renderer's peak: ${Math.round(Math.max(...peaks))} MB`);
    expect(Math.max(...peaks)).toBeGreaterThan(0);
    expect(Math.max(...peaks)).toBeLessThan(1024);
  });
});

describe("the datasets server", () => {
  let hub: HttpServer;
  let address: string;
  beforeAll(async () => {
    let refusals = 1;
    hub = createServer((request, response) => {
      const url = new URL(request.url!, "http://x");
      response.setHeader("Access-Control-Allow-Origin", "*");
      response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
      if (url.pathname.startsWith("/cached-assets/")) return void response.end(Buffer.from(photos[Number(url.pathname.split("/")[2])].bytes));
      if (refusals-- > 0) return void response.writeHead(429).end('{"error": "too many requests"}');
      const offset = Number(url.searchParams.get("offset"));
      const length = Math.min(Number(url.searchParams.get("length")), 100);
      if (url.searchParams.get("dataset") !== "lmms-lab/flickr30k") return void response.writeHead(404).end('{"error": "The dataset does not exist."}');
      response.setHeader("Content-Type", "application/json");
      const rows = Array.from({length: Math.min(length, 130 - offset)}, (_, i) => ({
        row_idx: offset + i,
        row: {
          image: {src: `${address}/cached-assets/${offset + i}/image.jpg?signed=1`, height: 224, width: 224},
          caption: [0, 1, 2, 3, 4].map((k) => `Caption ${k} of row ${offset + i} .`),
          sentids: ["0", "1", "2", "3", "4"],
          img_id: String(offset + i),
          filename: photos[offset + i].name
        },
        truncated_cells: []
      }));
      response.end(JSON.stringify({features: [], rows, num_rows_total: 31783, num_rows_per_page: 100, partial: false}));
    });
    await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => hub.close(resolve)));

  const load = (args: object) => inPage((data, a: object) => data.follow("data/import-from-hub", a), {name: "mirror", sizePx: 32, limit: 120, server: address, ...args});

  it("loads the first pairs, row by row, and asks a busy server again", async () => {
    const {last, error} = await load({});
    expect(error).toBeUndefined();
    expect(last.summary).toMatchObject({name: "mirror", images: 120, captions: 600});
    const set = await inPage((data) => data.open("mirror"));
    expect(set.captions[101][4]).toBe("Caption 4 of row 101 .");
    expect(set.ids).toEqual(photos.slice(0, 120).map(({name}) => name));
  });

  it("says in a sentence when it is offline or refused", async () => {
    expect((await load({dataset: "no/such"})).error).toMatch(/refused \(404\): The dataset does not exist/);
    await context.setOffline(true);
    expect((await load({})).error).toMatch(/could not be reached: this needs a connection to the internet/);
    expect((await inPage((data) => data.list())).sets).toEqual([]);
  });
});
