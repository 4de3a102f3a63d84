/** The lessons on loss, temperature and film as their readers have them: each opened once, looked at from all sides, then asked what it says. */
import {readFileSync} from "node:fs";
import {resolve} from "node:path";
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import {lossSteps} from "../../src/clip/loss-steps.ts";
import {cellsOf, settled, type Site} from "./chromium.ts";
import {coco, hasNoViolation, openLessonPage, openLessonSite, useLesson, valuesOf} from "./lesson-page.ts";
import {needsShared} from "../left-out.ts";

let site: Site;
beforeAll(async () => void (site = await openLessonSite()));
afterAll(() => site?.close());

describe("04, the loss", () => {
  const lesson = useLesson(() => site, "04-the-loss");

  it("has no violation in light or dark", async () => hasNoViolation(await lesson()));

  it("holds the loss's gradient to its word", async () => {
    const {lossPromised, lossMeasured} = await valuesOf<{lossPromised: number; lossMeasured: number}>(await lesson());
    expect(lossPromised).toBeCloseTo(lossMeasured, 5);
    // The operation that trains gives the same, and the microscope says so.
    await (await lesson()).frame.getByText("gives the same numbers and gradients at every stage").waitFor();
  });

  it("shows the formulas with the room that they keep, however late they and their letters come, so that nothing moves then", async () => {
    const page = await site.newPage();
    const held = new Map<string, () => void>();
    for (const part of ["mathml.js", "formulas-"]) await page.route((url) => url.pathname.includes(part), (route) => new Promise<void>((go) => held.set(part, go)).then(() => route.continue()));
    await page.goto(`${site.url}notebook.html?open=notebooks/04-the-loss.html&unattended&set.steps=2&set.limit=128`);
    await page.waitForFunction(() => "diagonal" in window);
    const frame = cellsOf(page);
    const waiting = frame.locator(".d-waiting", {hasText: "The formulas are on their way."});
    await waiting.waitFor();
    await expect.poll(() => [...held.keys()].sort()).toEqual(["formulas-", "mathml.js"]);
    const first = frame.evaluate(async () => {
      const formula = document.querySelector<HTMLElement>(".d-formula")!;
      while (formula.offsetHeight === 0) await new Promise(requestAnimationFrame);
      const places = () => [...document.querySelectorAll(".d-term, .d-term math, .d-code")].map((element) => {
        const {width, height} = element.getBoundingClientRect();
        return [(element as HTMLElement).offsetTop ?? 0, width, height];
      });
      Object.assign(window, {places});
      return places();
    });
    held.get("mathml.js")!();
    held.get("formulas-")!();
    expect((await first).length).toBe(27);
    await settled(page);
    expect(await frame.evaluate("places()")).toEqual(await first);
    expect(await frame.evaluate(() => [...document.fonts].filter(({family}) => family.includes("Formulas")).map(({status}) => status))).toEqual(["loaded"]);
    await page.context().close();
  });

  it("checks an answer", async () => {
    const exercise = (await lesson()).frame.locator(".d-exercise").first();
    await exercise.getByRole("textbox").fill("3");
    await exercise.getByRole("button").press("Enter");
    await expect.poll(() => exercise.locator(".d-verdict").textContent()).toMatch(/^(?!.*Right).*\w/);
    await exercise.getByRole("textbox").fill(Math.log(8).toFixed(2));
    await exercise.getByRole("textbox").press("Enter");
    await expect.poll(() => exercise.locator(".d-verdict").textContent()).toContain("Right");
  });

  it("re-embeds a caption that was edited", async () => {
    const {frame} = await lesson();
    const steps = () => frame.evaluate(() => (document.querySelector(".d-microscope") as unknown as {value: {steps: {loss_i: number[]; p: number[][]; loss: number; I_f: number[][]; T_f: number[][]}}}).value.steps);
    await frame.locator("summary", {hasText: "Try your own"}).press("Enter");
    await frame.getByRole("button", {name: "Give the first two one caption"}).press("Enter");
    await frame.waitForFunction(() => {
      const [a, b] = (document.querySelector(".d-microscope") as unknown as {value: {steps: {T_f: number[][]}}}).value.steps.T_f;
      return a.every((value, k) => Math.abs(value - b[k]) < 1e-6);
    });
    const {p, loss, I_f, T_f} = await steps();
    expect(p[0][0]).toBeLessThanOrEqual(0.5 + 1e-6);
    expect(loss).toBeGreaterThan(0);
    expect(lossSteps(I_f, T_f, 2).p[0][0]).toBeCloseTo(lossSteps(I_f, T_f, 2).p[0][1], 6);
  });
});

describe("05, the temperature", () => {
  const lesson = useLesson(() => site, "05-temperature");

  it("has no violation in light or dark", async () => hasNoViolation(await lesson()));

  it("reads the real CLIP's cosines at every temperature", needsShared("coco100"), async () => {
    const opened = await openLessonPage(site, "05-temperature", {source: "cosines:mounts/coco"});
    const {frame, close} = opened;
    const table = readFileSync(resolve(coco!, "clip_similarities.csv"), "utf8").trim().split("\n").map((line) => line.split(",").map(Number));
    const logits = Array.from({length: 100}, (_, i) => table[i].slice(100).map((cosine) => 100 * cosine));
    const columns = logits.map((_, j) => logits.map((row) => row[j]));
    const lossOf = (lines: number[][]) => lines.reduce((sum, line, i) => sum + Math.log(line.reduce((total, logit) => total + Math.exp(logit - line[i]), 0)), 0) / 100;
    // Nothing trains here: one frame has to do.
    const ofWidget = () => frame.locator(".d-temperatures").evaluate((element) => (element as unknown as {value: {heldLoss: number; held: number}}).value);
    await expect.poll(async () => (await valuesOf<{reading: {heldLoss: number}}>(opened)).reading.heldLoss - (await ofWidget()).heldLoss).toBe(0);
    const {heldLoss, held} = await ofWidget();
    expect(held).toBeCloseTo(0.01, 8);
    expect(heldLoss).toBeCloseTo((lossOf(logits) + lossOf(columns)) / 2, 4);
    await expect.poll(() => frame.locator(".d-run").textContent()).toContain("is looked at here, not trained");
    await close();
  });
});

describe("06, the film", () => {
  interface FilmElement extends HTMLElement {
    step: number;
    value: {frames: number; branch: {compared: number; difference: number} | null};
  }
  const lesson = useLesson(() => site, "06-training-film");

  it("opens trained, with the film of its training", async () => {
    const {frame} = await lesson();
    await expect.poll(() => frame.locator(".d-film").evaluate((element: FilmElement) => element.value.frames)).toBe(43);
  });
  it("has no violation in light or dark", async () => hasNoViolation(await lesson()));

  it("branches with the same losses", async () => {
    const {frame} = await lesson();
    const film = frame.locator(".d-film");
    await film.evaluate((element: FilmElement) => void (element.step = 0));
    await frame.getByRole("button", {name: "Branch from this frame"}).press("Enter");
    await frame.waitForFunction(() => (document.querySelector<FilmElement>(".d-film")!.value.branch?.compared ?? 0) >= 2);
    // The film was made in Node; here more threads may add in another order.
    expect((await film.evaluate((element: FilmElement) => element.value.branch))!.difference).toBeLessThan(1e-3);
  });
});
