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
      expect({width, scale, faults: await labelFaults(frame, ".d-widget")}).toEqual({width, scale, faults: []});
      await photograph(page, `out/lessons/${name}-${width}-${scale}-${theme}.png`, width);
    }
    await close();
  });

  it("is reached everywhere by keyboard alone", async () => {
    const {page, frame, close} = await open(name, {settings});
    await settle(frame);
    // Each thing to press, once; a group of radio buttons is one stop, and a folded or disabled thing none.
    const total = await frame.evaluate(() => {
      const stops = [...document.querySelectorAll<HTMLElement>(".d-widget :is(button, input, select, summary, [tabindex='0'])")].filter((element) => element.checkVisibility() && !(element as HTMLButtonElement).disabled && (element as HTMLInputElement).type !== "radio" && !element.closest("details:not([open]) > :not(summary)"));
      stops.forEach((element, k) => (element.dataset.stop = String(k)));
      return stops.length;
    });
    const seen = new Set<string>();
    await frame.locator("body").evaluate(() => window.focus());
    for (let press = 0; press < 3 * total + 60 && seen.size < total; press++) {
      await page.keyboard.press("Tab");
      const stop = await frame.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.stop);
      if (stop !== undefined) seen.add(stop);
    }
    expect(seen.size).toBe(total);
    await close();
  });
});

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
    const {frame, errors, close} = await open("05-temperature", {settings: {source: "mounts/coco"}});
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
