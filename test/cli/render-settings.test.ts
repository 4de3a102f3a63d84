import {mkdirSync, mkdtempSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {expect, test} from "vitest";
import {readGates, readSeconds, readSettings} from "../../src/cli/render-settings.ts";

test("folders and files of this machine become addresses of the page, other values stay", () => {
  const folder = mkdtempSync(join(tmpdir(), "diagonal-settings-"));
  mkdirSync(join(folder, "photos"));
  writeFileSync(join(folder, "features.npy"), "");
  expect(readSettings(["seed=2", "title=a=b", `source=${folder}/photos`, `imageTower=${folder}/features.npy`, `coco=cosines:${folder}/photos`, "away=data/no-such-set", "far=cosines:mount/nowhere"])).toEqual({
    settings: {seed: "2", title: "a=b", source: "mounts/source", imageTower: "mounts/imageTower/features.npy", coco: "cosines:mounts/coco", away: "data/no-such-set", far: "cosines:mount/nowhere"},
    mounts: {source: join(folder, "photos"), imageTower: folder, coco: join(folder, "photos")}
  });
  expect(() => readSettings(["seed"])).toThrow('--set takes name=value; it was given "seed"');
});

test("a limit is seconds above 0, gates are open or shut", () => {
  expect([readSeconds("900"), readSeconds("0.5")]).toEqual([900, 0.5]);
  for (const wrong of ["", "0", "-3", "soon", "Infinity"]) expect(() => readSeconds(wrong)).toThrow(`--limit takes seconds, a number above 0; it was given "${wrong}"`);
  expect([readGates("open"), readGates("shut")]).toEqual(["open", "shut"]);
  expect(() => readGates("ajar")).toThrow('--gates is open or shut; it was given "ajar"');
});
