/** The lessons on measuring, each run whole at a tiny size: what they find is named, finite and of the right shape, and axe finds nothing in them. */
import {rm} from "node:fs/promises";
import {afterAll, beforeAll, expect, test} from "vitest";
import {openSite, type Site} from "./chromium.ts";
import {labelledCards} from "./labelled-cards.ts";
import {hasNoViolation, openLessonPage, valuesOf, type LessonPage} from "./lesson-page.ts";

let site: Site;
let cards: string;
beforeAll(async () => {
  cards = await labelledCards({each: 4});
  site = await openSite({mounts: {"/mounts/cards/": cards}});
});
afterAll(async () => {
  await site?.close();
  await rm(cards, {recursive: true});
});

/** Opens a lesson that may not fail in any cell, nor have a violation in light or dark; its named values. */
async function lesson<T>(name: string, look?: (page: LessonPage) => Promise<void>): Promise<T> {
  const page = await openLessonPage(site, name);
  expect(await page.frame.locator("body").innerText()).toContain("Your turn");
  await hasNoViolation(page);
  await look?.(page);
  const values = await valuesOf<T>(page);
  await page.close();
  return values;
}

const isShare = (value: unknown) => typeof value === "number" && value >= 0 && value <= 1;

test("retrieval: both directions over a gallery of its own, next to chance", async () => {
  interface Values {
    retrievalRecall: {step: number; imageToText: Record<string, number>; textToImage: Record<string, number>; chance: {textToImage: Record<string, number>}; gallery: {images: number; captions: number}};
    quality: Record<string, number>;
    searched: number;
  }
  const {retrievalRecall, quality} = await lesson<Values>("09-retrieval", async ({frame}) => {
    // The lesson's own rate, and not the slider's.
    expect(await frame.getByLabel("speed of learning").getAttribute("aria-valuetext")).toBe("0.003");
  });
  expect(retrievalRecall.step).toBe(3);
  expect(retrievalRecall.gallery).toEqual({images: 20, captions: 100});
  expect(retrievalRecall.chance.textToImage[5]).toBeCloseTo(0.25, 10);
  for (const direction of [retrievalRecall.imageToText, retrievalRecall.textToImage]) {
    expect(Object.keys(direction)).toEqual(["1", "5", "10"]);
    expect(Object.values(direction).every(isShare)).toBe(true);
  }
  expect(quality.effectiveRank).toBeGreaterThan(1);
  expect(quality.modalityGap).toBeLessThan(2);
});

test("zero-shot: subjects and colours from words, and an ensemble against single sentences", async () => {
  interface Values {
    subjectAccuracy: number;
    colourAccuracy: number;
    judged: {count: number; confusion: number[]};
    comparison: {seed: number; ensemble: number; single: number; best: number}[];
  }
  const {subjectAccuracy, colourAccuracy, judged, comparison} = await lesson<Values>("10-zero-shot");
  expect([subjectAccuracy, colourAccuracy].every(isShare)).toBe(true);
  expect(Object.values(judged.confusion).reduce((sum, n) => sum + n, 0)).toBe(24);
  expect(comparison.map(({seed}) => seed)).toEqual([1, 2]);
  for (const {single, best} of comparison) expect(best).toBeGreaterThanOrEqual(single);
});

test("linear probe: a figure with an interval at every k, and a sweep", async () => {
  interface Values {
    zeroShotAccuracy: number;
    fewShotFigure: {name: string; points: {x: number; y: number; low: number; high: number}[]}[];
    sweep: {C: number; validation: number; train: number}[];
    ks: number[];
  }
  const {zeroShotAccuracy, fewShotFigure, sweep, ks} = await lesson<Values>("11-linear-probe");
  expect(isShare(zeroShotAccuracy)).toBe(true);
  expect(ks).toEqual([1, 4]);
  expect(fewShotFigure.map(({name}) => name)).toEqual(["CLIP’s features", "held to the words", "raw pixels", "a supervised tower’s features"]);
  for (const {points} of fewShotFigure) {
    expect(points.map(({x}) => x)).toEqual(ks);
    for (const {y, low, high} of points) expect(low <= y && y <= high).toBe(true);
  }
  expect(sweep.length).toBe(7);
  expect(sweep.at(-1)!.train).toBeGreaterThan(sweep[0].train);
});

test("LiT: four runs that differ in their image tower alone, on one figure", async () => {
  const {race, elsewhere} = await lesson<{race: {name: string; recall: number}[]; elsewhere: unknown[]}>("14-lit");
  expect(race.map(({name}) => name)).toEqual(["pretrained, locked", "pretrained, unlocked", "scratch, unlocked", "scratch, locked"]);
  expect(race.every(({recall}) => isShare(recall))).toBe(true);
  expect(elsewhere).toEqual([]);
});

test("CoCa: writes about held-out cards, and its captions are counted", async () => {
  const {lines, captionAccuracy} = await lesson<{lines: {text: string; tokens: {probability: number}[]}[]; captionAccuracy: Record<string, number>}>("15-coca");
  expect(captionAccuracy.step).toBe(2);
  expect([captionAccuracy.subject, captionAccuracy.colour, captionAccuracy.both].every(isShare)).toBe(true);
  expect(captionAccuracy.both).toBeLessThanOrEqual(captionAccuracy.subject);
  expect(Object.keys(lines).length).toBe(6);
});

test("robustness: six corruptions, a line through ages, labelled pictures against photographs, and a test of association", async () => {
  interface Values {
    corruptionAccuracy: {kind: string; points: {x: number; y: number}[]}[];
    aged: unknown[];
    association: Record<"given" | "true", {p: number; degreesOfFreedom: number}>;
    factorAccuracy: {factor: string; accuracy: number}[];
    shift: {classes: string[]; chance: number; words: Record<"familiar" | "shifted", {accuracy: number; low: number; high: number; rows: number}>; probes: {k: number; familiar: number; shifted: number}[]};
  }
  const {corruptionAccuracy, aged, association, factorAccuracy, shift} = await lesson<Values>("12-robustness");
  expect(corruptionAccuracy.map(({kind}) => kind)).toEqual(["noise", "blur", "contrast", "jpeg", "pixelate", "brightness"]);
  for (const {points} of corruptionAccuracy) expect(points.map(({x}) => x)).toEqual([0, 5]);
  expect(aged.length).toBeGreaterThanOrEqual(1);
  expect(factorAccuracy.map(({factor}) => factor)).toContain("count");
  expect(association.true.p).toBeGreaterThan(0);
  expect(shift.classes).toEqual(["automobile", "bird", "dog"]);
  expect(shift.words.familiar.rows).toBe(12);
  for (const {accuracy, low, high} of [shift.words.familiar, shift.words.shifted]) expect(low - 1e-9 <= accuracy && accuracy <= high + 1e-9 && isShare(accuracy)).toBe(true);
  expect(shift.probes.map(({k}) => k)).toEqual([1, 1, 2, 2, 4, 4]);
  expect(shift.probes.every(({familiar, shifted}) => isShare(familiar) && isShare(shifted))).toBe(true);
});
