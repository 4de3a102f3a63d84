/** Files attached to a notebook: hostile names stay text, cells read them, and an export brings them along. */
import {mkdtemp, readFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {afterAll, beforeAll, expect, it} from "vitest";
import {openNotebook, openSite, rewrite, values, type Site} from "./chromium.ts";

let site: Site;
beforeAll(async () => void (site = await openSite()));
afterAll(() => site?.close());

/** Names as they come, and as they are shown. */
const names: [string, string][] = [
  ["<script>window.ran = 1<script>.txt", "<script>window.ran = 1<script>.txt"],
  ["<img src=x onerror=window.ran=1>.txt", "<img src=x onerror=window.ran=1>.txt"],
  ["${1 + 1}.txt", "${1 + 1}.txt"],
  ["photo\u202Egpj.txt", "photo⟨U+202E⟩gpj.txt"]
];

it("shows hostile names of attached files as text, gives their bytes to cells, and takes them into the export", async () => {
  const {page} = await openNotebook(site, "fixtures/basics.html");
  await page.getByRole("button", {name: "Notebook menu"}).click();
  await page.getByRole("menuitem", {name: "Files of this notebook"}).click();
  await page.getByLabel("Attach files").setInputFiles(names.map(([name], i) => ({name, mimeType: "text/html", buffer: Buffer.from(`bytes ${i}`)})));
  const list = page.locator(".h-files");
  await expect.poll(async () => new Set(await list.locator("bdi").allTextContents())).toEqual(new Set(names.map(([, shown]) => shown)));
  expect(await list.locator("script, img").count()).toBe(0);
  await page.getByRole("button", {name: "Close"}).click();

  const reads = names.map(([name]) => `FileAttachment(${JSON.stringify(name)}).text()`);
  await rewrite(page, 7, `const read = await Promise.all([${reads.join(", ")}]);`);
  expect(await values(page)).toMatchObject({read: names.map((_, i) => `bytes ${i}`)});
  expect(await page.evaluate(() => "ran" in window)).toBe(false);

  await page.getByRole("button", {name: "Notebook menu"}).click();
  await page.getByRole("menuitem", {name: "Share by link"}).click();
  await page.getByText(`Attached files are not in the link (${names.length}, 1 KB): send them along`).waitFor();
  await page.getByRole("button", {name: "Close"}).click();

  await page.getByRole("button", {name: "Notebook menu"}).click();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", {name: "Export"}).click()]);
  const path = join(await mkdtemp(join(tmpdir(), "diagonal-files-")), "basics.html");
  await file.saveAs(path);
  const alone = await page.context().newPage();
  await alone.goto(`file://${path}`);
  const links = alone.locator(".n-files a");
  expect(new Set(await links.allTextContents())).toEqual(new Set(names.map(([, shown]) => shown)));
  expect(await alone.locator("script, [onerror]").count()).toBe(0);
  for (const [i, [, shown]] of names.entries()) {
    const [saved] = await Promise.all([alone.waitForEvent("download"), links.filter({hasText: shown}).click()]);
    expect(await readFile(await saved.path(), "utf8")).toBe(`bytes ${i}`);
  }
  await page.context().close();
});
