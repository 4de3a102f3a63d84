/** `npm run render` where a notebook takes longer than it may, and where what waits for a press is left alone. */
import {expect, it} from "vitest";
import {createProgress} from "../../src/cli/progress.ts";
import {renderNotebook} from "../../src/cli/render-notebook.ts";

const endless = {notebook: "mounts/fixtures/endless.html", mounts: {fixtures: "test/fixtures"}};

it("tells the cell that works and the limit, and at the limit gives what is there", async () => {
  const lines: string[] = [];
  const progress = createProgress({stream: {write: (line) => lines.push(line)}});
  const {json, html, png, errors, unfinished} = await renderNotebook({...endless, limitS: 3, progress});
  expect(unfinished).toBe("cell 2 (never)");
  expect(lines.some((line) => /^cell 2 \(never\): \d+ s of at most 3 s\n$/.test(line))).toBe(true);
  expect(json).toMatchObject({first: 42});
  expect(html).toContain("<title>Endless");
  expect(png!.subarray(1, 4).toString()).toBe("PNG");
  expect(errors).toEqual([]);
});

it("leaves what waits for a press as a reader finds it, where it is told to", async () => {
  const {json, html, unfinished} = await renderNotebook({...endless, limitS: 100, gates: "shut"});
  expect(unfinished).toBeUndefined();
  expect(json).toMatchObject({first: 42});
  expect(json).not.toHaveProperty("never");
  expect(html).toContain("Wait for ever");
});

it("says what a notebook that cannot be opened lacks, at once", async () => {
  await expect(renderNotebook({notebook: "notebooks/77-nowhere.html"})).rejects.toThrow("There is no notebook to be had at notebooks/77-nowhere.html (404)");
});
