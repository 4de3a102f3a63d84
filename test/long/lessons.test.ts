/** Every lesson at every size, and by keyboard alone: each opened once at a tiny size, then looked at on a laptop, a telephone and a projector. */
import {readdirSync} from "node:fs";
import {rm} from "node:fs/promises";
import {afterAll, beforeAll, describe, it} from "vitest";
import type {Site} from "../browser/chromium.ts";
import {labelledCards} from "../browser/labelled-cards.ts";
import {hasNoLabelFault, isReachedByKeyboard, openLessonSite, useLesson} from "../browser/lesson-page.ts";

let site: Site;
let cards: string;
beforeAll(async () => {
  cards = await labelledCards({each: 4});
  site = await openLessonSite({"/mounts/cards/": cards});
});
afterAll(async () => {
  await site?.close();
  await rm(cards, {recursive: true});
});

const lessons = readdirSync("notebooks").filter((name) => name.endsWith(".html")).map((name) => name.replace(/\.html$/, ""));

describe.each(lessons)("%s", (name) => {
  const lesson = useLesson(() => site, name);

  it("has no label on another or cut, at any size", async () => hasNoLabelFault(await lesson()));
  it("is reached everywhere by keyboard alone, presented too", async () => isReachedByKeyboard(await lesson()));
});
