import {mkdtemp, mkdir, rm, symlink, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {afterAll, beforeAll, expect, test} from "vitest";
import {listFiles} from "../../src/cli/list-files.ts";
import {serveSite} from "../../src/cli/serve.ts";
import type {Server} from "../../src/cli/serve.ts";
import {servedFiles} from "../../src/data/files/served.ts";
import {labelledFiles, pairsOfLabelled, streamLabelled} from "../../src/data/labelled-pairs.ts";
import {findLabelled, openLabelled} from "../../src/data/labels.ts";
import type {Decode} from "../../src/data/decode.ts";

/** A picture of one grey, given by its file's only byte; 7 is damaged. */
const decode: Decode = async ([grey]) => {
  if (grey === 7) throw new Error("is damaged");
  return {rgb: new Uint8Array(2 * 2 * 3).fill(grey), width: 2, height: 2};
};

let folder: string;
let server: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "diagonal-"));
  const files: Record<string, number> = {"train/dog/a b.png": 10, "train/dog/b.png": 20, "train/fire_truck/a.png": 7, "train/fire_truck/b.png": 40, "test/dog/a.png": 50, ".hidden/x.png": 60};
  for (const [path, grey] of Object.entries(files)) {
    await mkdir(join(folder, path, ".."), {recursive: true});
    await writeFile(join(folder, path), Uint8Array.of(grey));
  }
  await symlink("/etc/hostname", join(folder, "train/dog/link.png"));
  server = await serveSite({root: folder, mounts: {"/mounts/pictures/": folder}});
});
afterAll(async () => {
  await server.close();
  await rm(folder, {recursive: true});
});

const shown = ["test/dog/a.png", "train/dog/a b.png", "train/dog/b.png", "train/fire_truck/a.png", "train/fire_truck/b.png"];

test("a mounted folder tells its files, without hidden ones and links; the site itself does not", async () => {
  expect((await listFiles(folder))!.map(({path}) => path)).toEqual(shown);
  expect(await listFiles(join(folder, "nothing"))).toBeUndefined();
  const list = await (await fetch(`${server.url}mounts/pictures/train/files.json`)).json();
  expect(list).toContainEqual({path: "dog/b.png", size: 1});
  expect((await fetch(`${server.url}files.json`)).status).toBe(404);
  expect((await fetch(`${server.url}mounts/pictures/nothing/files.json`)).status).toBe(404);
});

test("a served folder with a folder a class is a set of pairs whose captions are the classes", async () => {
  const files = await labelledFiles("mounts/pictures", {baseUrl: server.url});
  expect(files.entries.map(({path}) => path)).toEqual(shown);
  const pairs = pairsOfLabelled(await openLabelled(files, {decode, sizePx: 2}));
  expect(pairs.captions).toEqual([["dog"], ["dog"], ["dog"], ["fire truck"]]);
  expect(pairs.factors.class).toEqual(["dog", "dog", "dog", "fire truck"]);
  expect(pairs.splits).toEqual(["test", "train", "train", "train"]);
  expect([0, 12, 24, 36].map((at) => pairs.pixels[at])).toEqual([50, 10, 20, 40]);
  expect(pairs.problems).toEqual([{where: "mounts/pictures/train/fire_truck/a.png", what: "is damaged; it was left out", kept: false}]);

  const seen: string[] = [];
  for await (const {id, captions, pixels} of streamLabelled(await findLabelled(files), {decode, perClass: 1})) seen.push(`${id} ${captions} ${pixels(1)}`);
  expect(seen).toEqual(["test/dog/a.png dog 50,50,50", "train/dog/a b.png dog 10,10,10"]);
});

test("dropped files are the same set", async () => {
  const dropped = shown.map((path) => ({path: `mine/${path}`, file: new File([Uint8Array.of(9)], path.split("/").at(-1)!)}));
  const set = await openLabelled(await labelledFiles("mine", {files: dropped, baseUrl: server.url}), {decode, sizePx: 2});
  expect(set.classes).toEqual(["dog", "fire truck"]);
  expect(set.splits.filter((split) => split === "test").length).toBe(1);
});

test("says what is missing, and reads no file outside the list", async () => {
  await expect(labelledFiles("mounts/pictures/nothing", {baseUrl: server.url})).rejects.toThrow(/mounts\/pictures\/nothing could not be read \(404\): expected a folder/);
  await expect(labelledFiles("nothing.zip", {baseUrl: server.url})).rejects.toThrow(/nothing.zip could not be read \(404\): expected an archive/);
  const files = await servedFiles(`${server.url}mounts/pictures`);
  await expect(files.read("../secret.png")).rejects.toThrow("is not in the folder");
  const answering = (list: unknown) => servedFiles("http://x/y", {name: "y", fetch: async () => Response.json(list)});
  await expect(answering([{path: "../a.png", size: 1}])).rejects.toThrow(/y\/files.json: "..\/a.png" leads out/);
  await expect(answering({a: 1})).rejects.toThrow("y/files.json is no list of files: expected a JSON array of {path, size}");
  await expect(openLabelled(await labelledFiles("mine", {files: [{path: "mine/dog/a.png", file: new File([Uint8Array.of(7)], "a.png")}], baseUrl: ""}), {decode})).rejects.toThrow(/none of the pictures of mine could be read; the first: is damaged/);
});
