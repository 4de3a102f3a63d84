/** `npm start` while its files change: it goes on answering, and what it serves at last is what is on the disk. */
import {mkdir, readdir, readFile, rename, rm, truncate, writeFile} from "node:fs/promises";
import {join} from "node:path";
import {setTimeout as pause} from "node:timers/promises";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {seededRandom} from "../../src/tensor/random.ts";
import {listen, startSite, type StartedSite} from "../browser/started-site.ts";

let site: StartedSite;
beforeAll(async () => {
  site = await startSite();
}, 300_000);
afterAll(() => site?.close());

const patience = {timeout: 100_000, interval: 100};
const notebook = (title: string) => `<!doctype html>\n<notebook theme="air">\n  <title>${title}</title>\n  <script id="1" type="text/markdown">\n    # ${title}\n  </script>\n</notebook>\n`;
const get = (path: string) => fetch(new URL(path, site.url)).catch((error: Error) => new Response(error.message, {status: 599}));
const text = async (path: string) => (await get(path)).text();
const at = (path: string) => join(site.folder, path);
const listed = async () => ((await (await get("notebooks/index.json")).json()) as {file: string}[]).map(({file}) => file);
const onDisk = async () => (await readdir(at("notebooks"))).filter((name) => name.endsWith(".html")).sort();

/** Adds, removes, renames, cuts, half writes: one event. */
async function disturb(random: ReturnType<typeof seededRandom>, made: Set<string>, i: number) {
  const folders = ["notebooks", "notebooks/deep/er", "notebooks/site/pictures", "notebooks/site/checkpoints"];
  const kind = random.integer(6);
  const some = [...made][random.integer(Math.max(1, made.size))];
  if (kind < 2 || some === undefined) {
    const path = `${folders[random.integer(4)]}/98-event-${i}.html`;
    await mkdir(at(path.replace(/\/[^/]*$/, "")), {recursive: true});
    await writeFile(at(path), kind === 0 ? notebook(`Event ${i}`).slice(0, 60) : notebook(`Event ${i}`));
    made.add(path);
  } else if (kind === 2) {
    await rm(at(some));
    made.delete(some);
  } else if (kind === 3) {
    const path = `${folders[random.integer(2)]}/98-renamed-${i}.html`;
    await mkdir(at(path.replace(/\/[^/]*$/, "")), {recursive: true});
    await rename(at(some), at(path));
    made.delete(some);
    made.add(path);
  } else if (kind === 4) await truncate(at(some), 10);
  else {
    await rm(at("notebooks/deep"), {recursive: true, force: true});
    for (const path of made) if (path.startsWith("notebooks/deep/")) made.delete(path);
  }
}

describe("npm start", () => {
  it("shows six notebooks that are added one after another", async () => {
    const lesson = await readFile(at("notebooks/01-first-light.html"));
    const six = [1, 2, 3, 4, 5, 6].map((i) => `97-${i}.html`);
    for (const name of six) {
      await writeFile(at(`notebooks/${name}`), lesson);
      await pause(300);
    }
    await expect.poll(async () => (await listed()).filter((name) => name.startsWith("97-")), patience).toEqual(six);
    for (const name of six) expect(await text(`notebooks/${name}`)).toBe(lesson.toString());
    expect(site.isAlive()).toBe(true);
  });

  it("answers through 200 file events in ten seconds, and serves what is on the disk at last", {timeout: 240_000}, async () => {
    const random = seededRandom("events");
    const made = new Set<string>();
    let isOver = false;
    const failed: string[] = [];
    const asking = (async () => {
      for (let asked = 0; !isOver; asked++) {
        for (const path of ["", "notebook.html", "assets/host.js", "notebooks/index.json", "notebooks/01-first-light.html"]) {
          const response = await get(path);
          if (response.status !== 200) failed.push(`${path}: ${response.status} ${await response.text()}`);
          else if (path.endsWith(".json")) JSON.parse(await response.text());
          else await response.arrayBuffer();
        }
        await pause(50);
      }
    })();
    for (let i = 0; i < 200; i++) {
      await disturb(random, made, i);
      await pause(50);
    }
    isOver = true;
    await asking;
    expect(failed).toEqual([]);
    expect(site.isAlive()).toBe(true);
    await expect.poll(listed, patience).toEqual(await onDisk());
    const served = (path: string) => path.replace("notebooks/site/", "");
    expect(made.size).toBeGreaterThan(10);
    for (const path of made) await expect.poll(() => text(served(path)), patience).toBe(await readFile(at(path), "utf8"));
    expect((await get("notebooks/98-event-never.html")).status).toBe(404);
    for (let i = 0; i < 200; i++) {
      const path = `notebooks/98-event-${i}.html`;
      if (!made.has(path)) expect((await get(path)).status, path).toBe(404);
    }
  });

  it("tells of code that cannot be built, goes on with the last build, and takes up what was mended", async () => {
    const page = await listen(site.url);
    const source = await readFile(at("notebooks/site/front.ts"), "utf8");
    const before = await text("assets/front.js");
    await expect.poll(() => page.state()?.version, patience).toMatch(/^\w{16}$/);
    const {version} = page.state()!;
    await writeFile(at("notebooks/site/front.ts"), `${source}\nconst = 1;\n`);
    await expect.poll(() => page.state()?.failure, patience).toMatch(/front\.ts:\d+:\d+: Expected identifier/);
    expect(site.said()).toMatch(/The site could not be built; .*\n.*front\.ts:\d+:\d+: Expected identifier/);
    expect(await text("assets/front.js")).toBe(before);
    // A page that comes now hears it as well, and notebooks are followed meanwhile.
    const late = await listen(site.url);
    await expect.poll(() => late.state()?.failure, patience).toContain("front.ts");
    await writeFile(at("notebooks/96-meanwhile.html"), notebook("Meanwhile"));
    await expect.poll(listed, patience).toContain("96-meanwhile.html");
    expect(late.content()).toContain("notebooks/96-meanwhile.html");
    expect(page.state()).toMatchObject({version, failure: expect.any(String)});

    // Mended with code of a new file under src/.
    await writeFile(at("src/notebook/brand-new.ts"), 'export const mark = "a mark of the new file";\n');
    await writeFile(at("notebooks/site/front.ts"), `import {mark} from "../../src/notebook/brand-new.ts";\n${source}\nconsole.debug(mark);\n`);
    await expect.poll(() => text("assets/front.js"), patience).toContain("a mark of the new file");
    await expect.poll(() => page.state()?.failure, patience).toBeUndefined();
    expect(page.state()!.version).not.toBe(version);
    expect(site.said()).toContain("The site is built again.");
    // A page that was loaded before the rebuild still finds what it names.
    for (const [, name] of before.matchAll(/"\.\/(chunk-\w+\.js)"/g)) expect((await get(`assets/${name}`)).status, name).toBe(200);
    page.close();
    late.close();
  });

  it("serves a notebook that a page saved as soon as it says so", async () => {
    const saved = notebook("Saved by a page");
    const response = await fetch(`${site.url}notebooks/95-saved.html`, {method: "PUT", body: saved, headers: {Origin: site.url.replace(/\/$/, ""), "Sec-Fetch-Site": "same-origin"}});
    expect(response.status).toBe(204);
    expect(await text("notebooks/95-saved.html")).toBe(saved);
  });

  it("serves no service worker that would keep the files of one build", async () => {
    expect(await text("service-worker.js")).toContain("registration.unregister()");
  });
});
