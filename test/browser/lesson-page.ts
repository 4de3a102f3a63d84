/** A lesson opened once and looked at from all sides: on a laptop, a telephone and a projector, in light and dark, by keyboard and by axe. */
import {existsSync, mkdirSync} from "node:fs";
import {resolve} from "node:path";
import type {Frame, Page} from "playwright-core";
import {afterAll, afterEach, expect} from "vitest";
import {labelFaults} from "../widgets/labels.ts";
import {violationsInBothSchemes} from "./axe.ts";
import {errors, openSite, values, visit, type Site} from "./chromium.ts";
import {settle, walk, walkSlides} from "./walk.ts";
import {sharedFolder} from "../left-out.ts";

const cocoFolder = resolve(sharedFolder, "coco100");
/** The folder of a real CLIP's cosines, where there is one. */
export const coco = existsSync(cocoFolder) ? cocoFolder : null;
/** The site with that folder at `mounts/coco/`, and with further mounts. */
export const openLessonSite = (mounts: Record<string, string> = {}) => openSite({mounts: {...mounts, ...(coco !== null && {"/mounts/coco/": coco})}});

/** What makes a notebook's run a matter of seconds: two steps on few cards. */
const tiny = {steps: "2", limit: "128"};

/** Settings of every lesson that one of the tests below opens, by file; `access.test.ts` opens all others. */
export const lessonsOfTheLoss: Record<string, Record<string, string>> = {"04-the-loss": tiny, "05-temperature": tiny, "06-training-film": {}};
export const lessonsOfTheSpace: Record<string, Record<string, string>> = {"07-joint-space": tiny, "08-what-is-a-cosine": {...tiny, captionCount: "40", ...(coco && {coco: "mounts/coco"})}, "90-widgets": {}};
export const lessonsOfMeasures: Record<string, Record<string, string>> = {
  "09-retrieval": {limit: "256", steps: "3", searched: "20"},
  "10-zero-shot": {limit: "256", steps: "3", tested: "24", compareSeeds: "[1,2]"},
  "11-linear-probe": {limit: "256", steps: "3", tested: "24", seeds: "[1,2]", ks: "[1,4]", imageTower: "mounts/cards/tower"},
  "12-robustness": {limit: "256", steps: "6", tested: "24", strengths: "[5]", challengers: "[]", pictures: "mounts/cards/labelled", photos: "postcards", imageTower: "mounts/cards/tower", trainPhotos: "1000", fewestPhotos: "2", readerRecipe: '{"model":"lit-small","steps":2,"batchSize":16}', probeSizes: "[1,2,4]", probeSeeds: "[1,2]"},
  "14-lit": {manyCards: "128", schoolSteps: "2", fewCards: "60", steps: "2"},
  "15-coca": {limit: "256", steps: "2", tested: "6"}
};
export const otherLessons: Record<string, Record<string, string>> = {"02-flickr30k": {...tiny, pairs: "postcards", imageTower: "scratch"}};
/** Lessons with tests of their own, which look at them, too: first-light, pairs-notebook and real-clip. */
export const lessonsWithTests = ["01-first-light", "03-pairs-and-tokens", "13-real-clip"];
export const settingsOf = (name: string) => ({...lessonsOfTheLoss, ...lessonsOfTheSpace, ...lessonsOfMeasures, ...otherLessons})[name] ?? tiny;

export interface LessonPage {
  name: string;
  page: Page;
  frame: Frame;
  close(): Promise<void>;
}

/** Opens a lesson unattended, so that its run goes by itself, and waits until it is done; no cell may have failed. */
export async function openLessonPage(site: Site, name: string, settings = settingsOf(name)): Promise<LessonPage> {
  const context = await site.newContext({viewport: {width: 1280, height: 800}, reducedMotion: "reduce"});
  const page = await context.newPage();
  const query = new URLSearchParams({open: `notebooks/${name}.html`, unattended: "", ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [`set.${key}`, value]))});
  const frame = await visit(page, `${site.url}notebook.html?${query}`);
  expect(await errors(page)).toEqual([]);
  return {name, page, frame, close: () => context.close()};
}

/**
 * A lesson that the tests of a `describe` look at one after the other: opened when the first of them asks for it. A test that failed may have left it anyhow,
 * so that it is opened anew for the next one, or for the same one once more.
 */
export function useLesson(site: () => Site, name: string): () => Promise<LessonPage> {
  let opening: Promise<LessonPage> | undefined;
  const close = async () => {
    const lesson = await opening?.catch(() => undefined);
    opening = undefined;
    await lesson?.close();
  };
  afterEach(({task}) => (task.result?.state === "fail" ? close() : undefined));
  afterAll(close);
  return () => (opening ??= openLessonPage(site(), name));
}

/** The named values of its cells. */
export const valuesOf = <T>({page}: LessonPage) => values(page) as Promise<T>;

export async function hasNoViolation({page, frame}: LessonPage): Promise<void> {
  expect(await violationsInBothSchemes(page, frame)).toEqual([]);
}

/** No label stands on another or is cut, on a laptop, on a telephone and on a projector; keeps a picture of each in out/lessons/. */
export async function hasNoLabelFault(lesson: LessonPage): Promise<void> {
  const {name, page, frame} = lesson;
  mkdirSync("out/lessons", {recursive: true});
  for (const [width, scale, theme] of [[1280, 1, "light"], [390, 1, "dark"], [1280, 1.6, "dark"]] as const) {
    await page.emulateMedia({colorScheme: theme});
    await page.setViewportSize({width, height: width === 390 ? 844 : 800});
    await frame.evaluate((scale) => document.documentElement.style.setProperty("--scale", String(scale)), scale);
    await settle(frame);
    // Widgets take turns at drawing: a page of many is ready later on a busy machine.
    await expect.poll(async () => ({width, scale, faults: await labelFaults(frame, ".d-widget")}), {interval: 300}).toEqual({width, scale, faults: []});
    await photograph(lesson, `out/lessons/${name}-${width}-${scale}-${theme}.jpg`, width);
  }
  await frame.evaluate(() => document.documentElement.style.removeProperty("--scale"));
  await page.emulateMedia({colorScheme: "light"});
}

/** Everything that can be pressed is reached by Tab alone: on a laptop, on a telephone, and slide by slide while presenting. */
export async function isReachedByKeyboard({page, frame}: LessonPage): Promise<void> {
  await page.setViewportSize({width: 1280, height: 800});
  await settle(frame);
  const all = await walk(page, frame);
  expect(all.missed).toEqual([]);
  await page.setViewportSize({width: 390, height: 844});
  await settle(frame);
  expect((await walk(page, frame)).missed).toEqual([]);
  await page.setViewportSize({width: 1280, height: 800});
  const presented = await walkSlides(page, frame);
  expect(presented).toMatchObject({missed: [], empty: []});
  // In large type a widget may offer less, but no slide is left out.
  expect(presented.stops).toBeGreaterThan(0.8 * all.stops);
}

/** A picture of the whole notebook: the window is made as high as the page. */
async function photograph({page, frame}: LessonPage, path: string, width: number) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({width, height: Math.min(height, 15000)});
  await settle(frame);
  await page.screenshot({path, quality: 80});
}
