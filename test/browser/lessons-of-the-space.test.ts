/** The lessons on the joint space, and the gallery, as their readers have them: each opened once and looked at from all sides. */
import {afterAll, beforeAll, describe, expect, it} from "vitest";
import type {Site} from "./chromium.ts";
import {hasNoViolation, lessonsOfTheSpace, openLessonSite, useLesson, valuesOf} from "./lesson-page.ts";
import {needsShared} from "../left-out.ts";

let site: Site;
beforeAll(async () => void (site = await openLessonSite()));
afterAll(() => site?.close());

describe.each(Object.keys(lessonsOfTheSpace))("%s", (name) => {
  const lesson = useLesson(() => site, name);

  it("has no violation in light or dark", async () => hasNoViolation(await lesson()));

  if (name !== "08-what-is-a-cosine") return;
  it("gives the real CLIP's recall and centroid distance", needsShared("coco100"), async () => {
    const {cocoRecall, centroidDistance} = await valuesOf<{cocoRecall: unknown; centroidDistance: number}>(await lesson());
    expect(cocoRecall).toEqual({imageToText: 0.82, textToImage: 0.75});
    expect(Math.abs(centroidDistance - 0.81354543)).toBeLessThan(1e-6);
  });
});
