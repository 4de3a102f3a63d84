import {mkdirSync} from "node:fs";
import type {Page} from "playwright-core";
import {afterAll, afterEach, beforeAll, describe, expect, it} from "vitest";
import type {Gallery} from "../widgets/page.ts";
import {openGallery, settle} from "../widgets/page.ts";
import {lossSteps} from "../../src/clip/loss-steps.ts";
import {labelFaults} from "../widgets/labels.ts";

let gallery: Gallery;
let pages: Page[] = [];
const open = async (...args: Parameters<Gallery["open"]>) => {
  const page = await gallery.open(...args);
  pages.push(page);
  return page;
};
beforeAll(async () => {
  gallery = await openGallery();
  mkdirSync("out/widgets", {recursive: true});
});
afterAll(async () => {
  await gallery?.close();
});

afterEach(async () => {
  await Promise.all(pages.map((page) => page.close()));
  pages = [];
});

/** A widget's own property, as plain data. */
const read = <T>(page: Page, expression: string) => page.evaluate(expression) as Promise<T>;

const everything = ["controls", "recall", "curve", "halves", "temperature", "matrix", "small", "microscope", "temperatures", "film", "honest", "cosine", "map", "coloured", "beside", "kept"];

describe.each([
  ["light", 1280, 800],
  ["dark", 1280, 800],
  ["light", 390, 844],
  ["dark", 390, 844]
] as const)("every widget in %s at %i x %i", (theme, width, height) => {
  it("has no label on another, none cut, none too small", async () => {
    const page = await open(everything, {theme, width, height});
    await page.waitForTimeout(300);
    await page.screenshot({path: `out/widgets/all-${theme}-${width}.png`, fullPage: true});
    expect(await labelFaults(page)).toEqual([]);
  });
});

it("finds labels that do overlap", async () => {
  const page = await open(["recall"]);
  await page.evaluate(() => document.querySelector("main")!.insertAdjacentHTML("beforeend", '<svg width="200" height="40"><text x="5" y="20">one label</text><text x="20" y="22">another</text></svg><p style="position: absolute; left: 1270px; white-space: nowrap">out of the page</p>'));
  const faults = await labelFaults(page);
  expect(faults.some((fault) => fault.includes("stands on"))).toBe(true);
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

describe("similarityMatrix", () => {
  it("holds the cosines and probabilities of the embeddings", async () => {
    const page = await open(["matrix"]);
    const worst = await read<{cosine: number; probability: number}>(
      page,
      `(() => {
        const {watched, logitScaleLog} = frame, {cosines, values, rows} = made.matrix.matrix;
        let worst = {cosine: 0, probability: 0};
        for (let i = 0; i < rows; i++) {
          const row = Array.from({length: rows}, (_, j) => { let s = 0; for (let k = 0; k < watched.width; k++) s += watched.imageEmbeddings[i * watched.width + k] * watched.captionEmbeddings[j * watched.width + k]; return s; });
          const sum = row.reduce((total, s) => total + Math.exp(s * Math.exp(logitScaleLog)), 0);
          row.forEach((s, j) => {
            worst.cosine = Math.max(worst.cosine, Math.abs(s - cosines[i * rows + j]));
            worst.probability = Math.max(worst.probability, Math.abs(Math.exp(s * Math.exp(logitScaleLog)) / sum - values[i * rows + j]));
          });
        }
        return worst;
      })()`
    );
    expect(worst.cosine).toBeLessThan(1e-6);
    expect(worst.probability).toBeLessThan(1e-5);
  });

  it("is walked by keyboard, and says where it is", async () => {
    const page = await open(["matrix"]);
    await page.locator(".d-matrix svg").first().focus();
    await page.keyboard.press("ArrowDown");
    for (const key of ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
    const value = await read<{image: number; caption: number; cosine: number; rank: number}>(page, "made.matrix.value");
    expect([value.image, value.caption]).toEqual([3, 5]);
    const said = await page.locator(".d-matrix .d-live").textContent();
    expect(said).toBe(`image 3, caption 5, cosine ${value.cosine.toFixed(2).replace("-", "−")}, rank ${value.rank} of 64`);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    expect(await read(page, "made.matrix.value")).toBeNull();
  });

  it("reads the cell under the pointer, and pins it on a click", async () => {
    const page = await open(["small"]);
    const diagonal = await page.locator(".d-matrix svg .d-diagonal").boundingBox();
    const cell = diagonal!.width / 8;
    await page.mouse.click(diagonal!.x + 2.5 * cell, diagonal!.y + 4.5 * cell);
    await page.mouse.move(5, 5);
    const value = await read<{image: number; caption: number}>(page, "made.small.value");
    expect([value.image, value.caption]).toEqual([5, 3]);
  });

  it("reads the same cosines at another temperature without a new frame", async () => {
    const page = await open(["temperature", "matrix"]);
    const before = await read<{temperature: number; values: Record<number, number>}>(page, "made.matrix.matrix");
    await page.locator(".d-temperature input").press("Home");
    const after = await read<{temperature: number; values: Record<number, number>}>(page, "made.matrix.matrix");
    expect(before.temperature).toBeCloseTo(0.07, 6);
    expect(after.temperature).toBeCloseTo(0.005, 6);
    expect(Object.values(after.values).every(Number.isFinite)).toBe(true);
    expect(Math.max(...Object.values(after.values))).toBeGreaterThan(Math.max(...Object.values(before.values)));
  });

  it.each([
    ["one pair", "{cosines: [.4], rows: 1, columns: 1}"],
    ["one image, many captions", "{cosines: Float32Array.from({length: 40}, (_, k) => Math.sin(k)), rows: 1, columns: 40}"],
    ["equal embeddings", "{cosines: new Float32Array(64).fill(1), rows: 8, columns: 8}"],
    ["not a number", "{cosines: new Float32Array(64).fill(NaN), rows: 8, columns: 8}"],
    ["2,000 x 2,000", "{cosines: Float32Array.from({length: 4e6}, (_, k) => k % 2001 === 0 ? .9 : .1), rows: 2000, columns: 2000}"],
    ["nothing", "{cosines: [], rows: 0, columns: 0}"]
  ])("draws something sensible of %s", async (_, frame) => {
    const page = await open(["small"]);
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.evaluate(`made.small.update(${frame})`);
    await settle(page);
    expect(errors).toEqual([]);
    expect((await page.locator(".d-matrix").innerText()).trim().length).toBeGreaterThan(10);
    expect(await labelFaults(page)).toEqual([]);
  });

  it("reads 5,000 x 5,000 while the page answers", async () => {
    const page = await open(["small"]);
    await page.evaluate(`{
      const [pairs, width] = [5000, 4];
      const rows = (turn) => Float32Array.from({length: pairs * width}, (_, k) => { const angle = (k >> 2) * 2 * Math.PI / pairs + turn; return [Math.cos(angle), Math.sin(angle), 0, 0][k & 3]; });
      const indices = Int32Array.from({length: pairs}, (_, k) => k);
      window.gap = 0;
      let last = performance.now();
      const beat = () => { const now = performance.now(); window.gap = Math.max(window.gap, now - last); last = now; setTimeout(beat); };
      beat();
      made.small.update({watched: {step: 0, indices, captionIndices: new Int32Array(pairs), imageEmbeddings: rows(0), captionEmbeddings: rows(1e-5), width}, logitScaleLog: 2});
    }`);
    await page.waitForFunction("made.small.matrix?.rows === 5000", undefined, {timeout: 60_000});
    await settle(page);
    expect(await page.locator(".d-matrix .d-title").innerText()).toBe("5,000 of 5,000 images put their own caption first");
    // At once, it holds the page for several seconds.
    expect(await read<number>(page, "window.gap")).toBeLessThan(1000);
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

describe("lossMicroscope", () => {
  const keys = ["features", "normalise", "cosines", "logits", "shifted", "weights", "probabilities", "lossImage", "columns", "loss", "gradLogits", "gradEmbeddings", "gradScale"];

  it.each([
    [1280, 800],
    [390, 844]
  ])("shows every step without a fault at %i x %i", async (width, height) => {
    const page = await open(["microscope"], {width, height});
    for (const key of keys) {
      await page.evaluate(`made.microscope.stage = "${key}"`);
      await settle(page);
      expect([key, await labelFaults(page)]).toEqual([key, []]);
      expect(await page.locator(".d-term.d-now").count()).toBe(1);
      expect(await page.locator(".d-code .d-now").count()).toBeGreaterThan(0);
    }
  });

  it("draws the very numbers that it computed", async () => {
    const page = await open(["microscope"]);
    for (const [key, name] of [["cosines", "cosines"], ["logits", "logits"], ["probabilities", "p"], ["columns", "q"], ["gradLogits", "d_logits"]]) {
      await page.evaluate(`made.microscope.stage = "${key}"`);
      await settle(page);
      const drawn = await page.locator(".d-microscope .d-cell").evaluateAll((cells) => cells.map((cell) => Number((cell as SVGElement).dataset.value)));
      expect(drawn).toEqual(await read(page, `made.microscope.value.steps.${name}.flat()`));
    }
  });

  it("is gone through by keyboard", async () => {
    const page = await open(["microscope"], {query: "stage=features"});
    await page.locator(".d-stops input").first().focus();
    for (const key of keys.slice(1)) {
      await page.keyboard.press("ArrowRight");
      expect(await read(page, "made.microscope.value.stage")).toBe(key);
    }
    expect((await page.locator(".d-microscope .d-live").textContent())!.length).toBeGreaterThan(20);
  });

  it("lights formula and source where either is pointed at", async () => {
    const page = await open(["microscope"]);
    await page.locator('.d-code [data-line="gradScale"]').hover();
    await settle(page);
    expect(await page.locator(".d-term.d-now").evaluate((term) => [...term.parentElement!.children].indexOf(term))).toBe(keys.indexOf("gradScale"));
  });

  it("tells how far the loss that trains is from it", async () => {
    const page = await open(["microscope"]);
    const error = await page.evaluate(`new Promise((resolve) => {
      const element = widgets.lossMicroscope({pairs, check: async ({images, captions, t}) => ({loss: widgets.lossSteps(images, captions, t).loss + 3e-7})});
      document.querySelector("main").append(element);
      element.update(frame);
      setTimeout(() => resolve(element.value.error), 100);
    })`);
    expect(error).toBeCloseTo(3e-7, 9);
    await page.getByText("The kernels that train give the same numbers").waitFor();
  });

  it("puts a picture of one's own in an image's place, and puts it back", async () => {
    const page = await open(["microscope"]);
    const first = () => read<number[]>(page, "made.microscope.value.steps.I_f[0]");
    const before = await first();
    await page.locator("summary", {hasText: "Try your own"}).click();
    const input = page.getByLabel("a picture of your own");
    await input.setInputFiles({name: "not a picture.jpg", mimeType: "image/jpeg", buffer: Buffer.from("words")});
    await page.getByText("not a picture.jpg could not be read as a picture").waitFor();
    const png = await page.evaluate(() => new Promise<number[]>((done) => document.createElement("canvas").toBlob(async (blob) => done([...new Uint8Array(await blob!.arrayBuffer())]))));
    await input.setInputFiles({name: "own.png", mimeType: "image/png", buffer: Buffer.from(png)});
    await page.waitForFunction(`made.microscope.value.steps.I_f[0][0] !== ${before[0]}`);
    expect(await first()).toEqual(await read<number[]>(page, "Array.from(frame.watched.imageEmbeddings.slice(-frame.watched.width))"));
    await page.getByRole("button", {name: "Put all back"}).click();
    await page.waitForFunction(`made.microscope.value.steps.I_f[0][0] === ${before[0]}`);
    expect(await first()).toEqual(before);
  });

  it("shows the source that runs: one changed line changes the shown line and the value", async () => {
    const changed = await openGallery({edit: {file: /loss-steps\.ts$/, change: (text) => text.replace("(sum(loss_i) + sum(loss_t)) / (2 * n)", "(sum(loss_i) + sum(loss_t)) / (4 * n)")}});
    try {
      const [before, after] = [await open(["microscope"]), await changed.open(["microscope"])];
      const loss = (page: Page) => read<number>(page, "made.microscope.value.steps.loss");
      expect(await loss(after)).toBeCloseTo((await loss(before)) / 2, 12);
      expect(await before.locator('.d-code [data-line="loss"]').textContent()).toContain("(2 * n)");
      expect(await after.locator('.d-code [data-line="loss"]').textContent()).toContain("(4 * n)");
    } finally {
      await changed.close();
    }
  });
});

describe("temperatureMicroscope", () => {
  it("draws the loss that the paper's formula gives at each temperature, finite at both ends", async () => {
    const page = await open(["temperatures"]);
    const curve = await read<[number, number][]>(page, "made.temperatures.curve");
    const {embeddings, width} = await read<{embeddings: [number[][], number[][]]; width: number}>(page, "({width: frame.watched.width, embeddings: ['imageEmbeddings', 'captionEmbeddings'].map((key) => Array.from({length: 64}, (_, i) => Array.from(frame.watched[key].slice(i * frame.watched.width, (i + 1) * frame.watched.width))))})");
    expect(width).toBe(embeddings[0][0].length);
    for (const k of [0, 20, 48, 96]) expect(curve[k][1]).toBeCloseTo(lossSteps(...embeddings, -Math.log(curve[k][0])).loss, 4);
    expect(curve[0][0]).toBeCloseTo(0.005, 9);
    expect(curve.at(-1)![0]).toBeCloseTo(10, 9);
  });

  it("counts the negatives that take part: all of them when warm, one when cold", async () => {
    const page = await open(["temperatures"]);
    await page.evaluate("made.temperatures.temperature = 10");
    expect((await read<{effectiveNegatives: number}>(page, "made.temperatures.value")).effectiveNegatives).toBeGreaterThan(62);
    await page.locator(".d-temperatures input").press("Home");
    expect((await read<{effectiveNegatives: number}>(page, "made.temperatures.value")).effectiveNegatives).toBeLessThan(1.6);
  });
});

describe("trainingFilm", () => {
  it("scrubs to a frame, and shows that frame's numbers", async () => {
    const page = await open(["film"]);
    expect(await read(page, "made.film.value.frames")).toBe(21);
    await page.locator(".d-film-row input").press("Home");
    await page.locator(".d-film-row input").press("ArrowRight");
    expect(await read(page, "made.film.step")).toBe(10);
    const same = await read<boolean>(page, `(() => {
      const {watched} = sampleFrame(pairs, {progress: 1 / 20}), {cosines} = document.querySelector(".d-film .d-matrix").matrix;
      let s = 0; for (let k = 0; k < watched.width; k++) s += watched.imageEmbeddings[k] * watched.captionEmbeddings[k];
      return Math.abs(s - cosines[0]) < 1e-6;
    })()`);
    expect(same).toBe(true);
  });

  it("marks the step at which each pair first came first", async () => {
    const page = await open(["film"]);
    const firsts = await read<Record<string, number>>(page, "made.film.value.firsts");
    expect(Object.keys(firsts).length).toBeGreaterThan(32);
    expect(await page.locator(".d-film .d-tick").count()).toBe(Object.keys(firsts).length);
  });

  it("stays where one scrubbed to while frames go on arriving", async () => {
    const page = await open(["film"]);
    await page.evaluate("made.film.step = 50");
    await page.evaluate("made.film.update({...sampleFrame(pairs, {progress: 1}), step: 210})");
    expect(await read(page, "made.film.step")).toBe(50);
  });
});

describe("honestMap", () => {
  it("counts crossing neighbours, and the gap, as defined", async () => {
    const page = await open(["honest"]);
    await page.evaluate("made.honest.settled");
    const {value, expected} = await read<{value: {gap: number; crossing: number; firsts: number}; expected: {gap: number; crossing: number; firsts: number}}>(
      page,
      `(() => {
        const {imageEmbeddings: I, captionEmbeddings: T, width} = frame.watched, n = 64;
        const row = (p) => p < n ? I.slice(p * width, (p + 1) * width) : T.slice((p - n) * width, (p - n + 1) * width);
        const dot = (a, b) => a.reduce((s, v, k) => s + v * b[k], 0);
        const rows = Array.from({length: 2 * n}, (_, p) => row(p));
        let crossing = 0, firsts = 0;
        rows.forEach((a, p) => {
          const near = rows.map((b, q) => [q === p ? -9 : dot(a, b), q]).sort((x, y) => y[0] - x[0]).slice(0, 5);
          crossing += near.filter(([, q]) => (q < n) !== (p < n)).length / (2 * n * 5);
          if (p < n && rows.slice(n).every((b, j) => j === p || dot(a, b) < dot(a, rows[n + p]))) firsts++;
        });
        const gap = Math.hypot(...Array.from({length: width}, (_, k) => rows.reduce((s, r, p) => s + (p < n ? r[k] : -r[k]) / n, 0)));
        return {value: made.honest.value, expected: {gap, crossing, firsts}};
      })()`
    );
    expect(value.gap).toBeCloseTo(expected.gap, 6);
    expect(value.crossing).toBeCloseTo(expected.crossing, 6);
    expect(value.firsts).toBe(expected.firsts);
  });

  it("closes the gap when the lever is moved all the way, and says what that does to the loss", async () => {
    const page = await open(["honest"]);
    await page.evaluate("made.honest.settled");
    const before = await read<{gap: number; loss: number}>(page, "made.honest.value");
    await page.evaluate("made.honest.shift = 1");
    await page.evaluate("made.honest.settled");
    const after = await read<{gap: number; loss: number}>(page, "made.honest.value");
    expect(after.gap).toBeLessThan(before.gap / 2);
    expect(after.loss).not.toBe(before.loss);
  });

  it("chooses by a loop exactly the pairs with a mark in it", async () => {
    const page = await open(["honest"]);
    await page.evaluate("made.honest.settled");
    await settle(page);
    await page.getByRole("button", {name: "Lasso"}).click();
    await page.locator(".d-honest canvas").first().scrollIntoViewIfNeeded();
    const box = (await page.locator(".d-honest canvas").first().boundingBox())!;
    const corner = (x: number, y: number) => page.mouse.move(box.x + x * box.width, box.y + y * box.height, {steps: 4});
    await corner(0.1, 0.05);
    await page.mouse.down();
    for (const [x, y] of [[0.5, 0.05], [0.5, 0.9], [0.1, 0.9]]) await corner(x, y);
    await page.mouse.up();
    const {chosen, count} = await read<{chosen: string[]; count: number}>(page, "made.honest.value");
    expect(chosen.length).toBeGreaterThan(3);
    expect(chosen.length).toBeLessThan(count);
    // The same pairs lie left of the middle in the places that the map itself reports.
    const {shown, width, height} = await read<{shown: {pair: Record<number, number>; ids: string[]; places: Record<number, number>; extent: [number, number]; count: number}; width: number; height: number}>(
      page,
      `(() => { const map = document.querySelector(".d-honest .d-map"); const {clientWidth: width, clientHeight: height} = map.querySelector("canvas"); return {shown: map.shown, width, height}; })()`
    );
    const em = await read<number>(page, `parseFloat(getComputedStyle(document.querySelector(".d-honest")).fontSize)`);
    const size = Math.min((width - 4.8 * em) / shown.extent[0], (height - 4.8 * em) / shown.extent[1]);
    const inside = new Set<string>();
    for (let p = 0; p < shown.count; p++) {
      const [x, y] = [width / 2 + (shown.places[2 * p] - 0.5) * size, height / 2 - (shown.places[2 * p + 1] - 0.5) * size];
      if (x > 0.1 * width && x < 0.5 * width && y > 0.05 * height && y < 0.9 * height) inside.add(shown.ids[shown.pair[p]]);
    }
    expect([...chosen].sort()).toEqual([...inside].sort());
  });

  it("lists the nearest by cosine to what is pinned, not by distance on the map", async () => {
    const page = await open(["honest"]);
    await page.evaluate("made.honest.settled");
    await page.locator(".d-honest canvas").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    const cosines = (await page.locator(".d-nearest ol").nth(1).locator(".d-number").allTextContents()).map(Number);
    const expected = await read<number[]>(
      page,
      `(() => {
        const {imageEmbeddings: I, captionEmbeddings: T, width} = frame.watched, {id, kind} = document.querySelector(".d-honest .d-map").value;
        const row = pairs.ids.indexOf(id), from = kind === "image" ? I : T;
        return Array.from({length: 64}, (_, j) => { let s = 0; for (let k = 0; k < width; k++) s += from[row * width + k] * T[j * width + k]; return s; }).sort((a, b) => b - a).slice(0, 5);
      })()`
    );
    expect(cosines).toHaveLength(5);
    cosines.forEach((cosine, k) => expect(cosine).toBeCloseTo(expected[k], 1));
  });

  it("colours by the rank of the own caption and by loss, with a key", async () => {
    const page = await open(["honest"]);
    await page.evaluate("made.honest.settled");
    for (const [key, names] of [["rank", 3], ["loss", 5]] as const) {
      await page.getByLabel("colour by").selectOption(key);
      expect(await page.locator(".d-honest .d-key .d-swatch").count()).toBe(names);
    }
    await settle(page);
    await page.screenshot({path: "out/widgets/honest-loss.png", fullPage: true});
    expect(await labelFaults(page)).toEqual([]);
  });

  it.each(["pca", "gap", "umap", "pairing"])("draws %s and says what it hides", async (projection) => {
    const page = await open(["honest"], {query: `projection=${projection}`});
    await page.evaluate("made.honest.settled");
    await settle(page);
    expect((await page.locator(".d-honest .d-says").textContent())!.length).toBeGreaterThan(60);
    expect((await read<{projection: string}>(page, "made.honest.value")).projection).toBe(projection);
    expect(await labelFaults(page)).toEqual([]);
  });
});

describe("sideBySide", () => {
  const ranksOf = `(({imageEmbeddings: I, captionEmbeddings: T, width}, rows) => rows.map((i) => {
    const dot = (j) => { let s = 0; for (let k = 0; k < width; k++) s += I[i * width + k] * T[j * width + k]; return s; };
    return rows.filter((j) => j !== i && dot(j) >= dot(i)).length + 1;
  }))`;

  it("matches the pairs by id, and ranks them among those that both sides have", async () => {
    const page = await open(["beside"]);
    const found = await page.evaluate(`(async () => {
      const late = frame.watched, early = sampleFrame(pairs, {progress: 0.3}).watched, {width} = late;
      const back = Array.from({length: 40}, (_, k) => 63 - k); // the last forty, backwards
      const take = (rows) => Float32Array.from(back.flatMap((r) => Array.from(rows.slice(r * width, (r + 1) * width))));
      const right = {...late, indices: Int32Array.from(back), captionIndices: new Int32Array(40), imageEmbeddings: take(late.imageEmbeddings), captionEmbeddings: take(late.captionEmbeddings)};
      made.beside.update({left: {embedded: early}, right: {embedded: right}});
      await made.beside.settled;
      const rows = Array.from({length: 40}, (_, k) => 24 + k);
      return {value: made.beside.value, ids: rows.map((r) => pairs.ids[r]), left: ${ranksOf}(early, rows), right: ${ranksOf}(late, rows), words: document.querySelector(".d-side-by-side > .d-note").textContent};
    })()`) as {value: {ids: string[]; left: number[]; right: number[]; up: number; down: number}; ids: string[]; left: number[]; right: number[]; words: string};
    expect(found.value.ids).toEqual(found.ids);
    expect(found.value.left).toEqual(found.left);
    expect(found.value.right).toEqual(found.right);
    expect(found.value.up).toBe(found.right.filter((rank, i) => rank < found.left[i]).length);
    expect(found.words).toContain("left out: 24 early, 0 late");
  });

  it("shows two maps, and marks on one what is pinned on the other", async () => {
    const page = await open(["beside"], {query: "beside=map"});
    await page.evaluate("made.beside.settled");
    await page.locator(".d-side-by-side .d-map canvas").first().focus();
    await page.keyboard.press("ArrowRight");
    const values = await read<({id: string} | null)[]>(page, "[...document.querySelectorAll('.d-side-by-side .d-map')].map((map) => map.value)");
    expect(values[0]).not.toBeNull();
    await settle(page);
    await page.screenshot({path: "out/widgets/beside-map.png", fullPage: true});
    expect(await labelFaults(page)).toEqual([]);
  });

  it("says so where the sides have nothing in common", async () => {
    const page = await open(["beside"]);
    await page.evaluate("made.beside.update({left: {embedded: frame.watched, ids: pairs.ids.map((id) => 'other ' + id)}, right: {embedded: frame.watched}}), made.beside.settled");
    await page.getByText("The two sides have no pair in common").waitFor();
  });
});

describe("cosineMeaning", () => {
  it("plants a flag with percentile, z and margin as defined", async () => {
    const page = await open(["cosine"]);
    await page.locator(".d-cosine input").fill("a green tent at night");
    await page.keyboard.press("Enter");
    await page.waitForFunction("made.cosine.value.flags.length === 3");
    const {flag, expected} = await read<{flag: {cosine: number; percentile: number; z: number; margin: number}; expected: number[]}>(
      page,
      `(() => {
        const flag = made.cosine.value.flags[2], {imageEmbeddings: I, captionEmbeddings: T, width} = frame.watched;
        const all = Array.from({length: 64}, (_, j) => { let s = 0; for (let k = 0; k < width; k++) s += I[3 * width + k] * T[j * width + k]; return s; });
        const mean = all.reduce((a, b) => a + b) / 64, deviation = Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / 63);
        return {flag, expected: [all.filter((c) => c < flag.cosine).length / 64, (flag.cosine - mean) / deviation, flag.cosine - Math.max(...all.filter((_, j) => j !== 3))]};
      })()`
    );
    expect(flag.percentile).toBeCloseTo(expected[0], 6);
    expect(flag.z).toBeCloseTo(expected[1], 4);
    expect(flag.margin).toBeCloseTo(expected[2], 5);
    await settle(page);
    expect(await labelFaults(page)).toEqual([]);
  });

  it("moves the background with another image", async () => {
    const page = await open(["cosine"]);
    const before = await read<{mean: number}>(page, "made.cosine.value");
    await page.getByRole("button", {name: "Another image"}).click();
    await page.waitForFunction(`made.cosine.value.mean !== ${before.mean}`);
  });
});
