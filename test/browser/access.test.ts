/** Access: axe on every notebook's page and inside its frame, light and dark, and on the front page; 360 px; reading and working by keyboard alone. */
import {readdirSync} from "node:fs";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {violations} from "./axe.ts";
import {idle, openNotebook, openSite, type Site} from "./chromium.ts";
import {hasNoViolation, lessonsOfMeasures, lessonsOfTheLoss, lessonsOfTheSpace, lessonsWithTests, openLessonPage} from "./lesson-page.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

/** The other tests of lessons look at these by the way. */
const elsewhere = [...lessonsWithTests, ...Object.keys({...lessonsOfTheLoss, ...lessonsOfTheSpace, ...lessonsOfMeasures})];
const notebooks = readdirSync("notebooks").filter((name) => name.endsWith(".html")).map((name) => name.replace(/\.html$/, ""));

it("knows which notebooks other tests look at", () => {
  expect(notebooks).toEqual(expect.arrayContaining(elsewhere));
});

it.each(notebooks.filter((name) => !elsewhere.includes(name)))("%s has no violation after Run, on the page and in its frame, in light and dark", async (name) => {
  const lesson = await openLessonPage(site, name);
  await hasNoViolation(lesson);
  await lesson.close();
});

it.each(["light", "dark"] as const)("the front page has no violation in %s", async (colorScheme) => {
  const page = await site.newPage({colorScheme});
  await page.goto(site.url);
  await page.getByRole("heading", {name: "Data sets"}).waitFor();
  expect(await violations(page.mainFrame())).toEqual([]);
  await page.context().close();
});

describe("small and by keyboard", () => {
  it("fits 360 px: neither page nor frame is wider than the screen", async () => {
    const {page, frame} = await openNotebook(site, "fixtures/basics.html");
    const widths = async () => {
      const wide = await Promise.all([page.mainFrame(), frame].map((place) => place.evaluate(() => Math.max(innerWidth, document.documentElement.scrollWidth))));
      return wide.every((px) => px <= 360) ? "fits" : wide;
    };
    expect(await widths()).not.toBe("fits");
    await page.setViewportSize({width: 360, height: 740});
    await expect.poll(widths).toBe("fits");
    await page.goto(site.url);
    await page.getByRole("heading", {name: "Data sets"}).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.context().close();
  });

  it("keeps the focus in a cell that is run again by keyboard, and says its state in words", async () => {
    const {page} = await openNotebook(site, "fixtures/basics.html");
    const handle = page.locator('.h-cell[data-cell="3"] .h-handle');
    await handle.focus();
    await page.keyboard.press("Control+Enter");
    await idle(page);
    expect(await handle.evaluate((node) => node === document.activeElement)).toBe(true);
    expect(await handle.getAttribute("aria-label")).toMatch(/^Cell 3, TypeScript.*code$/);
    await page.keyboard.press("Enter");
    await page.locator(".cm-focused, textarea:focus").waitFor();
    await page.keyboard.press("Escape");
    expect(await handle.evaluate((node) => node === document.activeElement)).toBe(true);
    await page.context().close();
  });
});
