/** Editing a notebook by keys and clicks: undo, kinds, drafts, errors and their mending, interrupts, saving. */
import {mkdtemp, readFile, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {Page} from "playwright-core";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {commands} from "../../src/notebook/commands.ts";
import {cellsOf, errors, idle, openNotebook, openSite, reloaded, rewrite, values, write, type Site} from "./chromium.ts";

let site: Site;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "diagonal-notebooks-"));
  site = await openSite({notebooks: folder, own: {"/notebooks/": folder}});
});
afterAll(async () => {
  await site?.close();
  await rm(folder, {recursive: true, force: true});
});

const cellIds = (page: Page) => page.locator(".h-cell").evaluateAll((cells) => cells.map((cell) => Number((cell as HTMLElement).dataset.cell)));
const handle = (page: Page, cell: number) => page.locator(`.h-cell[data-cell="${cell}"] .h-handle`);

describe("editing", () => {
  it("marks what is wrong while one types, at its place, and runs nothing", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await write(page, 3, "const doubled = count * 2;\nconst wrong = 1 +;");
    await expect.poll(() => page.locator(".cm-lintRange-error").allTextContents()).toEqual([";"]);
    expect(await values(page)).toMatchObject({doubled: 10});
    await page.close();
  });

  it("completes names of cells, builtins and modules, with their documentation", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await write(page, 3, "");
    await page.keyboard.type("seededT");
    // It is there from the first letter on, with other names.
    await page.locator(".cm-tooltip-autocomplete li:first-of-type", {hasText: "seededTwice"}).filter({hasText: "cell 7"}).waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("lossCu");
    await expect.poll(async () => (await page.locator(".cm-completionInfo").allTextContents()).join()).toMatch(/lossCurve\(.*made once/is);
    await page.close();
  });

  it("inserts, duplicates, moves and deletes from the keyboard, and takes each back", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await handle(page, 3).focus();
    await page.keyboard.press("b");
    await page.locator(".cm-editor.cm-focused, textarea:focus").waitFor();
    expect(await cellIds(page)).toEqual([1, 2, 3, 9, 4, 5, 6, 7, 8]);
    await page.keyboard.type("const made = count + 100");
    await page.keyboard.press("ControlOrMeta+Enter");
    await idle(page);
    expect(await values(page)).toMatchObject({made: 105});
    await page.keyboard.press("Escape");
    await page.keyboard.press("Alt+ArrowUp");
    expect(await cellIds(page)).toEqual([1, 2, 9, 3, 4, 5, 6, 7, 8]);
    await page.keyboard.press("d");
    await idle(page);
    expect(await cellIds(page)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await values(page)).not.toHaveProperty("made");
    await page.keyboard.press("z");
    await idle(page);
    expect(await cellIds(page)).toEqual([1, 2, 9, 3, 4, 5, 6, 7, 8]);
    expect(await values(page)).toMatchObject({made: 105});
    for (let i = 0; i < 2; i++) await page.keyboard.press("z");
    expect(await cellIds(page)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await page.keyboard.press("Shift+Z");
    expect(await cellIds(page)).toHaveLength(9);
    await page.close();
  });

  it("changes a cell's kind", async () => {
    const {page, frame} = await openNotebook(site, "fixtures/basics.html");
    await rewrite(page, 7, "**bold** words");
    await page.keyboard.press("Escape");
    await page.keyboard.press("m");
    await idle(page);
    expect(await frame.locator("#cell-7 strong").textContent()).toBe("bold");
    expect(await errors(page)).toEqual([]);
    await page.close();
  });

  it("names duplicates and circles in the cells concerned before anything runs, and goes on once they are mended", async () => {
    const {page, frame} = await openNotebook(site, "fixtures/basics.html");
    await rewrite(page, 7, "const doubled = 1;");
    expect(await errors(page)).toMatchObject([
      {cell: 3, message: expect.stringContaining("cell 7")},
      {cell: 7, message: expect.stringContaining("cell 3")}
    ]);
    expect(await frame.locator("#cell-1 .n-blocked a").count()).toBe(1);
    await rewrite(page, 7, "const loop = other;");
    expect(await errors(page)).toMatchObject([{cell: 7, message: "other is not defined"}]);
    expect(await values(page)).toMatchObject({doubled: 10});
    await rewrite(page, 8, "const other = loop;");
    expect((await errors(page)).map(({cell}) => cell)).toEqual([7, 8]);
    expect((await errors(page))[0].message).toContain("need each other");
    await rewrite(page, 8, "const other = 2;");
    expect(await errors(page)).toEqual([]);
    expect(await values(page)).toMatchObject({loop: 2});
    await page.close();
  });

  it("stops an endless loop, and the others go on", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await rewrite(page, 7, "const seed = 1;\nwhile (true) {}");
    expect(await errors(page)).toMatchObject([{cell: 7, line: 2, message: expect.stringContaining("without a pause")}]);
    await rewrite(page, 7, "const seed = 3;");
    expect(await values(page)).toMatchObject({seed: 3, doubled: 10});
    await page.close();
  });

  it("replaces a frame that hangs where no guard helps, while the page answers, and runs the others again", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    // A recursion that takes for ever, without any loop.
    await write(page, 7, "const fib = (n) => n < 2 ? n : fib(n - 1) + fib(n - 2);\nconst never = fib(80);");
    await page.keyboard.press("ControlOrMeta+Enter");
    await page.keyboard.type(" // typed meanwhile");
    expect(await page.locator(".cm-content").textContent()).toContain("typed meanwhile");
    await page.getByRole("button", {name: "Stop it"}).click();
    await page.locator(".h-message", {hasText: "its frame was replaced"}).waitFor();
    await idle(page);
    expect(await values(page)).toMatchObject({doubled: 10});
    expect(await errors(page)).toMatchObject([{cell: 7}]);
    await rewrite(page, 7, "const never = 0;");
    expect(await values(page)).toMatchObject({never: 0});
    expect(page.frames().filter((frame) => frame.parentFrame() === page.mainFrame())).toHaveLength(1);
    await page.close();
  });

  it("lets go of a promise that never settles when its cell or an input changes", async () => {
    const {page, frame} = await openNotebook(site, "fixtures/basics.html");
    await write(page, 3, "const doubled = count > 5 ? count * 2 : await new Promise(() => {});");
    await page.keyboard.press("ControlOrMeta+Enter");
    await page.locator('.h-cell[data-cell="3"][data-status="running"]').waitFor();
    await frame.locator("#cell-2 input[type=range]").focus();
    await page.keyboard.press("ArrowRight");
    await idle(page);
    expect(await values(page)).toMatchObject({count: 6, doubled: 12});
    await page.close();
  });

  it("finds the draft after a reload, compares it and resets it", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await rewrite(page, 7, "const seed = 11;");
    await page.getByText("Draft", {exact: true}).waitFor();
    await reloaded(page, () => page.reload());
    expect(await values(page)).toMatchObject({seed: 11});
    await page.getByRole("button", {name: "Notebook menu"}).click();
    await page.getByRole("menuitem", {name: "Compare"}).click();
    await expect.poll(() => page.locator(".h-compare ins").allTextContents()).toContainEqual(expect.stringContaining("const seed = 11;"));
    await page.getByRole("button", {name: "Close"}).click();
    await page.getByRole("button", {name: "Notebook menu"}).click();
    await page.getByRole("menuitem", {name: "Reset"}).click();
    await reloaded(page, () => page.getByRole("button", {name: "Throw them away"}).click());
    expect(await values(page)).toMatchObject({seed: 1});
    await page.close();
  });

  it("saves to the file with every unchanged byte as it was, and not over somebody else's change", async () => {
    const odd = '\uFEFF<!DOCTYPE html>\r\n<notebook   theme=\'air\'>\r\n  <title>A &amp; B</title>\r\n\r\n  <!-- a note -->\r\n  <script type="module" id="1" data-x>\r\n      const a = 1;\r\n  </script>\r\n\t<!-- <script id="7"></script> -->\r\n  <script id="2" type="text/markdown" >\r\n# Text\r\n  </script>\r\n</notebook>\r\n<!-- end -->\r\n';
    await writeFile(join(folder, "odd.html"), odd);
    const {page} = await openNotebook(site, "notebooks/odd.html");
    expect(await values(page)).toMatchObject({a: 1});
    await handle(page, 1).press("Enter");
    await rewrite(page, 1, "const a = 2;");
    await page.keyboard.press("ControlOrMeta+s");
    await page.locator(".h-message", {hasText: "Saved."}).waitFor();
    expect(await readFile(join(folder, "odd.html"), "utf8")).toBe(odd.replace("\r\n      const a = 1;\r\n  ", "\r\n    const a = 2;\r\n  "));
    await writeFile(join(folder, "odd.html"), odd);
    await rewrite(page, 1, "const a = 3;");
    await page.keyboard.press("ControlOrMeta+s");
    await page.locator(".h-message", {hasText: "changed by someone else"}).waitFor();
    expect(await readFile(join(folder, "odd.html"), "utf8")).toBe(odd);
    await page.close();
  });

  it("refuses to save for another origin, or anything but a notebook", async () => {
    const put = (path: string, headers: Record<string, string>) => fetch(`${site.url}${path}`, {method: "PUT", headers, body: "<notebook></notebook>"}).then(({status}) => status);
    const origin = site.url.slice(0, -1);
    expect(await put("notebooks/x.html", {origin: "http://elsewhere.example"})).toBe(403);
    expect(await put("notebooks/x.html", {})).toBe(403);
    expect(await put("index.html", {origin})).toBe(403);
    expect(await put("notebooks/../x.html", {origin})).toBe(403);
    expect(await put("notebooks/%2e%2e%2fx.html", {origin})).not.toBe(204);
    expect(await put("notebooks/fine.html", {origin})).toBe(204);
  });

  it("marks an edited cell and, as stale, what follows from its old text, until it runs", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    const marked = (mark: string) => page.locator(`.h-cell[${mark}]`).evaluateAll((cells) => cells.map((cell) => Number((cell as HTMLElement).dataset.cell)));
    const needing = await page.locator(".h-cell").count();
    await write(page, 3, "const doubled = count * 4;");
    await expect.poll(() => marked("data-edited")).toEqual([3]);
    const stale = await marked("data-stale");
    expect(stale.length).toBeGreaterThan(0);
    expect(stale.length).toBeLessThan(needing - 1);
    expect(await handle(page, stale[0]).getAttribute("aria-label")).toContain("stale");
    expect(await values(page)).toMatchObject({doubled: 10});
    await page.keyboard.press("ControlOrMeta+Enter");
    await idle(page);
    await expect.poll(async () => [await marked("data-edited"), await marked("data-stale")]).toEqual([[], []]);
    expect(await values(page)).toMatchObject({doubled: 20});
    await page.close();
  });

  it("runs from a cell on, and leaves those above alone", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await rewrite(page, 3, "const doubled = count * 2, above = Math.random();");
    await rewrite(page, 7, "const seed = 1, below = Math.random();");
    const before = await values(page);
    await page.keyboard.press("Escape");
    await handle(page, 7).focus();
    await page.keyboard.press("r");
    await idle(page);
    const after = await values(page);
    expect(after.above).toBe(before.above);
    expect(after.below).not.toBe(before.below);
    await page.close();
  });

  it("opens a page of all shortcuts by its key, and gives the focus back", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await handle(page, 3).focus();
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", {name: "Keyboard shortcuts"});
    await dialog.waitFor();
    expect(await dialog.locator("dd").allTextContents()).toEqual(expect.arrayContaining(commands.filter(({keys}) => keys.length > 0).map(({title}) => title)));
    await page.keyboard.press("Escape");
    await dialog.waitFor({state: "detached"});
    expect(await handle(page, 3).evaluate((node) => node === document.activeElement)).toBe(true);
    await page.close();
  });

  it("waits at a gate until asked, keeps it in a new frame, and asks again when an input changed", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await rewrite(page, 7, "// run: Count to a lot\nconst seed = count * 7;");
    const frame = cellsOf(page);
    expect(await values(page)).not.toHaveProperty("seed");
    await frame.getByRole("button", {name: "Count to a lot"}).press("Enter");
    await idle(page);
    expect(await values(page)).toMatchObject({seed: 35});
    await frame.locator("#cell-2 input[type=range]").focus();
    await page.keyboard.press("ArrowRight");
    await idle(page);
    expect(await frame.locator("#cell-7 .n-gate").textContent()).toContain("has changed");
    await frame.getByRole("button", {name: "Count to a lot"}).press("Enter");
    await idle(page);
    expect(await values(page)).toMatchObject({seed: 42});
    await page.close();
  });
});
