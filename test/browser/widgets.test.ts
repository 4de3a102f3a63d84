/** Widgets in a real browser, on fixed data: all of them together, and those of a run by themselves. */
import {readFile} from "node:fs/promises";
import {describe, expect, it} from "vitest";
import {labelFaults} from "../widgets/labels.ts";
import {settle, useGallery} from "../widgets/page.ts";

const {open, read} = useGallery();

const everything = ["controls", "recall", "curve", "halves", "temperature", "matrix", "small", "microscope", "temperatures", "film", "honest", "cosine", "map", "coloured", "beside", "kept"];

describe.each(["light", "dark"] as const)("every widget in %s", (theme) => {
  it("has no label on another, none cut, none too small, on a laptop and on a telephone", async () => {
    const page = await open(everything, {theme});
    for (const [width, height] of [[1280, 800], [390, 844]]) {
      await page.setViewportSize({width, height});
      await settle(page);
      await page.screenshot({path: `out/widgets/all-${theme}-${width}.jpg`, quality: 80, fullPage: true});
      expect({width, faults: await labelFaults(page)}).toEqual({width, faults: []});
    }
  });
});

it("finds labels that do overlap", async () => {
  const page = await open(["recall"]);
  await page.evaluate(() => document.querySelector("main")!.insertAdjacentHTML("beforeend", '<svg width="200" height="40"><text x="5" y="20">one label</text><text x="20" y="22">another</text><line x1="40" x2="40" y1="0" y2="40" class="d-cross"/></svg><p style="position: absolute; left: 1270px; white-space: nowrap">out of the page</p>'));
  const faults = await labelFaults(page);
  expect(faults.some((fault) => fault.includes("stands on"))).toBe(true);
  expect(faults).toContain('a line goes through "one label"');
  expect(faults.some((fault) => fault.includes("sideways"))).toBe(true);
});

describe("runControls", () => {
  it("says what its button does, and asks the run for it", async () => {
    const page = await open(["controls"], {query: "progress=0"});
    const main = page.locator(".d-primary");
    expect(await main.textContent()).toBe("Train 200 steps");
    await main.click();
    await page.getByRole("button", {name: "One step"}).click();
    await page.evaluate("made.controls.update(sampleFrame(pairs, {progress: .5}))");
    expect(await main.textContent()).toBe("Pause");
    await main.click();
    await page.evaluate("made.controls.update({...sampleFrame(pairs, {progress: .5}), state: 'paused'})");
    expect(await main.textContent()).toBe("Train 100 more steps");
    await page.getByRole("button", {name: "Restart"}).click();
    await page.getByRole("slider").press("ArrowRight");
    expect((await read<unknown[][]>(page, "made.controls.run.calls")).map(([name]) => name)).toEqual(["play", "step", "pause", "restart", "set"]);
    const [, settings] = (await read<[string, {learningRate: number}][]>(page, "made.controls.run.calls")).at(-1)!;
    expect(settings.learningRate).toBeGreaterThan(1e-3);
  });

  it("shows what went wrong when the run refuses", async () => {
    const page = await open(["controls"], {query: "progress=0"});
    await page.evaluate("made.controls.run.play = () => { throw new Error('the backend is gone') }");
    await page.locator(".d-primary").click();
    await page.getByText("the backend is gone").waitFor();
  });
});

describe("keptRunList", () => {
  it("keeps, opens and deletes, by keyboard, and says what went wrong", async () => {
    const page = await open(["kept"]);
    const names = () => page.locator(".d-kept b").allTextContents();
    const value = () => read<string | null>(page, "made.kept.value");
    await expect.poll(names).toEqual(["one", "two"]);
    await page.getByLabel("a name for this run").fill("three");
    await page.keyboard.press("Enter");
    await expect.poll(names).toEqual(["one", "two", "three"]);
    await page.getByRole("button", {name: "Open two"}).focus();
    await page.keyboard.press("Enter");
    expect(await value()).toBe("kept:two");
    await page.getByRole("button", {name: "Delete one"}).focus();
    await page.keyboard.press("Enter");
    await expect.poll(names).toEqual(["two", "three"]);
    expect(await value()).toBe("kept:two");
    await page.getByRole("button", {name: "Delete two"}).click();
    await expect.poll(names).toEqual(["three"]);
    expect(await value()).toBe(null);
    await page.getByLabel("a name for this run").fill("full");
    await page.getByRole("button", {name: "Keep this run"}).click();
    await page.getByText("there is no room for it").waitFor();
  });
});

describe("selection", () => {
  it("marks a pair in every view", async () => {
    const page = await open(["small", "map"]);
    await page.locator(".d-map canvas").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await settle(page);
    const {id} = await read<{id: string}>(page, "made.map.value");
    expect(await read(page, "widgets.sharedSelection.pinned")).toEqual([id]);
    expect(await page.locator('[data-entry="small"] .d-strip').count()).toBeGreaterThan(0);
  });
});

describe("lossCurve", () => {
  it("reads the loss of the step under the keyboard", async () => {
    const page = await open(["curve"]);
    await page.locator(".d-curve svg").focus();
    await page.keyboard.press("Home");
    const first = await read<{step: number; loss: number}>(page, "made.curve.value");
    expect(first.step).toBe(1);
    expect(first.loss).toBe(await read(page, "frame.lossHistory[0]"));
    expect(await page.locator(".d-curve svg text", {hasText: "chance"}).textContent()).toBe(`chance ${Math.log(64).toFixed(2)}`);
  });

  it("stops when its cell is invalidated", async () => {
    const page = await open(["recall"]);
    const returned = await page.evaluate(`new Promise(async (resolve) => {
      let stop;
      const frames = {[Symbol.asyncIterator]: () => ({next: () => new Promise(() => {}), return: () => (resolve(true), Promise.resolve({done: true}))})};
      widgets.lossCurve({frames, invalidation: new Promise((done) => (stop = done))});
      stop();
    })`);
    expect(returned).toBe(true);
  });

  it("says so when every loss is not a number", async () => {
    const page = await open(["curve"]);
    await page.evaluate("made.curve.update({lossHistory: new Float32Array(20).fill(NaN), step: 20, steps: 200})");
    await page.getByText("not a number").first().waitFor();
  });
});

it("takes pictures and tables away", async () => {
  const page = await open(["small"]);
  await page.locator(".d-tools summary").click();
  expect(await page.locator(".d-table tbody tr").count()).toBe(64);
  for (const kind of ["CSV", "SVG", "PNG"]) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", {name: kind}).click()]);
    expect(download.suggestedFilename()).toBe(`similarity-matrix.${kind.toLowerCase()}`);
    await download.saveAs(`out/widgets/${download.suggestedFilename()}`);
  }
});

it("takes the titles over its squares away with a picture", async () => {
  const page = await open(["temperatures"]);
  await page.locator(".d-tools summary").click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", {name: "SVG"}).click()]);
  const picture = await readFile(await download.path(), "utf8");
  expect(picture).toMatch(/<text[^>]*>learned: τ = 0\.0\d+<\/text>/);
  expect(picture).toMatch(/<text[^>]*>chosen: τ = 0\.2<\/text>/);
});
