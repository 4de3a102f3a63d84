/** Captions that look like markup, templates or a turn of the writing's direction: every widget of the gallery shows them as text, and they turn nothing but themselves. */
import {afterAll, beforeAll, expect, it} from "vitest";
import {openGallery, type Gallery} from "./page.ts";

const hostile = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>${globalThis.ran = 1}\u202Egpj";

let gallery: Gallery;
beforeAll(async () => {
  gallery = await openGallery({edit: {file: /widgets[\\/]sample\.ts$/, change: (text) => text.replace("captions: scenes.map(({shape, colour, ground}) => [`", `captions: scenes.map(({shape, colour, ground}) => [${JSON.stringify(hostile)} + \``)}});
});
afterAll(() => gallery?.close());

it("shows hostile captions as text, each within its own direction", async () => {
  const page = await gallery.open(["matrix", "small", "microscope", "beside", "cosine", "map", "coloured"]);
  await page.waitForTimeout(300);
  const found = await page.evaluate((hostile) => {
    const holders = [...document.querySelectorAll<HTMLElement>("main *")].filter((element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent!.includes("<img src=x")));
    const inHtml = holders.filter((element) => element instanceof HTMLElement && element.checkVisibility());
    return {
      ran: "ran" in window,
      made: document.querySelectorAll("main script, main [onerror]").length,
      whole: holders.filter((element) => element.textContent!.includes(hostile)).length,
      loose: inHtml.filter((element) => getComputedStyle(element).display === "inline" && getComputedStyle(element).unicodeBidi !== "isolate").map((element) => element.outerHTML.slice(0, 200))
    };
  }, hostile);
  expect(found).toMatchObject({ran: false, made: 0, loose: []});
  expect(found.whole).toBeGreaterThan(0);
  await page.close();
});
