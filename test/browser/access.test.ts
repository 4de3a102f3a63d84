/** Access: axe on the page and inside the frame (which axe skips from outside), light and dark, wide and at 360 px; reading and working by keyboard alone. */
import {readdirSync, readFileSync} from "node:fs";
import {createRequire} from "node:module";
import type {Frame} from "playwright-core";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {errors, openNotebook, openSite, type Site} from "./chromium.ts";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

/** Rules whose answer hangs on the colour scheme. */
const colourRules = ["color-contrast", "link-in-text-block"];

/** What axe finds, as "rule: where"; of all rules, or of some. Its source is evaluated, because the policy of the page lets no script tag in. */
async function violations(frame: Frame, runOnly?: string[]): Promise<string[]> {
  if (!(await frame.evaluate(() => "axe" in window))) await frame.evaluate(axeSource);
  return frame.evaluate(async (runOnly) => {
    const {axe} = window as unknown as {axe: {run(context: Document, options: object): Promise<{violations: {id: string; nodes: {target: string[]; failureSummary: string}[]}[]}>}};
    // The frame is a part of a page: landmarks and the page's own heading are the page's business.
    const rules = window === window.top || runOnly ? {} : {region: {enabled: false}, "landmark-one-main": {enabled: false}, "page-has-heading-one": {enabled: false}};
    const {violations} = await axe.run(document, {rules, runOnly, iframes: false, preload: false, resultTypes: ["violations"]});
    return violations.flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => `${id}: ${target.join(" ")} (${failureSummary.split("\n")[1]?.trim()})`));
  }, runOnly);
}

const notebooks = readdirSync("notebooks").filter((name) => name.endsWith(".html"));

/** What makes a notebook's run a matter of seconds: two steps on few cards, which are all that a checkout has. */
const short = {steps: "2", limit: "128"};
const settings: Record<string, Record<string, string>> = {
  "02-flickr30k.html": {...short, pairs: "postcards", imageTower: "scratch"},
  "03-pairs-and-tokens.html": {limit: "128"},
  "08-what-is-a-cosine.html": {...short, captionCount: "40"},
  "09-retrieval.html": {...short, searched: "24"},
  "12-robustness.html": {...short, challengers: "[]"},
  "13-real-clip.html": {...short, limit: "64", searched: "16"},
  "14-lit.html": {steps: "2", schoolSteps: "2", manyCards: "256", fewCards: "64"}
};

it.each(notebooks)("%s has no violation after Run, on the page and in its frame, in light and dark", async (name) => {
  const set = Object.entries(settings[name] ?? short).map(([key, value]) => [`set.${key}`, value]);
  const {page, frame} = await openNotebook(site, `notebooks/${name}`, {unattended: "", ...Object.fromEntries(set)});
  expect(await errors(page)).toEqual([]);
  await page.locator(".h-handle").nth(2).focus();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({colorScheme, reducedMotion: "reduce"});
    await page.waitForTimeout(150);
    const rules = colorScheme === "dark" ? colourRules : undefined;
    expect({colorScheme, page: await violations(page.mainFrame(), rules), frame: await violations(frame, rules)}).toEqual({colorScheme, page: [], frame: []});
  }
  await page.context().close();
});

it.each(["light", "dark"] as const)("the front page has no violation in %s", async (colorScheme) => {
  const page = await (await site.browser.newContext({colorScheme})).newPage();
  await page.goto(site.url);
  await page.getByRole("heading", {name: "Data sets"}).waitFor();
  expect(await violations(page.mainFrame())).toEqual([]);
  await page.context().close();
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
