/** The notebook of real photos, at a tiny size: on photos and a pretrained tower where they are at hand, and on postcards everywhere. */
import {execFileSync} from "node:child_process";
import {mkdtempSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join, resolve} from "node:path";
import {expect, test} from "vitest";
import {renderNotebook} from "../../src/cli/render-notebook.ts";
import type {HeldOutRecall} from "../../src/train/protocol.ts";
import {needsShared, sharedFolder} from "../left-out.ts";

const photos = join(sharedFolder, "flickr30k-subset");
const tower = join(sharedFolder, "mobilenet_v1_0.75_224");
const notebook = "notebooks/02-flickr30k.html";

test("without a pretrained tower it learns from pixels, and says so with its own number", async () => {
  const {json, errors, html} = await renderNotebook({notebook, settings: {pairs: "postcards", imageTower: "nowhere", limit: "200", steps: "3"}});
  expect(errors).toEqual([]);
  expect(json!.lossHistory).toHaveLength(3);
  expect(html).toMatch(/no pretrained tower at .*nowhere/);
  expect(html).toContain("near chance");
});

test("a set that is not there is named, with the command that prepares it", async () => {
  const {errors} = await renderNotebook({notebook, settings: {pairs: "data/no-such-set", imageTower: "scratch"}});
  expect(errors.some(({message}) => message.includes("no-such-set") && message.includes("prepare-data"))).toBe(true);
});

test("photos through a locked tower", needsShared("flickr30k-subset", "mobilenet_v1_0.75_224"), async () => {
  const folder = mkdtempSync(join(tmpdir(), "diagonal-photos-"));
  try {
    const words = ["run", "src/cli/prepare-data.ts", "--", "--images", join(photos, "images"), "--captions", join(photos, "results.csv"), "--limit", "120", "--size", "224", "--out", join(folder, "set")];
    execFileSync(process.execPath, ["build.mjs", ...words], {stdio: "pipe"});
    const {json, errors, html} = await renderNotebook({
      notebook,
      settings: {pairs: "mounts/pairs", imageTower: "mounts/imageTower", textTower: "cbow", steps: "12"},
      mounts: {pairs: join(folder, "set"), imageTower: resolve(tower)}
    });
    expect(errors).toEqual([]);
    expect(json!.lossHistory).toHaveLength(12);
    const {gallery, captions} = json!.heldOutRecall as HeldOutRecall;
    expect(captions).toBe(5 * gallery);
    expect(html).toContain("The image side is locked");
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
});
