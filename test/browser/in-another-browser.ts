/** What lessons are held to in a browser other than Chromium: opened, looked at, trained, and a cell of them edited. A driver says how a browser is told to do it. */
import {mkdirSync, writeFileSync} from "node:fs";
import sharp from "sharp";
import {afterAll, beforeAll, expect, it} from "vitest";
import {serveSite, type Server} from "../../src/cli/serve.ts";
import {openSite, rewrite, values, visit} from "./chromium.ts";

/** The host's document, or the frame's, in which cells show what they compute. */
export type World = "page" | "frame";

export interface Driver {
  open(address: string): Promise<void>;
  /** Runs the body of an async function there; gives what it returns. */
  run<T>(world: World, code: string): Promise<T>;
  /** Presses the first button of a selector in the frame. */
  press(selector: string): Promise<void>;
  /** Focuses the page's first element of a selector and types: "Enter" is the key of that name. */
  type(selector: string, text: string, options?: {control?: boolean}): Promise<void>;
  /** Of the window, as PNG. */
  screenshot(): Promise<Buffer>;
  close(): Promise<void>;
}

interface Expected {
  launch(): Promise<Driver>;
  /** What the page says is missing for full speed. */
  lacks: string;
  /** Where a run that is kept ends up. */
  keptIn: "disk" | "memory";
}

interface Lesson {
  /** Of the file in notebooks/. */
  name: string;
  figure: string;
  /** A cell that no other depends on: it is rewritten. */
  edited: number;
}

const lessons: Lesson[] = [
  {name: "01-first-light", figure: ".d-matrix .d-stage", edited: 18},
  {name: "04-the-loss", figure: ".d-microscope .d-stage", edited: 17},
  {name: "05-temperature", figure: ".d-temperatures", edited: 11},
  {name: "07-joint-space", figure: ".d-map-stage", edited: 15}
];

/** Three steps on few cards, from the first weights. */
const queryOf = (name: string) => new URLSearchParams({open: `notebooks/${name}.html`, "set.steps": "3", "set.limit": "480"});

/** What a reader writes into a cell: the loss of every step. */
const lossesCell = "const lossesSeen = frame.lossHistory.slice();";

export function holdsLessons({launch, lacks, keptIn}: Expected): void {
  let server: Server;
  let driver: Driver;
  beforeAll(async () => {
    server = await serveSite({root: "dist"});
    driver = await launch();
  });
  afterAll(async () => {
    await driver?.close();
    await server?.close();
  });

  it.each(lessons)("opens, trains and runs an edited cell: $name", async (lesson) => {
    await open(driver, `${server.url}notebook.html?${queryOf(lesson.name)}`);
    await hasBundledFonts(driver);
    await saysWhatIsMissing(driver, lacks);
    await train(driver);
    expect(await seen(driver, `${lesson.figure}`, `${lesson.name}-${keptIn}`)).toBeGreaterThan(60);
    await edit(driver, lesson.edited, lossesCell);
    await expect.poll(() => valuesIn(driver)).toHaveProperty("lossesSeen.2");
    agree((await valuesIn(driver)).lossesSeen as number[], await lossesInChromium(lesson));
    expect(await driver.run("page", "return window.diagonal.errors()")).toEqual([]);
  });
}

const valuesIn = (driver: Driver) => driver.run<Record<string, unknown>>("page", "return window.diagonal.values()");

/** Goes to a notebook and waits until its cells have come to rest. */
async function open(driver: Driver, address: string) {
  await driver.open(address);
  await expect.poll(() => driver.run("page", 'return "diagonal" in window')).toBe(true);
  await driver.run("page", "await window.diagonal.idle()");
  expect(await driver.run("page", "return window.diagonal.errors()")).toEqual([]);
}

/** Prose and buttons of the frame are as wide as the same letters on the page, which loads the bundled fonts by address; in the fallback they are not. */
async function hasBundledFonts(driver: Driver) {
  const text = JSON.stringify("Hamburgefonstiv 0123456789, which belong together?");
  const widthOf = (family: string) => `(() => {
    const span = Object.assign(document.createElement("span"), {textContent: ${text}});
    span.style.cssText = "position: absolute; white-space: pre; font-weight: 400; font-size: 100px; font-style: normal; letter-spacing: 0";
    span.style.fontFamily = ${family};
    document.body.append(span);
    const {width} = span.getBoundingClientRect();
    span.remove();
    return Math.round(width);
  })()`;
  for (const [selector, family] of [[".n-prose p", "Source Serif 4 Variable"], [".d-run button", "Source Sans 3 Variable"]]) {
    const name = JSON.stringify(`"${family}"`);
    const bundled = await driver.run<number>("page", `await document.fonts.load("100px " + ${name}, ${text}); return ${widthOf(name)};`);
    const fallback = await driver.run<number>("page", `return ${widthOf('"serif"')};`);
    expect(bundled).not.toBe(fallback);
    const inFrame = () => driver.run<number>("frame", `return ${widthOf(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).fontFamily`)};`);
    await expect.poll(async () => ({family, width: await inFrame()})).toEqual({family, width: bundled});
  }
}

async function saysWhatIsMissing(driver: Driver, lacks: string) {
  await expect.poll(() => driver.run("frame", 'return document.querySelector(".d-run details summary")?.textContent')).toBe(`Missing for full speed: ${lacks}`);
}

/** Presses the button, and waits until the controls say that the run is done. */
async function train(driver: Driver) {
  await driver.press(".d-run button");
  await expect.poll(() => driver.run("frame", 'return document.querySelector(".d-run .d-progress-words").textContent'), {timeout: 300_000}).toMatch(/^Done: 3 steps/);
  await driver.run("page", "await window.diagonal.idle()");
}

async function edit(driver: Driver, cell: number, text: string) {
  const place = `.h-cell[data-cell="${cell}"]`;
  await driver.type(`${place} .h-handle`, "Enter");
  await expect.poll(() => driver.run("page", `return document.querySelector('${place} .cm-content') !== null`)).toBe(true);
  await driver.type(`${place} .cm-content`, "a", {control: true});
  await driver.type(`${place} .cm-content`, text);
  await driver.type(`${place} .cm-content`, "Enter", {control: true});
  await driver.run("page", "await window.diagonal.idle()");
}

/** How many colours stand in a part of the frame, as the window shows it; a picture of the window is kept in out/browsers/. */
async function seen(driver: Driver, selector: string, name: string): Promise<number> {
  const inFrame = await driver.run<{x: number; y: number; width: number; height: number}>("frame", `return document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect().toJSON()`);
  const place = await driver.run<{x: number; y: number; scale: number; width: number; height: number}>(
    "page",
    `const frame = document.querySelector("iframe");
    scrollTo(0, scrollY + frame.getBoundingClientRect().top + ${inFrame.y} - 80);
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const {x, y} = frame.getBoundingClientRect();
    return {x, y, scale: devicePixelRatio, width: innerWidth, height: innerHeight};`
  );
  const png = await driver.screenshot();
  mkdirSync("out/browsers", {recursive: true});
  writeFileSync(`out/browsers/${name}.png`, png);
  const box = {left: place.x + inFrame.x, top: place.y + inFrame.y, width: inFrame.width, height: Math.min(inFrame.height, place.height - place.y - inFrame.y)};
  const pixels = await sharp(png).extract({left: Math.round(box.left), top: Math.round(box.top), width: Math.floor(box.width), height: Math.floor(box.height)}).removeAlpha().raw().toBuffer();
  const colours = new Set<number>();
  // Sixteen shades of each colour, so that a smoothed edge is no new one.
  for (let at = 0; at < pixels.length; at += 3) colours.add(((pixels[at] >> 4) << 8) | ((pixels[at + 1] >> 4) << 4) | (pixels[at + 2] >> 4));
  return colours.size;
}

/** The same steps in Chromium, whose arithmetic may round elsewhere: with fused multiply-add. */
async function lossesInChromium({name, edited}: Lesson): Promise<number[]> {
  const site = await openSite();
  const page = await site.newPage();
  await visit(page, `${site.url}notebook.html?${queryOf(name)}&unattended=`);
  await rewrite(page, edited, lossesCell);
  await expect.poll(() => values(page)).toHaveProperty("lossesSeen.2");
  const {lossesSeen} = (await values(page)) as {lossesSeen: number[]};
  await site.close();
  return lossesSeen;
}

function agree(got: number[], wanted: number[]) {
  expect(got).toHaveLength(wanted.length);
  got.forEach((loss, step) => expect(Math.abs(loss - wanted[step]), `loss of step ${step + 1}: ${loss}, in Chromium ${wanted[step]}`).toBeLessThan(1e-3 * wanted[step]));
}
