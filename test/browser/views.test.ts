/** Presenting, printing, exporting, the graph: by keys and clicks. */
import {mkdtemp} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {idle, openNotebook, openSite, settled, values, type Site} from "./chromium.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

describe("presenting", () => {
  it("shows one section at a time in large type, turned by keys, with the code at hand and everything alive", async () => {
    const {page, frame} = await openNotebook(site, "fixtures/basics.html");
    const size = () => frame.locator("body").evaluate((body) => Number.parseFloat(getComputedStyle(body).fontSize));
    const normalPx = await size();
    await page.locator('.h-cell[data-cell="3"] .h-handle').focus();
    await page.keyboard.press("p");
    await page.getByText("1 of 2").waitFor();
    await expect.poll(size).toBeCloseTo(normalPx * 1.6, 0);
    const inSight = async () => ({first: await frame.getByText("Six cells of every kind").isVisible(), second: await frame.getByText("A slider").isVisible()});
    await expect.poll(inSight).toEqual({first: true, second: false});
    await page.keyboard.press("Space");
    await page.getByText("2 of 2").waitFor();
    await expect.poll(inSight).toEqual({first: false, second: true});

    await frame.locator("#cell-2 input[type=range]").focus();
    await page.keyboard.press("ArrowRight");
    await idle(page);
    expect(await values(page)).toMatchObject({count: 6});
    expect(await inSight()).toEqual({first: false, second: true});

    await settled(page);
    await page.locator('.h-cell[data-cell="3"] .h-handle').click();
    await page.locator('.h-cell[data-cell="3"] .h-code').click();
    await page.locator('.h-cell[data-cell="3"] .cm-content').waitFor();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText("const doubled = 99;");
    await page.keyboard.press("ControlOrMeta+Enter");
    await idle(page);
    expect(await values(page)).toMatchObject({doubled: 99});

    await page.keyboard.press("Escape");
    await page.keyboard.press("ArrowLeft");
    await page.getByText("1 of 2").waitFor();
    await page.keyboard.press("Escape");
    await frame.getByText("A slider").waitFor();
    await expect.poll(size).toBe(normalPx);
    await page.context().close();
  });
});

describe("on paper and as a file", () => {
  it("prints outputs and code in one column, with nothing that runs", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await page.locator('.h-cell[data-cell="3"] .h-handle').focus();
    await page.keyboard.press("ControlOrMeta+p");
    await page.locator("iframe.h-print").waitFor({state: "attached"});
    const handout = page.frameLocator("iframe.h-print");
    await expect.poll(() => handout.locator("pre", {hasText: "const doubled"}).count()).toBe(1);
    expect(await handout.locator("h1").textContent()).toBe("Basics");
    expect(await handout.locator("script, [onclick], .n-gate").count()).toBe(0);
    await page.context().close();
  });

  it("exports one file that needs nothing else, with its outputs", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await page.getByRole("button", {name: "Notebook menu"}).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", {name: "Export"}).click()]);
    expect(file.suggestedFilename()).toBe("basics-with-outputs.html");
    const path = join(await mkdtemp(join(tmpdir(), "diagonal-export-")), "basics.html");
    await file.saveAs(path);
    const alone = await page.context().newPage();
    const asked: string[] = [];
    alone.on("request", (request) => !request.url().startsWith("data:") && asked.push(request.url()));
    await alone.goto(`file://${path}`);
    expect(await alone.locator("#cell-5").textContent()).toContain("count is 5");
    expect(await alone.locator("#cell-6 math").count()).toBe(1);
    expect(asked).toEqual([`file://${path}`]);
    // What the browser could not write out of a rule stands there empty.
    expect(await alone.evaluate(() => /: *;/.test(document.querySelector("style")!.textContent!))).toBe(false);
    expect(await alone.locator("#cell-1 p").first().evaluate((node) => getComputedStyle(node).fontFamily)).toContain("Source Serif 4 Variable");
    // It carries the letters that its text needs, and no others.
    const carried = await alone.evaluate(() => [...document.fonts].map(({family}) => family.replaceAll('"', "")));
    expect(carried).toContain("Source Serif 4 Variable");
    expect(carried).not.toContain("Formulas");
    // On paper nothing is wider than the page.
    await alone.emulateMedia({media: "print"});
    await alone.setViewportSize({width: 672, height: 900});
    expect(await alone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(672);
    await alone.waitForFunction(() => document.fonts.check('16px "Source Serif 4 Variable"'));
    await page.context().close();
  });
});

describe("the graph", () => {
  it("follows the selection and leads to the cells", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    await page.locator('.h-cell[data-cell="3"] .h-handle').focus();
    await page.keyboard.press("g");
    const panel = page.getByRole("complementary", {name: "Who needs whom"});
    expect(await panel.locator("p").textContent()).toBe("Cell 3 needs one cell and is needed by one cell: those run again when it does.");
    await panel.getByRole("button", {name: "2 count"}).click();
    await page.locator('.h-selected[data-cell="2"]').waitFor();
    await panel.locator("[aria-current]", {hasText: "count"}).waitFor();
    await page.context().close();
  });
});
