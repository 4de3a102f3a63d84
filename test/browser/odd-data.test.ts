/** What the lessons' own views make of odd data: something to see or a sentence, no error, and no word of a program. */
import {mkdirSync} from "node:fs";
import type {Page} from "playwright-core";
import {expect, it} from "vitest";
import type * as Widgets from "../../notebooks/site/widgets.ts";
import type {sampleFrame, samplePairs} from "../../widgets/sample.ts";
import {labelFaults} from "../widgets/labels.ts";
import {settle, useGallery} from "../widgets/page.ts";

const {open} = useGallery();

interface Globals {
  widgets: typeof Widgets;
  sampleFrame: typeof sampleFrame;
  samplePairs: typeof samplePairs;
}

type Oddity = "one pair" | "equal captions" | "equal embeddings" | "not a number" | "thousands of pairs";

/** Makes the five views of odd data, and gives what each shows once it is drawn: its words, and how many pictures are in sight. */
async function shown(page: Page, oddity: Oddity): Promise<Record<string, {words: string; pictures: number}>> {
  await page.evaluate(async (oddity) => {
    const {widgets, sampleFrame, samplePairs} = globalThis as unknown as Globals;
    const count = {"one pair": 1, "thousands of pairs": 5000}[oddity as string] ?? 6;
    const pairs = samplePairs({count});
    const frameAt = (progress: number) => {
      const frame = sampleFrame(pairs, {count, progress, width: 8});
      const {imageEmbeddings, captionEmbeddings} = frame.watched;
      if (oddity === "equal captions") captionEmbeddings.copyWithin(8, 0, 8);
      if (oddity === "equal embeddings") for (const rows of [imageEmbeddings, captionEmbeddings]) rows.fill(Math.sqrt(1 / 8));
      if (oddity === "not a number") for (const rows of [imageEmbeddings, captionEmbeddings]) rows.fill(NaN);
      return frame;
    };
    if (oddity === "equal captions") pairs.captions[1] = pairs.captions[0].slice();
    const isLarge = oddity === "thousands of pairs";
    const selection = widgets.createSelection();
    const frame = frameAt(0.5);
    const {imageEmbeddings, captionEmbeddings} = frame.watched;
    const cosines = Float32Array.from({length: count}, (_, j) => imageEmbeddings.subarray(0, 8).reduce((sum, value, k) => sum + value * captionEmbeddings[8 * j + k], 0));
    const views = {
      loss: widgets.lossMicroscope({pairs, stage: "probabilities"}),
      temperature: widgets.temperatureMicroscope({pairs, value: 0.2}),
      film: isLarge ? null : widgets.trainingFilm({pairs, selection}),
      honest: isLarge ? null : widgets.honestMap({pairs, selection, projection: "pca"}),
      cosine: widgets.cosineMeaning({pairs, background: {index: 0, cosines, own: 0}, flags: ["a red kite"], score: () => [cosines[0]]})
    };
    document.querySelector("main")!.replaceChildren(...Object.entries(views).flatMap(([name, view]) => (view ? [Object.assign(view, {id: `odd-${name}`})] : [])));
    views.loss.update(frame);
    views.honest?.update(frame);
    for (const progress of [0, 0.5]) views.film?.update(frameAt(progress));
    await Promise.all([views.temperature.update(frame), views.honest?.settled.catch(() => {})]);
  }, oddity);
  await settle(page);
  return page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll<HTMLElement>("[id^=odd-]")].map((view) => {
        const pictures = [...view.querySelectorAll<HTMLElement>("canvas, svg")].filter((picture) => picture.checkVisibility() && picture.getBoundingClientRect().height > 20).length;
        return [view.id.slice(4), {words: view.innerText, pictures}];
      })
    )
  );
}

it.each<Oddity>(["one pair", "equal captions", "equal embeddings", "not a number", "thousands of pairs"])("%s: every view shows something or says why not", async (oddity) => {
  mkdirSync("out/widgets", {recursive: true});
  const page = await open(["recall"]);
  const said: string[] = [];
  page.on("pageerror", ({message}) => said.push(message));
  const views = await shown(page, oddity);
  await page.screenshot({path: `out/widgets/odd ${oddity}.jpg`, quality: 80, fullPage: true});
  expect(said).toEqual([]);
  // The maps and matrices of thousands have tests of their own.
  expect(Object.keys(views)).toEqual(oddity === "thousands of pairs" ? ["loss", "temperature", "cosine"] : ["loss", "temperature", "film", "honest", "cosine"]);
  for (const [name, {words, pictures}] of Object.entries(views)) {
    expect({name, words}).toEqual({name, words: expect.not.stringMatching(/NaN|undefined|Infinity|∞|not a number deviations|\[object/)});
    expect(pictures > 0 || /\w+ \w+ \w+.*\./.test(words), `${name} is blank: ${words}`).toBe(true);
  }
  if (oddity === "not a number") expect(views.film.words).toMatch(/diverged[^]*Nothing to place/);
  expect(await labelFaults(page)).toEqual([]);
});
