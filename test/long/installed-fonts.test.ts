/** The same page on machines with other fonts installed: what stands in it stands in the same place. */
import type {Frame, Page} from "playwright-core";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {openSite, settled, type Site} from "../browser/chromium.ts";
import {fontConfig, obtainFonts, type FontSet} from "../browser/font-sets.ts";
import {openLessonPage, settingsOf} from "../browser/lesson-page.ts";
import {leftOut} from "../left-out.ts";

const fontSets: FontSet[] = ["DejaVu Sans alone", "Noto, STIX and Liberation"];

interface Box {
  name: string;
  text: string;
  /** Left, top, width and height, in px. */
  at: number[];
}

/** Every element that is laid out: its name, its own text and its box. What only a screen reader meets, and how long a cell took, are left out. */
const boxesOf = (inside: Page | Frame): Promise<Box[]> =>
  inside.evaluate(() =>
    [...document.body.querySelectorAll("*")].flatMap((element) => {
      const {left, top, width, height} = element.getBoundingClientRect();
      if ((width === 0 && height === 0) || element.closest(".katex-mathml, .d-live, .h-hidden, .h-status, iframe, .cm-layer")) return [];
      const text = [...element.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? node.textContent : "")).join("");
      const cell = element.closest<HTMLElement>("[data-cell]")?.dataset.cell;
      return [{name: `${cell ? `cell ${cell}: ` : ""}${element.localName}.${element.getAttribute("class") ?? ""}`, text, at: [left + scrollX, top + scrollY, width, height]}];
    })
  );

/** Opens every cell's code in the editor, as a person would by keys; code that is kept in sight stays as it is read. */
async function showCode(page: Page) {
  const folded = page.locator('.h-handle[aria-expanded="false"]');
  for (let left = await folded.count(); left > 0; left--) await folded.first().press("Enter");
  await expect.poll(() => folded.count()).toBe(0);
  await page.locator(".cm-content").last().waitFor();
}

/** The boxes of a lesson on a laptop and on a telephone, in the page and in the cells' frame. */
async function lessonBoxes(site: Site, name: string): Promise<Record<string, Box[]>> {
  const {page, frame, close} = await openLessonPage(site, name, settingsOf(name));
  await showCode(page);
  const boxes: Record<string, Box[]> = {};
  for (const [width, height] of [[1280, 800], [390, 844]]) {
    await page.setViewportSize({width, height});
    await settled(page);
    await page.evaluate(async () => void (await document.fonts.ready));
    await settled(page);
    boxes[`page ${width}`] = await boxesOf(page);
    boxes[`cells ${width}`] = await boxesOf(frame);
  }
  await close();
  return boxes;
}

/** What stands elsewhere by more than a pixel. A text that differs, such as a time that was measured, has its own width. */
function moved(one: Box[], other: Box[]) {
  expect(other.map(({name}) => name)).toEqual(one.map(({name}) => name));
  const same = one.map((box, k) => ({...box, there: other[k]})).filter(({text, there}) => text === there.text);
  expect(same.length).toBeGreaterThan(0.9 * one.length);
  return same.filter(({at, there}) => at.some((value, k) => Math.abs(value - there.at[k]) > 1)).map(({name, text, at, there}) => `${name} “${text.slice(0, 40)}” at ${at.map(Math.round).join()}, not ${there.at.map(Math.round).join()}`);
}

describe("with other fonts installed", leftOut(obtainFonts()), () => {
  const sites: Site[] = [];
  beforeAll(async () => {
    for (const set of fontSets) sites.push(await openSite({env: {FONTCONFIG_FILE: fontConfig(set)}}));
  });
  afterAll(() => Promise.all(sites.map((site) => site.close())));

  it("has two browsers that see other fonts", async () => {
    const widths = await Promise.all(sites.map(async (site) => {
      const page = await site.newPage();
      return page.evaluate(() => ["serif", "monospace", "STIXGeneral", "Liberation Sans"].map((family) => {
        const context = document.createElement("canvas").getContext("2d")!;
        context.font = `100px ${family}`;
        return context.measureText("What is installed").width;
      }));
    }));
    // Where one font is all there is, every family is that one.
    expect(new Set(widths[0]).size).toBe(1);
    expect(new Set(widths[1]).size).toBe(4);
  });

  it.each(["01-first-light", "04-the-loss", "05-temperature"])("lays out %s the same", async (name) => {
    const [one, other] = [await lessonBoxes(sites[0], name), await lessonBoxes(sites[1], name)];
    for (const place of Object.keys(one)) {
      expect(one[place].length, place).toBeGreaterThan(place.startsWith("cells") ? 100 : 30);
      const found = moved(one[place], other[place]);
      expect(found.slice(0, 20), `${found.length} of ${one[place].length} in ${place}`).toEqual([]);
    }
  });
});
