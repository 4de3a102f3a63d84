/** Goes through the widgets of a notebook by keyboard alone. */
import type {Frame, Page} from "playwright-core";

/** Waits until the widgets of the frame have drawn for its present size. */
export async function settle(frame: Frame): Promise<void> {
  await frame.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 120)))));
}

/** Presses Tab until every place that can be pressed has had the focus, or too often. A group of radio buttons is one stop; what is folded, disabled or on another slide is none. */
export async function walk(page: Page, frame: Frame): Promise<{stops: number; missed: string[]}> {
  const stops = await frame.evaluate(() => {
    document.querySelectorAll<HTMLElement>("[data-stop]").forEach((element) => delete element.dataset.stop);
    const found = [...document.querySelectorAll<HTMLElement>(".d-widget :is(button, input, select, summary, [tabindex='0'])")].filter((element) => element.checkVisibility() && !(element as HTMLButtonElement).disabled && (element as HTMLInputElement).type !== "radio" && !element.closest("details:not([open]) > :not(summary)"));
    found.forEach((element, k) => (element.dataset.stop = String(k)));
    (document.activeElement as HTMLElement | null)?.blur();
    window.focus();
    return found.length;
  });
  const seen = new Set<string>();
  for (let press = 0; press < 3 * stops + 60 && seen.size < stops; press++) {
    await page.keyboard.press("Tab");
    const stop = await frame.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.stop);
    if (stop !== undefined) seen.add(stop);
  }
  const missed = await frame.evaluate((seen) => [...document.querySelectorAll<HTMLElement>("[data-stop]")].filter(({dataset}) => !seen.includes(dataset.stop!)).map(({outerHTML}) => outerHTML.slice(0, 120)), [...seen]);
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
