/** Goes through the widgets of a notebook by keyboard alone. */
import type {Frame, Page} from "playwright-core";
import {still} from "./chromium.ts";

/** Waits until the widgets of the frame have drawn for its present size. */
export async function settle(frame: Frame): Promise<void> {
  await frame.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await still(frame);
}

interface Walked {
  missed: Set<HTMLElement>;
}

/** Presses Tab until every place that can be pressed has had the focus, or too often. A group of radio buttons is one stop; what is folded, disabled or on another slide is none. */
export async function walk(page: Page, frame: Frame): Promise<{stops: number; missed: string[]}> {
  const stops = await frame.evaluate(() => {
    const found = [...document.querySelectorAll<HTMLElement>(".d-widget :is(button, input, select, summary, [tabindex='0'])")].filter((element) => element.checkVisibility() && !(element as HTMLButtonElement).disabled && (element as HTMLInputElement).type !== "radio" && !element.closest("details:not([open]) > :not(summary)"));
    const missed = new Set(found);
    (window as unknown as Walked).missed = missed;
    // The page tells itself what had the focus: to ask after every key would take longer than the keys.
    document.addEventListener("focusin", ({target}) => missed.delete(target as HTMLElement));
    (document.activeElement as HTMLElement | null)?.blur();
    window.focus();
    return found.length;
  });
  const left = () => frame.evaluate(() => [...(window as unknown as Walked).missed].map(({outerHTML}) => outerHTML.slice(0, 120)));
  let missed = stops > 0 ? await left() : [];
  for (let press = 0; press < 3 * stops + 60 && missed.length > 0; press += 8) {
    for (let k = 0; k < 8; k++) await page.keyboard.press("Tab");
    missed = await left();
  }
  return {stops, missed};
}

/** Whether a slide shows anything beside its heading: in the frame, or as code. */
async function showsSomething(page: Page, frame: Frame): Promise<boolean> {
  const inFrame = await frame.evaluate(() => [...document.querySelectorAll<HTMLElement>(".n-prose > :not(h1, h2), .n-output > *")].some((block) => !block.matches(".n-prose") && block.checkVisibility() && block.clientHeight > 0));
  return inFrame || page.locator(".h-cell:not(.h-off) .h-code").evaluateAll((codes) => codes.some((code) => code.checkVisibility() && code.textContent!.trim() !== ""));
}

/** Presents the notebook and goes from slide to slide: what was missed, as "slide: element", which slides are empty, and how many stops all slides have. */
export async function walkSlides(page: Page, frame: Frame): Promise<{stops: number; missed: string[]; empty: string[]}> {
  await page.locator(".h-handle").first().focus();
  await page.keyboard.press("p");
  const count = page.locator(".h-presenter .h-count");
  await count.getByText("1 of").waitFor();
  const slides = Number((await count.textContent())!.split(" of ")[1]);
  const found = {stops: 0, missed: [] as string[], empty: [] as string[]};
  for (let slide = 1; slide <= slides; slide++) {
    await count.getByText(`${slide} of`).waitFor();
    await settle(frame);
    const {stops, missed} = await walk(page, frame);
    found.stops += stops;
    if (!(await showsSomething(page, frame))) found.empty.push((await count.getAttribute("title")) ?? String(slide));
    found.missed.push(...missed.map((element) => `${slide}: ${element}`));
    await page.getByRole("button", {name: "Next slide"}).focus();
    await page.keyboard.press("Enter");
  }
  await page.keyboard.press("Escape");
  await count.waitFor({state: "hidden"});
  return found;
}
