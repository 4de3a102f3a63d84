/** What axe finds on a page and inside the frame of its cells (which axe skips from outside), in light and in dark. */
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import type {Frame, Page} from "playwright-core";
import {settle} from "./walk.ts";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Rules whose answer hangs on the colour scheme. */
const colourRules = ["color-contrast", "link-in-text-block"];

/** As "rule: where"; of all rules, or of some. Axe's source is evaluated, because the policy of the page lets no script tag in. */
export async function violations(frame: Frame, runOnly?: string[]): Promise<string[]> {
  if (!(await frame.evaluate(() => "axe" in window))) await frame.evaluate(axeSource);
  return frame.evaluate(async (runOnly) => {
    const {axe} = window as unknown as {axe: {run(context: Document, options: object): Promise<{violations: {id: string; nodes: {target: string[]; failureSummary: string}[]}[]}>}};
    // The frame is a part of a page: landmarks and the page's own heading are the page's business.
    const rules = window === window.top || runOnly ? {} : {region: {enabled: false}, "landmark-one-main": {enabled: false}, "page-has-heading-one": {enabled: false}};
    const {violations} = await axe.run(document, {rules, runOnly, iframes: false, preload: false, resultTypes: ["violations"]});
    return violations.flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => `${id}: ${target.join(" ")} (${failureSummary.split("\n")[1]?.trim()})`));
  }, runOnly);
}

/** Of a notebook's page and its frame, all rules in light and those on colours in dark; a handle between cells has the focus. */
export async function violationsInBothSchemes(page: Page, frame: Frame): Promise<string[]> {
  const found: string[] = [];
  await page.locator(".h-handle").nth(2).focus();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({colorScheme, reducedMotion: "reduce"});
    await settle(frame);
    const rules = colorScheme === "dark" ? colourRules : undefined;
    for (const [place, where] of [["page", page.mainFrame()], ["frame", frame]] as const) found.push(...(await violations(where, rules)).map((violation) => `${colorScheme}, ${place}: ${violation}`));
  }
  await page.emulateMedia({colorScheme: "light"});
  return found;
}
