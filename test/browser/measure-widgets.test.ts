import {describe, expect, it} from "vitest";
import {labelFaults} from "../widgets/labels.ts";
import {settle, useGallery} from "../widgets/page.ts";

const {open, read} = useGallery();

describe.each(["light", "dark"] as const)("every widget of measuring in %s", (theme) => {
  it("has no label on another, none cut, none too small, on a laptop and on a telephone", async () => {
    const page = await open(["retrieval", "slice", "counts", "series", "shares", "pictures", "written", "scatter", "strips"], {theme});
    for (const [width, height] of [[1280, 800], [390, 844]]) {
      await page.setViewportSize({width, height});
      await settle(page);
      await page.screenshot({path: `out/widgets/measure-${theme}-${width}.jpg`, quality: 80, fullPage: true});
      expect({width, faults: await labelFaults(page)}).toEqual({width, faults: []});
    }
  });
});

describe("picture folder", () => {
  it("takes chosen files and dropped ones, and says how many", async () => {
    const page = await open(["pictures"]);
    const heard = page.evaluate("new Promise((resolve) => made.pictures.addEventListener('input', () => resolve(made.pictures.value.name)))");
    await page.getByLabel("Choose a zip or tar").setInputFiles({name: "pets.zip", mimeType: "application/zip", buffer: Buffer.from("PK")});
    expect(await heard).toBe("pets.zip");
    await page.getByText("pets.zip: 1 file.").waitFor();
    await page.evaluate(`(() => {
      const dataTransfer = new DataTransfer();
      for (const name of ["a\u202E.png", "b.png"]) dataTransfer.items.add(new File(["x"], name));
      made.pictures.querySelector(".d-zone").dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer}));
    })()`);
    await page.getByText(": 2 files.").waitFor();
    expect(await page.getByRole("status").textContent()).not.toContain("\u202E");
    expect(await read<number>(page, "made.pictures.value.files.length")).toBe(2);
  });
});

describe("retrieval", () => {
  it("finds pictures for a typed sentence and sentences for a pressed picture, and says where the right one ranks", async () => {
    const page = await open(["retrieval"]);
    await page.getByRole("searchbox").fill("a sentence of nobody");
    await page.getByRole("searchbox").press("Enter");
    await page.getByText("The nearest of 64 pictures").waitFor();
    await page.getByRole("button", {name: await read<string>(page, "pairs.captions[17][0]"), exact: true}).first().click();
    await page.getByText(/The right picture comes .* of 64/).waitFor();
    expect(await read<number>(page, "made.retrieval.value.rank")).toBe(await read<number>(page, "1 + made.retrieval.value.hits.findIndex((hit) => hit.row === 17)"));
    await page.locator(".d-hit").first().click();
    await page.getByText(/own sentences comes .* of 64/).waitFor();
    expect(await read<string>(page, "typeof made.retrieval.value.query")).toBe("number");
  });

  it("takes a picture file", async () => {
    const page = await open(["retrieval"]);
    const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==", "base64");
    await page.getByLabel("a picture to search with").setInputFiles({name: "dot.png", mimeType: "image/png", buffer: png});
    await page.getByText("sentences to your picture").waitFor();
    await page.getByLabel("a picture to search with").setInputFiles({name: "no.png", mimeType: "image/png", buffer: Buffer.from("no picture")});
    await page.getByText("could not be read as a picture").waitFor();
  });
});

describe("decisionSlice", () => {
  it("paints the softmax itself", async () => {
    const page = await open(["slice"]);
    const picture = page.getByRole("application");
    await picture.focus();
    for (let n = 0; n < 4; n++) await picture.press("ArrowRight");
    await picture.press("ArrowUp");
    const value = await read<Record<string, number>>(page, "made.slice.value");
    expect(Object.values(value).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10);
    const best = Object.entries(value).sort(([, p], [, q]) => q - p)[0][0];
    await settle(page);
    expect(await page.locator(".d-probabilities li").first().textContent()).toContain(best);
    await page.getByLabel("prompt 3 of the slice").selectOption({label: "(no third)"});
    expect(await page.locator(".d-failed").isHidden()).toBe(true);
  });
});

describe("charts and matrices", () => {
  it("are walked with the arrow keys", async () => {
    const page = await open(["counts", "series", "scatter"]);
    const [counts, series, scatter] = await page.getByRole("application").all();
    await counts.focus();
    await counts.press("ArrowRight");
    await counts.press("ArrowDown");
    const shapes = await read<string[]>(page, "[...new Set(pairs.factors.shape)]");
    expect(await read(page, "made.counts.value")).toMatchObject({row: shapes[1], column: shapes[0]});
    await series.focus();
    await series.press("End");
    expect(await read(page, "made.series.value.x")).toBe(16);
    expect(await read(page, "made.series.value.values['our image tower']")).toBeCloseTo(0.84, 10);
    await scatter.focus();
    await scatter.press("Home");
    expect(await read(page, "made.scatter.value.name")).toBe("30 steps");
  });
});
