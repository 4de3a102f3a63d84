/** The lessons on the joint space, and the gallery, as their readers have them: each opened once and looked at from all sides. */
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import type {Site} from "./chromium.ts";
import {coco, hasNoLabelFault, hasNoViolation, isReachedByKeyboard, lessonsOfTheSpace, openLessonPage, openLessonSite, valuesOf} from "./lesson-page.ts";
import type {LessonPage} from "./lesson-page.ts";

let site: Site;
beforeAll(async () => void (site = await openLessonSite()));
afterAll(() => site?.close());

describe.each(Object.keys(lessonsOfTheSpace))("%s", (name) => {
  let lesson: LessonPage;
  beforeAll(async () => void (lesson = await openLessonPage(site, name)));
  afterAll(() => lesson?.close());

  it("has no label on another or cut, at any size", () => hasNoLabelFault(lesson));
  it("has no violation in light or dark", () => hasNoViolation(lesson));
  it("is reached everywhere by keyboard alone, presented too", () => isReachedByKeyboard(lesson));

  it.runIf(name === "08-what-is-a-cosine" && coco !== null)("gives the real CLIP's recall and centroid distance (skipped without ../shared/coco100)", async () => {
    const {cocoRecall, centroidDistance} = await valuesOf<{cocoRecall: unknown; centroidDistance: number}>(lesson);
    expect(cocoRecall).toEqual({imageToText: 0.82, textToImage: 0.75});
    expect(Math.abs(centroidDistance - 0.81354543)).toBeLessThan(1e-6);
  });
});
