/** Notebooks from elsewhere: shared by link, unrun before consent, apart from the site; each attack also tried in a control without the sandbox. */
import {readFile} from "node:fs/promises";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {cellsOf, idle, letRun, openNotebook, openSite, rewrite, values, visit, write, type Site} from "./chromium.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

/** The results of the hostile notebook's attacks. */
type Results = Record<string, string>;

/** Opens the notebook page in a fresh profile. */
async function fresh(address: string) {
  const page = await site.newPage();
  await visit(page, address);
  return page;
}

async function linkTo(fixture: string, change?: (page: Awaited<ReturnType<typeof fresh>>) => Promise<void>) {
  const {page} = await openNotebook(site, fixture);
  await change?.(page);
  await page.getByRole("button", {name: "Notebook menu"}).click();
  await page.getByRole("menuitem", {name: "Share by link"}).click();
  const link = await page.getByRole("textbox", {name: "Link"}).inputValue();
  await page.context().close();
  return link;
}

describe("sharing", () => {
  it("puts a changed notebook and what its inputs show into a link, which opens unrun elsewhere", async () => {
    const link = await linkTo("fixtures/basics.html", async (page) => {
      await rewrite(page, 7, "const seed = 5;");
      await cellsOf(page).locator("#cell-2 input[type=range]").focus();
      await page.keyboard.press("ArrowRight");
      await idle(page);
    });
    expect(link).toContain("#nb=");
    const page = await fresh(link);
    expect(await page.getByRole("region", {name: "A notebook from elsewhere"}).textContent()).toContain("came from a link");
    expect(await values(page)).toEqual({});
    expect(await page.locator('.h-cell[data-cell="7"] .h-code').textContent()).toContain("const seed = 5;");
    await letRun(page);
    await idle(page);
    expect(await values(page)).toMatchObject({seed: 5, count: 6, doubled: 12});
    await page.context().close();
  });

  it("names the notebook in the link where nothing was changed", async () => {
    const link = await linkTo("fixtures/basics.html");
    expect(link).toMatch(/\?open=fixtures%2Fbasics\.html#set\.count=5$/);
  });

  it("carries what widgets show: a stop, a projection, a step of the film, pinned pairs", async () => {
    const state = () => {
      const [microscope, film, honest] = [".d-microscope", ".d-film", ".d-honest"].map((selector) => document.querySelector(selector) as unknown as {stage: string; step: number; projection: string; linkState: {pinned?: string[]}});
      return {stage: microscope.stage, step: film.step, projection: honest.projection, pinned: honest.linkState?.pinned};
    };
    let first: ReturnType<typeof state> | undefined;
    let made: ReturnType<typeof state> | undefined;
    const link = await linkTo("notebooks/90-widgets.html", async (page) => {
      const frame = cellsOf(page);
      first = await frame.evaluate(state);
      // By key: formulas and pictures that come meanwhile move what stands below them, from under a pointer too.
      await frame.locator(".d-microscope").getByRole("button", {name: "Next step"}).press("Enter");
      await frame.locator(".d-film").getByLabel("one frame back").press("Enter");
      await frame.locator(".d-honest").getByLabel("gap axis").press("Space");
      await frame.locator(".d-honest [role=application]").first().focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      made = await frame.evaluate(state);
    });
    const page = await fresh(link);
    const shown = () => cellsOf(page).evaluate(state);
    await expect.poll(shown).toEqual(made);
    expect(first).toMatchObject({projection: "pca", pinned: undefined});
    const {projection, pinned, step, stage} = await shown();
    expect(projection).toBe("gap");
    expect(pinned).toHaveLength(1);
    expect(step).toBeLessThan(first!.step);
    expect(stage).not.toBe(first!.stage);
    await page.context().close();
  });

  it("says what is wrong with a damaged link", async () => {
    const page = await site.newPage();
    await page.goto(`${site.url}notebook.html#nb=abcdef`);
    await page.getByText("The notebook in this link cannot be read").waitFor();
    await page.context().close();
  });
});

describe("a hostile notebook", () => {
  it("reaches nothing of the site, while the same code does where there is no sandbox", async () => {
    const context = await site.newContext();
    const control = await context.newPage();
    await control.goto(`${site.url}fixtures/control.html`);
    await control.evaluate(() => {
      localStorage.setItem("secret", "a draft");
      document.cookie = "secret=1";
    });
    const cell = /<script id="2"[^>]*>([^]*?)<\/script>/.exec(await readFile("test/fixtures/hostile.html", "utf8"))![1];
    const attack = (sandbox: string | null) => control.evaluate(([cell, sandbox]) => (window as unknown as {attack(cell: string, sandbox: string | null): Promise<Results>}).attack(cell!, sandbox), [cell, sandbox] as const);
    const without = await attack(null);
    expect(without).toMatchObject({storage: "got a draft", cookies: "got secret=1", parentDocument: "got control", parentStorage: "got a draft", database: "got opened", files: "got opened", caches: "got opened", own: "got 200"});

    const page = await context.newPage();
    await page.goto(`${site.url}notebook.html?open=fixtures/basics.html`);
    const packed = await page.evaluate(async () => {
      const text = await (await fetch("fixtures/hostile.html")).text();
      const bytes = new Uint8Array(await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"))).arrayBuffer());
      return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    });
    const victim = await context.newPage();
    const popups: unknown[] = [];
    context.on("page", (opened) => popups.push(opened));
    await victim.goto(`${site.url}notebook.html#nb=${packed}`);
    await victim.waitForFunction(() => "diagonal" in window);
    await idle(victim);
    expect(await values(victim)).toEqual({});
    await letRun(victim);
    await idle(victim);
    const {results} = (await values(victim)) as {results: Results & {markdown: boolean}};
    for (const name of ["storage", "cookies", "parentDocument", "parentStorage", "database", "files", "caches", "own", "network", "top"]) expect(`${name} ${results[name]}`).toMatch(/failed: /);
    expect(results.popup).toBe("got refused");
    expect(popups).toEqual([]);
    expect(results.markdown).toBe(false);
    expect(victim.url()).toContain("notebook.html#nb=");
    await context.close();
  });

  it("cannot take the page elsewhere, as it can without the sandbox", async () => {
    const page = await site.newPage();
    const takeOver = async (sandbox: string | null) => {
      await page.goto(`${site.url}fixtures/control.html`);
      await page.evaluate((sandbox) => (window as unknown as {takeOver(sandbox: string | null): void}).takeOver(sandbox), sandbox);
    };
    const refused = page.waitForEvent("console", (message) => /navigat/.test(message.text()));
    await takeOver("allow-scripts");
    await refused;
    expect(page.url()).not.toContain("taken");
    await takeOver(null);
    await page.waitForURL(/taken/);
    await page.context().close();
  });

  it("shows values as text, whatever is in them", async () => {
    const {page, frame} = await openNotebook(site, "fixtures/hostile.html");
    const text = await frame.locator("#cell-1").textContent();
    expect(text).toContain('<img src=x onerror="window.ranInValue = true">');
    expect(text).toContain("${1 + 1} **bold**");
    expect(await frame.locator("#cell-1 strong").count()).toBe(0);
    // What turns the direction of writing stands apart from the text around it.
    expect(await frame.locator("#cell-1 bdi").textContent()).toContain("\u202Egnp.exe");
    expect(await frame.evaluate(() => "ranInMarkdown" in window || "ranInValue" in window)).toBe(false);
    expect(await frame.locator("#cell-1 [onerror], #cell-1 script").count()).toBe(0);
    await page.context().close();
  });

  it("loses its frame when it sends it elsewhere, and gets no port to the page there", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await write(page, 7, 'const gone = location.assign("data:text/html,<script>onmessage = () => document.title = 1</script>");');
    await page.keyboard.press("ControlOrMeta+Enter");
    await page.locator(".h-message", {hasText: "sent its frame to another page"}).waitFor();
    expect(page.frames().filter((frame) => frame.url().startsWith("data:"))).toEqual([]);
    await write(page, 7, "const seed = 2;");
    await page.keyboard.press("ControlOrMeta+Enter");
    await idle(page);
    expect(await values(page)).toMatchObject({seed: 2, doubled: 10});
    await page.context().close();
  });
});
