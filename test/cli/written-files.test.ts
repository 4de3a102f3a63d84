/** Commands write over what they wrote themselves, and over nothing else. */
import {spawnSync} from "node:child_process";
import {mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {afterEach, beforeEach, describe, expect, it} from "vitest";
import {openWritten} from "../../src/cli/written-files.ts";

let folder: string;
const at = (...path: string[]) => join(folder, ...path);
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "diagonal-written-"))));
afterEach(() => rm(folder, {recursive: true, force: true}));

const list = ".x.rendered.json";
const write = async (content: string, names = ["x.html", "x.json"]) => (await openWritten(at("out"), names, {list})).write(Object.fromEntries(names.map((name) => [name, content])));

describe("a command's own files", () => {
  it("are written again, and leave nothing else behind", async () => {
    await write("1");
    await write("2");
    expect(await readFile(at("out/x.json"), "utf8")).toBe("2");
    expect((await readdir(at("out"))).sort()).toEqual([list, "x.html", "x.json"]);
  });

  it("are not when somebody changed one, put one there, or put a link there", async () => {
    await write("1");
    await writeFile(at("out/x.json"), "mine");
    await expect(write("2")).rejects.toThrow(/out\/x\.json was not written by this command, or changed since: choose another --out, or move it away/);
    expect([await readFile(at("out/x.html"), "utf8"), await readFile(at("out/x.json"), "utf8")]).toEqual(["1", "mine"]);
    await rm(at("out"), {recursive: true});
    await mkdir(at("out"));
    await writeFile(at("notebook.html"), "1");
    await symlink(at("notebook.html"), at("out/x.html"));
    await expect(write("1")).rejects.toThrow(/out\/x\.html was not written/);
    await rm(at("out/x.html"));
    await mkdir(at("out/x.html"));
    await expect(write("1")).rejects.toThrow(/out\/x\.html was not written/);
  });

  it("are looked at again when the work is done", async () => {
    const written = await openWritten(at("out"), ["x.html"], {list});
    await mkdir(at("out"));
    await writeFile(at("out/x.html"), "mine");
    await expect(written.write({"x.html": "1"})).rejects.toThrow(/not written by this command/);
    expect(await readFile(at("out/x.html"), "utf8")).toBe("mine");
  });

  it("are known after a kill between the old ones and the new", async () => {
    await write("1");
    // As it stands when the first of two files was replaced.
    const known = JSON.parse(await readFile(at("out", list), "utf8")) as Record<string, string[]>;
    await write("2");
    const now = JSON.parse(await readFile(at("out", list), "utf8")) as Record<string, string[]>;
    await writeFile(at("out", list), JSON.stringify(Object.fromEntries(Object.keys(now).map((name) => [name, [...now[name], ...known[name]]]))));
    await writeFile(at("out/x.json"), "1");
    await write("3");
    expect(await readFile(at("out/x.json"), "utf8")).toBe("3");
  });
});

describe("the commands", () => {
  const run = (command: string, ...args: string[]) => spawnSync(process.execPath, ["build.mjs", "run", `src/cli/${command}.ts`, "--", ...args], {encoding: "utf8"});

  it("render does not write over the notebook itself, checkpoint not over a file, export not into a folder", async () => {
    const notebook = "<!doctype html>\n<notebook>\n</notebook>\n";
    await writeFile(at("mine.html"), notebook);
    const render = run("render", at("mine.html"), "--out", folder);
    expect([render.status, render.stderr]).toEqual([1, expect.stringContaining("mine.html was not written by this command")]);
    expect(await readFile(at("mine.html"), "utf8")).toBe(notebook);
    const checkpoint = run("checkpoint", "--steps", "1", "--limit", "2", "--out", at("mine.html"));
    expect([checkpoint.status, checkpoint.stderr]).toEqual([1, expect.stringContaining("mine.html is there already: give --out the name of a new file")]);
    const exported = run("export", "notebooks/site/checkpoints/postcards.safetensors", "--out", folder);
    expect([exported.status, exported.stderr]).toEqual([1, expect.stringContaining("holds 1 files: choose a new or empty folder")]);
    expect(await readdir(folder)).toEqual(["mine.html"]);
  });
});
