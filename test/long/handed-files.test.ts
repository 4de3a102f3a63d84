/** Files that cells hand over, inside the real frame, whose sandbox allows no download: each kind arrives through the page. */
import {readFile} from "node:fs/promises";
import {deflateRawSync} from "node:zlib";
import type {Download, Frame, Page} from "playwright-core";
import {expect, it} from "vitest";
import {cellsOf, errors, idle, visit} from "../browser/chromium.ts";
import {useSite} from "../browser/use-site.ts";

const place = useSite();

const notebook = `<!doctype html>
<notebook>
  <title>Files</title>
  <script id="1" type="module">
    import {createRun, openPairs} from "diagonal";
    import {exportRun, lossCurve} from "diagonal/widgets";
  </script>
  <script id="2" type="module">
    const pairs = await openPairs("postcards", {limit: 64, seed: 1, invalidation});
    const run = await createRun({pairs, model: "cbow-tiny", batchSize: 16, steps: 2, seed: 1}, {invalidation});
  </script>
  <script id="3" type="module">
    const curve = display(lossCurve({frames: run.snapshots(), chance: run.info.chanceLoss, invalidation}));
    await run.step(2);
  </script>
  <script id="4" type="module">
    display(exportRun(run));
  </script>
  <script id="5" type="module">
    const button = (label, act) => display(Object.assign(document.createElement("button"), {textContent: label, onclick: act}));
    const link = (download, blob) => Object.assign(document.createElement("a"), {download, href: URL.createObjectURL(blob)});
    button("Detached", () => link("own.json", new Blob(["[1]"])).click());
    button("Climbs", () => link("../../.bashrc\\u202Egpj.csv", new Blob(["x"])).click());
    button("Program", () => link("setup.exe", new Blob(["MZ"])).click());
    display(Object.assign(document.createElement("a"), {download: "data.txt", href: "data:text/plain,hello", textContent: "A link"}));
  </script>
</notebook>
`;

/** Presses something in the frame and gives the file that arrives. */
async function fileOf(page: Page, press: () => Promise<unknown>): Promise<{name: string; bytes: Buffer}> {
  const [download]: [Download, unknown] = await Promise.all([page.waitForEvent("download"), press()]);
  return {name: download.suggestedFilename(), bytes: await readFile(await download.path())};
}

const press = (frame: Frame, name: string) => () => frame.getByRole("button", {name, exact: true}).first().press("Enter");

it("every kind of button of a notebook of ours saves its file", async () => {
  const page = await place.site.newPage({acceptDownloads: true});
  await page.route("**/notebooks/files-here.html", (route) => route.fulfill({contentType: "text/html", body: notebook}));
  const frame = await visit(page, `${place.site.url}notebook.html?open=notebooks/files-here.html`);
  expect(await errors(page)).toEqual([]);
  await frame.locator("#cell-3 .d-stage").waitFor();
  await frame.locator("#cell-3 summary", {hasText: "Table and files"}).press("Enter");

  const csv = await fileOf(page, press(frame, "CSV"));
  expect(csv.name).toMatch(/\.csv$/);
  expect(csv.bytes.toString()).toMatch(/^\w+.*\r\n/);
  const svg = await fileOf(page, press(frame, "SVG"));
  expect(svg.name).toMatch(/\.svg$/);
  expect(svg.bytes.toString()).toMatch(/^<svg .*<\/svg>$/s);
  const png = await fileOf(page, press(frame, "PNG"));
  expect(png.name).toMatch(/\.png$/);
  expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
  const tar = await fileOf(page, press(frame, "Export this run"));
  expect(tar.name).toBe("cbow-tiny.tar");
  expect(tar.bytes.length).toBeGreaterThan(1e5);
  expect(tar.bytes.includes("clip/train.sh")).toBe(true);

  expect(await fileOf(page, press(frame, "Detached"))).toMatchObject({name: "own.json", bytes: Buffer.from("[1]")});
  expect(await fileOf(page, () => frame.getByRole("link", {name: "A link"}).press("Enter"))).toMatchObject({name: "data.txt", bytes: Buffer.from("hello")});
  const climbing = await fileOf(page, press(frame, "Climbs"));
  expect(climbing.name).not.toMatch(/^\.|[/\\\u202E]/);
  await page.context().close();
});

it("a notebook from elsewhere saves nothing before its reader says so, and nothing that runs", async () => {
  const page = await place.site.newPage({acceptDownloads: true});
  const arrived: string[] = [];
  page.on("download", (download) => arrived.push(download.suggestedFilename()));
  await page.goto(`${place.site.url}notebook.html#nb=${deflateRawSync(notebook).toString("base64url")}`);
  await page.getByRole("button", {name: "Run it"}).press("Enter");
  await idle(page);
  const frame = cellsOf(page);
  await press(frame, "Detached")();
  const message = page.locator(".h-message");
  await message.filter({hasText: "This notebook hands you a file, “own.json”"}).waitFor();
  expect(arrived).toEqual([]);
  expect((await fileOf(page, () => message.getByRole("button", {name: "Save it"}).press("Enter"))).name).toBe("own.json");
  await expect.poll(async () => (await press(frame, "Program")(), message.textContent())).toContain("may hand over data and pictures only");
  expect(arrived).toEqual(["own.json"]);
  await page.context().close();
});
