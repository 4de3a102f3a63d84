/** A notebook opened from the reader's disk, changed, and saved back to its file, byte for byte but for the change. The picker is the reader's: here it hands over a file of the origin's own file system. */
import {afterAll, beforeAll, expect, it} from "vitest";
import {errors, idle, letRun, openSite, reloaded, rewrite, values, type Site} from "./chromium.ts";

let site: Site;
beforeAll(async () => void (site = await openSite()));
afterAll(() => site?.close());

const text = "\uFEFF<!doctype html>\r\n<notebook>\r\n  <title>Mine</title>\r\n  <!-- a note -->\r\n  <script id=\"1\" type=\"module\">\r\n    const a = 1;\r\n  </script>\r\n</notebook>\r\n";

it("saves an opened notebook back to its file, and not over somebody else's change", async () => {
  const context = await site.newContext();
  await context.addInitScript(() => {
    const file = async () => (await navigator.storage.getDirectory()).getFileHandle("mine.html", {create: true});
    Object.assign(window, {
      showOpenFilePicker: async () => [await file()],
      readMine: async () => [...new Uint8Array(await (await (await file()).getFile()).arrayBuffer())],
      async writeMine(text: string) {
        const stream = await (await file()).createWritable();
        await stream.write(text);
        await stream.close();
      }
    });
  });
  const page = await context.newPage();
  const ask = <T>(code: string) => page.evaluate<T>(code);
  const onDisk = async () => new TextDecoder("utf-8", {ignoreBOM: true}).decode(Uint8Array.from(await ask<number[]>("window.readMine()")));
  await page.goto(site.url);
  await ask(`window.writeMine(${JSON.stringify(text)})`);
  await page.getByRole("button", {name: /open a/i}).press("Enter");
  await page.waitForFunction(() => "diagonal" in window);
  expect(await page.getByRole("region", {name: "A notebook from elsewhere"}).textContent()).toContain("the file “mine.html”");
  await letRun(page);
  await idle(page);
  expect(await values(page)).toMatchObject({a: 1});

  await page.locator('.h-cell[data-cell="1"] .h-handle').press("Enter");
  await rewrite(page, 1, "const a = 2;");
  await page.keyboard.press("ControlOrMeta+s");
  await page.locator(".h-message", {hasText: "Saved."}).waitFor();
  expect(await onDisk()).toBe(text.replace("a = 1", "a = 2"));

  // A reload begins from what was saved.
  await reloaded(page, () => page.reload());
  await expect.poll(() => page.locator(".h-state").textContent()).toBe("");
  await letRun(page);
  await idle(page);
  expect(await errors(page)).toEqual([]);
  expect(await values(page)).toMatchObject({a: 2});

  await ask(`window.writeMine(${JSON.stringify(text)})`);
  await page.locator('.h-cell[data-cell="1"] .h-handle').press("Enter");
  await rewrite(page, 1, "const a = 3;");
  await page.keyboard.press("ControlOrMeta+s");
  await page.locator(".h-message", {hasText: "mine.html was changed by someone else since it was opened here."}).waitFor();
  expect(await onDisk()).toBe(text);
  await context.close();
});

it("says so where a notebook has no file that the page may write to, and downloads it", async () => {
  const page = await site.newPage();
  await page.goto(`${site.url}notebook.html?open=new:nowhere`);
  await page.waitForFunction(() => "diagonal" in window);
  const [file] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("ControlOrMeta+s")]);
  expect(file.suggestedFilename()).toMatch(/nowhere/);
  await page.locator(".h-message", {hasText: "no file that the page may write to, so it was downloaded"}).waitFor();
  await page.context().close();
});
