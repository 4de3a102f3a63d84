/** The similarity matrix, and two of them side by side, in a real browser: their numbers, keys, and what they make of odd data. */
import {describe, expect, it} from "vitest";
import {labelFaults} from "../widgets/labels.ts";
import {settle, useGallery} from "../widgets/page.ts";

const {open, read} = useGallery();

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

  it.each(["is compared", "is read"])("shows a large frame although the temperature moves while it %s", async (during) => {
    const page = await open(["temperature", "matrix"]);
    await page.evaluate(`(() => {
      const [n, width] = [900, 256];
      const embeddings = (turn) => Float32Array.from({length: n * width}, (_, k) => Math.sin(turn * k) / Math.sqrt(width / 2));
      const rows = Int32Array.from({length: n}, (_, k) => k);
      const move = () => { made.temperature.value = 0.5; made.temperature.dispatchEvent(new Event("input")); };
      const words = made.matrix.querySelector(".d-waiting");
      const watch = new MutationObserver(() => {
        if (!words.textContent.startsWith("Reading")) return;
        watch.disconnect();
        move();
      });
      if (${JSON.stringify(during)} === "is read") watch.observe(words, {childList: true, characterData: true, subtree: true});
      made.matrix.update({watched: {step: 9, indices: rows, captionIndices: rows.map(() => 0), imageEmbeddings: embeddings(0.7), captionEmbeddings: embeddings(1.3), width}, logitScaleLog: 3});
      if (${JSON.stringify(during)} === "is compared") move();
    })()`);
    await expect.poll(() => read<number[]>(page, "[made.matrix.matrix.rows, made.matrix.matrix.temperature]")).toEqual([900, 0.5]);
    // Its first row is coloured at the temperature that stands now.
    const worst = await read<number>(page, `(() => {
      const {cosines, values, columns} = made.matrix.matrix;
      const row = Array.from({length: columns}, (_, j) => Math.exp(cosines[j] / 0.5));
      const sum = row.reduce((total, value) => total + value, 0);
      return Math.max(...row.map((value, j) => Math.abs(value / sum - values[j])));
    })()`);
    expect(worst).toBeLessThan(1e-6);
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
      const began = performance.now();
      let last = began;
      window.gap = 0;
      const beat = () => {
        const now = performance.now();
        window.gap = Math.max(window.gap, now - last);
        last = now;
        if (made.small.matrix?.rows === pairs) window.took = now - began;
        else setTimeout(beat);
      };
      beat();
      made.small.update({watched: {step: 0, indices, captionIndices: new Int32Array(pairs), imageEmbeddings: rows(0), captionEmbeddings: rows(1e-5), width}, logitScaleLog: 2});
    }`);
    await page.waitForFunction("window.took");
    await settle(page);
    expect(await page.locator(".d-matrix .d-title").innerText()).toBe("5,000 of 5,000 images put their own caption first");
    // At once, it holds the page all the while, for several seconds; a busy machine stretches both.
    expect(await read<number>(page, "window.gap")).toBeLessThan(Math.max(1000, (await read<number>(page, "window.took")) / 3));
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
