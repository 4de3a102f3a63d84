/** Access: axe on the page and inside the frame (which axe skips from outside), light and dark, wide and at 360 px; reading and working by keyboard alone. */
import {readdirSync, readFileSync} from "node:fs";
import {createRequire} from "node:module";
import type {Frame} from "playwright-core";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {openNotebook, openSite, type Site} from "./chromium.ts";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

/** What axe finds, as "rule: where". Its source is evaluated, because the policy of the page lets no script tag in. */
async function violations(frame: Frame): Promise<string[]> {
  await frame.evaluate(axeSource);
  return frame.evaluate(async () => {
    const {axe} = window as unknown as {axe: {run(context: Document, options: object): Promise<{violations: {id: string; nodes: {target: string[]; failureSummary: string}[]}[]}>}};
    // The frame is a part of a page: landmarks and the page's own heading are the page's business.
    const rules = window === window.top ? {} : {region: {enabled: false}, "landmark-one-main": {enabled: false}, "page-has-heading-one": {enabled: false}};
    const {violations} = await axe.run(document, {rules, iframes: false});
    return violations.flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => `${id}: ${target.join(" ")} (${failureSummary.split("\n")[1]?.trim()})`));
  });
}

const notebooks = readdirSync("notebooks").filter((name) => name.endsWith(".html"));

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  it.each(notebooks.filter((name) => /^(00|01|90)/.test(name)))("%s has no violation, on the page and in its frame", async (name) => {
    const {page, frame} = await openNotebook(site, `notebooks/${name}`);
    await page.emulateMedia({colorScheme, reducedMotion: "reduce"});
    await page.locator(".h-handle").nth(2).focus();
    await page.waitForTimeout(300);
    expect({page: await violations(page.mainFrame()), frame: await violations(frame)}).toEqual({page: [], frame: []});
    await page.context().close();
  });

  it("the front page has no violation", async () => {
    const page = await (await site.browser.newContext({colorScheme})).newPage();
    await page.goto(site.url);
    await page.getByRole("heading", {name: "Data sets"}).waitFor();
    expect(await violations(page.mainFrame())).toEqual([]);
    await page.context().close();
  });
});

describe("small and by keyboard", () => {
  it("fits 360 px: neither page nor frame is wider than the screen", async () => {
    const {page, frame} = await openNotebook(site, "fixtures/basics.html");
    await page.setViewportSize({width: 360, height: 740});
    await page.waitForTimeout(400);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(await frame.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.goto(site.url);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.context().close();
  });

  it("keeps the focus in a cell that is run again by keyboard, and says its state in words", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    const handle = page.locator('.h-cell[data-cell="3"] .h-handle');
    await handle.focus();
    await page.keyboard.press("Control+Enter");
    await page.waitForTimeout(500);
    expect(await handle.evaluate((node) => node === document.activeElement)).toBe(true);
    expect(await handle.getAttribute("aria-label")).toMatch(/^Cell 3, TypeScript.*code$/);
    await page.keyboard.press("Enter");
    await page.locator(".cm-focused, textarea:focus").waitFor();
    await page.keyboard.press("Escape");
    expect(await handle.evaluate((node) => node === document.activeElement)).toBe(true);
    await page.context().close();
  });
});
