/** Following files: what is told, and that nothing is told twice at a time or left out. */
import {mkdir, mkdtemp, rm, symlink, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {expect, it} from "vitest";
import {changedPaths, followFiles, scanFiles, type Scan} from "../../src/cli/follow-files.ts";

it("sees what came, went and was written to, in new folders too, and passes over hidden files and links to nothing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "diagonal-scan-"));
  const at = (...path: string[]) => join(folder, ...path);
  await writeFile(at("a"), "1");
  await writeFile(at("b"), "1");
  await mkdir(at("left-out"));
  await writeFile(at("left-out", "c"), "1");
  const scan = () => scanFiles([folder, at("not-there")], [at("left-out")]);
  const before = scan();
  expect([...before.keys()].sort()).toEqual([at("a"), at("b")]);
  await writeFile(at("a"), "12");
  await rm(at("b"));
  await mkdir(at("deep", "er"), {recursive: true});
  await writeFile(at("deep", "er", "d"), "1");
  await writeFile(at(".hidden"), "1");
  await symlink(at("nowhere"), at("link"));
  expect(changedPaths(before, scan())).toEqual([at("a"), at("b"), at("deep", "er", "d")]);
  await rm(folder, {recursive: true});
});

it("waits for one work to end, tells at once what changed meanwhile, and survives an error", async () => {
  let files: Scan = new Map([["a", "1"]]);
  const told: string[][] = [];
  let isAtWork = false;
  let release = () => {};
  const following = followFiles({
    scan: () => new Map(files),
    before: new Map(files),
    everyMs: 5,
    restMs: 1,
    async onChange(paths) {
      expect(isAtWork).toBe(false);
      isAtWork = true;
      told.push(paths);
      await new Promise<void>((resolve) => (release = resolve));
      isAtWork = false;
      if (told.length === 1) throw new Error("the first fails");
    }
  });
  files = new Map([["a", "2"]]);
  await expect.poll(() => told).toEqual([["a"]]);
  files = new Map([["b", "1"]]);
  files.set("c", "1");
  const settled = following.settled();
  release();
  await expect.poll(() => told).toEqual([["a"], ["a", "b", "c"]]);
  release();
  await settled;
  await following.settled();
  expect(told).toHaveLength(2);
  following.stop();
});
