/** The lessons and the gallery as their readers have them: in the real page, in its sandboxed frame, gone through by keyboard. */
import {existsSync, mkdirSync, readFileSync} from "node:fs";
import {resolve} from "node:path";
import type {Frame, Page} from "playwright-core";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {lossSteps} from "../../src/clip/loss-steps.ts";
import {labelFaults} from "../widgets/labels.ts";
import type {Site} from "./chromium.ts";
import {cellsOf, openSite} from "./chromium.ts";

let site: Site;
const coco = resolve(process.env.DIAGONAL_SHARED ?? "../shared", "coco100");
const withCoco = existsSync(coco);

beforeAll(async () => {
  mkdirSync("out/lessons", {recursive: true});
  site = await openSite({mounts: withCoco ? {"/mounts/coco/": coco} : {}});
});
afterAll(() => site?.close());

interface HostPage {
  diagonal: {idle(): Promise<void>; values(): Promise<Record<string, unknown>>; errors(): {cell: number; message: string}[]};
}

/** Opens a notebook unattended, so that its run goes by itself, and waits until it is done. */
async function open(name: string, {width = 1280, height = 800, theme = "light", settings = {}}: {width?: number; height?: number; theme?: "light" | "dark"; settings?: Record<string, string>} = {}) {
  const context = await site.browser.newContext({viewport: {width, height}, colorScheme: theme, reducedMotion: "reduce"});
  const page = await context.newPage();
  const query = new URLSearchParams({open: `notebooks/${name}.html`, unattended: "", ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [`set.${key}`, value]))});
  await page.goto(`${site.url}notebook.html?${query}`);
  await page.waitForFunction(() => "diagonal" in window);
  await page.evaluate(() => (window as unknown as HostPage).diagonal.idle());
  const values = await page.evaluate(() => (window as unknown as HostPage).diagonal.values());
  const errors = await page.evaluate(() => (window as unknown as HostPage).diagonal.errors());
  return {page, frame: cellsOf(page), values, errors, close: () => context.close()};
}

/** Waits until the widgets of the frame have drawn for its present size. */
const settle = async (frame: Frame) => {
  await frame.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 120)))));
};

/** A picture of the whole notebook: the window is made as high as the page. */
async function photograph(page: Page, path: string, width: number) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({width, height: Math.min(height, 15000)});
  await page.waitForTimeout(500);
  await page.screenshot({path});
}

const tiny = {steps: "2", limit: "128"};
const lessons: [string, Record<string, string>][] = [
  ["04-the-loss", tiny],
  ["05-temperature", tiny],
  ["06-training-film", tiny],
  ["07-joint-space", tiny],
  ["08-what-is-a-cosine", {...tiny, captionCount: "40", ...(withCoco ? {coco: "mounts/coco"} : {})}],
  ["90-widgets", {}]
];

describe.each(lessons)("%s", (name, settings) => {
  it("runs, and has no label on another or cut: on a laptop, on a telephone, on a projector, in light and dark", async () => {
    const {page, frame, errors, close} = await open(name, {settings});
    expect(errors).toEqual([]);
    for (const [width, scale, theme] of [[1280, 1, "light"], [390, 1, "dark"], [1280, 1.6, "dark"]] as const) {
      await page.emulateMedia({colorScheme: theme});
      await page.setViewportSize({width, height: width === 390 ? 844 : 800});
      await frame.evaluate((scale) => document.documentElement.style.setProperty("--scale", String(scale)), scale);
      await settle(frame);
      // Widgets take turns at drawing: a page of many is ready later on a busy machine.
      await expect.poll(async () => ({width, scale, faults: await labelFaults(frame, ".d-widget")}), {timeout: 15_000, interval: 300}).toEqual({width, scale, faults: []});
      await photograph(page, `out/lessons/${name}-${width}-${scale}-${theme}.png`, width);
    }
    await close();
  });

  it("is reached everywhere by keyboard alone: on a laptop, on a telephone, and slide by slide while presenting", async () => {
    const {page, frame, close} = await open(name, {settings});
    await settle(frame);
    const all = await walk(page, frame);
    expect(all.missed).toEqual([]);
    await page.setViewportSize({width: 390, height: 844});
    await settle(frame);
    const narrow = await walk(page, frame);
    expect(narrow.missed).toEqual([]);

    await page.setViewportSize({width: 1280, height: 800});
    await page.locator(".h-handle").first().focus();
    await page.keyboard.press("p");
    const count = page.locator(".h-presenter .h-count");
    await count.getByText("1 of").waitFor();
    const slides = Number((await count.textContent())!.split(" of ")[1]);
    let presented = 0;
    for (let slide = 1; slide <= slides; slide++) {
      await count.getByText(`${slide} of`).waitFor();
      await settle(frame);
      const here = await walk(page, frame);
      expect({slide, missed: here.missed}).toEqual({slide, missed: []});
      presented += here.stops;
      await page.getByRole("button", {name: "Next slide"}).focus();
      await page.keyboard.press("Enter");
    }
    // In large type a widget may offer less, but no slide is left out.
    expect(presented).toBeGreaterThan(0.8 * all.stops);
    await close();
  });
});

/** Presses Tab until every place that can be pressed has had the focus, or too often. A group of radio buttons is one stop; what is folded, disabled or on another slide is none. */
async function walk(page: Page, frame: Frame): Promise<{stops: number; missed: string[]}> {
  const stops = await frame.evaluate(() => {
    document.querySelectorAll<HTMLElement>("[data-stop]").forEach((element) => delete element.dataset.stop);
    const found = [...document.querySelectorAll<HTMLElement>(".d-widget :is(button, input, select, summary, [tabindex='0'])")].filter((element) => element.checkVisibility() && !(element as HTMLButtonElement).disabled && (element as HTMLInputElement).type !== "radio" && !element.closest("details:not([open]) > :not(summary)"));
    found.forEach((element, k) => (element.dataset.stop = String(k)));
    (document.activeElement as HTMLElement | null)?.blur();
    window.focus();
    return found.length;
  });
  const seen = new Set<string>();
  for (let press = 0; press < 3 * stops + 60 && seen.size < stops; press++) {
    await page.keyboard.press("Tab");
    const stop = await frame.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.stop);
    if (stop !== undefined) seen.add(stop);
  }
  const missed = await frame.evaluate((seen) => [...document.querySelectorAll<HTMLElement>("[data-stop]")].filter(({dataset}) => !seen.includes(dataset.stop!)).map(({outerHTML}) => outerHTML.slice(0, 120)), [...seen]);
  return {stops, missed};
}

interface FilmElement extends HTMLElement {
  step: number;
  value: {frames: number; branch: {compared: number; difference: number} | null};
}

it("opens trained, and branches its film with the same losses", async () => {
  const {frame, errors, close} = await open("06-training-film");
  expect(errors).toEqual([]);
  const film = frame.locator(".d-film");
  expect(await film.evaluate((element: FilmElement) => element.value.frames)).toBe(43);
  await film.evaluate((element: FilmElement) => void (element.step = 0));
  await frame.getByRole("button", {name: "Branch from this frame"}).click();
  await frame.waitForFunction(() => document.querySelector<FilmElement>(".d-film")!.value.branch!.compared >= 2, undefined, {timeout: 120_000});
  // The film was made in Node; here more threads may add in another order.
  expect((await film.evaluate((element: FilmElement) => element.value.branch))!.difference).toBeLessThan(1e-3);
  await close();
});

describe("what the lessons say", () => {
  it("holds the loss's gradient to its word", async () => {
    const {values, frame, close} = await open("04-the-loss", {settings: tiny});
    expect(values.lossPromised as number).toBeCloseTo(values.lossMeasured as number, 5);
    // The operation that trains gives the same, and the microscope says so.
    await frame.getByText("The kernels that train give the same numbers and gradients at every stage").waitFor();
    await close();
  });

  it("checks an answer", async () => {
    const {frame, close} = await open("04-the-loss", {settings: tiny});
    const exercise = frame.locator(".d-exercise").first();
    await exercise.getByRole("textbox").fill("3");
    await exercise.getByRole("button").click();
    expect(await exercise.locator(".d-verdict").textContent()).not.toContain("Right");
    await exercise.getByRole("textbox").fill(Math.log(8).toFixed(2));
    await exercise.getByRole("textbox").press("Enter");
    expect(await exercise.locator(".d-verdict").textContent()).toContain("Right");
    await close();
  });

  it("re-embeds a caption that was edited", async () => {
    const {frame, close} = await open("04-the-loss", {settings: tiny});
    const steps = () => frame.evaluate(() => (document.querySelector(".d-microscope") as unknown as {value: {steps: {loss_i: number[]; p: number[][]; loss: number; I_f: number[][]; T_f: number[][]}}}).value.steps);
    await frame.locator("summary", {hasText: "Try your own"}).click();
    await frame.getByRole("button", {name: "Give the first two one caption"}).click();
    await frame.waitForFunction(() => {
      const [a, b] = (document.querySelector(".d-microscope") as unknown as {value: {steps: {T_f: number[][]}}}).value.steps.T_f;
      return a.every((value, k) => Math.abs(value - b[k]) < 1e-6);
    });
    const {p, loss, I_f, T_f} = await steps();
    expect(p[0][0]).toBeLessThanOrEqual(0.5 + 1e-6);
    expect(loss).toBeGreaterThan(0);
    expect(lossSteps(I_f, T_f, 2).p[0][0]).toBeCloseTo(lossSteps(I_f, T_f, 2).p[0][1], 6);
    await close();
  });

  it.skipIf(!withCoco)("reads the real CLIP's cosines at every temperature (skipped without ../shared/coco100)", async () => {
    const {frame, errors, close} = await open("05-temperature", {settings: {source: "cosines:mounts/coco"}});
    expect(errors).toEqual([]);
    const table = readFileSync(resolve(coco, "clip_similarities.csv"), "utf8").trim().split("\n").map((line) => line.split(",").map(Number));
    const logits = Array.from({length: 100}, (_, i) => table[i].slice(100).map((cosine) => 100 * cosine));
    const columns = logits.map((_, j) => logits.map((row) => row[j]));
    const lossOf = (lines: number[][]) => lines.reduce((sum, line, i) => sum + Math.log(line.reduce((total, logit) => total + Math.exp(logit - line[i]), 0)), 0) / 100;
    const {heldLoss, held} = await frame.locator(".d-temperatures").evaluate((element) => (element as unknown as {value: {heldLoss: number; held: number}}).value);
    expect(held).toBeCloseTo(0.01, 8);
    expect(heldLoss).toBeCloseTo((lossOf(logits) + lossOf(columns)) / 2, 4);
    expect(await frame.locator(".d-run").textContent()).toContain("is looked at here, not trained");
    await close();
  });

  it.skipIf(!withCoco)("gives the real CLIP's recall and centroid distance (skipped without ../shared/coco100)", async () => {
    const {values, close} = await open("08-what-is-a-cosine", {settings: {...tiny, captionCount: "40", coco: "mounts/coco"}});
    expect(values.cocoRecall).toEqual({imageToText: 0.82, textToImage: 0.75});
    expect(Math.abs((values.centroidDistance as number) - 0.81354543)).toBeLessThan(1e-6);
    await close();
  });
});
