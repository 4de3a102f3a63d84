import {mkdirSync, mkdtempSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {expect, test} from "vitest";
import {readSettings} from "../../src/cli/render-settings.ts";

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
