/** The microscopes of loss and temperature, and the meaning of a cosine, in a real browser: they show the numbers that the formulas give. */
import type {Page} from "playwright-core";
import {describe, expect, it} from "vitest";
import {lossSteps} from "../../src/clip/loss-steps.ts";
import {labelFaults} from "../widgets/labels.ts";
import {openGallery, settle, useGallery} from "../widgets/page.ts";

const {open, read} = useGallery();

describe("lossMicroscope", () => {
  const keys = ["features", "normalise", "cosines", "logits", "shifted", "weights", "probabilities", "lossImage", "columns", "loss", "gradLogits", "gradEmbeddings", "gradScale"];

  it("shows every step without a fault, on a laptop and on a telephone", async () => {
    const page = await open(["microscope"]);
    for (const [width, height] of [[1280, 800], [390, 844]]) {
      await page.setViewportSize({width, height});
      for (const key of keys) {
        await page.evaluate(`made.microscope.stage = "${key}"`);
        await settle(page);
        expect([width, key, await labelFaults(page)]).toEqual([width, key, []]);
        expect(await page.locator(".d-term.d-now").count()).toBe(1);
        expect(await page.locator(".d-code .d-now").count()).toBeGreaterThan(0);
      }
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
    const error = await page.evaluate(`(async () => {
      const element = widgets.lossMicroscope({pairs, check: async ({images, captions, t}) => ({loss: widgets.lossSteps(images, captions, t).loss + 3e-7})});
      document.querySelector("main").append(element);
      element.update(frame);
      while (element.value.error === null) await new Promise((drawn) => requestAnimationFrame(drawn));
      return element.value.error;
    })()`);
    expect(error).toBeCloseTo(3e-7, 9);
    await page.getByText("gives the same numbers").waitFor();
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
    await page.evaluate("document.documentElement.style.setProperty('--scale', '1.6')");
    await settle(page);
    expect(await labelFaults(page)).toEqual([]);
  });

  it("counts the negatives that take part: all of them when warm, one when cold", async () => {
    const page = await open(["temperatures"]);
    await page.evaluate("made.temperatures.temperature = 10");
    expect((await read<{effectiveNegatives: number}>(page, "made.temperatures.value")).effectiveNegatives).toBeGreaterThan(62);
    await page.locator(".d-temperatures input").press("Home");
    expect((await read<{effectiveNegatives: number}>(page, "made.temperatures.value")).effectiveNegatives).toBeLessThan(1.6);
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
