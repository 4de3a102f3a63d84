import {spawnSync} from "node:child_process";
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import * as esbuild from "esbuild";
import {afterAll, beforeAll, expect, test} from "vitest";
import {writeAllWhole, writeWhole} from "../../src/cli/write-whole.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "diagonal-whole-"))));
afterAll(() => rm(folder, {recursive: true}));

test("a file is there whole, in folders that are made, and nothing beside it", async () => {
  await writeWhole(join(folder, "a", "b", "page.html"), "whole");
  await writeWhole(join(folder, "a", "b", "page.html"), "anew");
  expect(await readFile(join(folder, "a", "b", "page.html"), "utf8")).toBe("anew");
  expect(await readdir(join(folder, "a", "b"))).toEqual(["page.html"]);
});

test("where the system takes no more bytes, the old file stays, no part of the new one is left, and a sentence says what to do", async () => {
  const place = join(folder, "full");
  await mkdir(place);
  await writeFile(join(place, "page.html"), "old");
  const program = join(folder, "write.mjs");
  const contents = `import {writeWhole} from "./src/cli/write-whole.ts"; await writeWhole(process.argv[2], "x".repeat(1e6)).catch((error) => console.log(error.message));`;
  await esbuild.build({stdin: {contents, resolveDir: process.cwd()}, bundle: true, platform: "node", format: "esm", outfile: program});
  // The system ends what writes past the limit with an error, as a full disk does: after a part of the file.
  const {stdout} = spawnSync("bash", ["-c", `trap '' XFSZ; ulimit -f 64; exec "${process.execPath}" "${program}" "${join(place, "page.html")}"`], {encoding: "utf8"});
  expect(stdout).toMatch(/page\.html could not be written: .*: choose another place/);
  expect(await readFile(join(place, "page.html"), "utf8")).toBe("old");
  expect(await readdir(place)).toEqual(["page.html"]);
});

test("a file in the place of a folder, and a folder in the place of a file, are told in words; the other files are written", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(writeWhole(join(folder, "file", "page.html"), "x")).rejects.toThrow(/page\.html could not be written: a part of its path is a file: choose another place/);
  await mkdir(join(folder, "page.png"));
  await expect(writeAllWhole({[join(folder, "page.png")]: "x", [join(folder, "page.json")]: "{}"})).rejects.toThrow(/page\.png could not be written: a folder of that name is there/);
  expect(await readFile(join(folder, "page.json"), "utf8")).toBe("{}");
});
