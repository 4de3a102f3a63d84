/** The training film and the honest map in a real browser: what they count, draw and choose. */
import {describe, expect, it} from "vitest";
import {labelFaults} from "../widgets/labels.ts";
import {settle, useGallery} from "../widgets/page.ts";

const {open, read} = useGallery();

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
