/** Captions that look like markup, templates or a turn of the writing's direction: every widget of the gallery shows them as text, and they turn nothing but themselves. */
import type {Page} from "playwright-core";
import {expect, it} from "vitest";
import {openGallery, settle, type Gallery} from "./page.ts";

/** Every first caption begins with this and ends with a sign of its own. */
const hostile = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>${globalThis.ran = 1}\u202Egpj";
const end = "⟧";
const hostileCaptions = {file: /widgets[\\/]sample\.ts$/, change: (text: string) => text.replace("${colour} ${shape} ${ground}`", `\${colour} \${shape} \${ground}${end}\``).replace("captions: scenes.map(({shape, colour, ground}) => [`", `captions: scenes.map(({shape, colour, ground}) => [${JSON.stringify(hostile)} + \``)};
/** The rule of widgets/look.css that ends a caption's turn where the caption ends. */
const withoutIsolation = {file: /widgets[\\/]look\.css$/, change: (text: string) => text.replace("unicode-bidi: isolate", "unicode-bidi: normal")};

async function inGallery<T>(edits: (typeof hostileCaptions)[], entries: string[], look: (page: Page) => Promise<T>): Promise<T> {
  const gallery: Gallery = await openGallery({edits});
  try {
    const page = await gallery.open(entries);
    await page.waitForTimeout(300);
    return await look(page);
  } finally {
    await gallery.close();
  }
}

/** Words of the page's own that a caption in the same line has turned: a letter that stands left of the one before it, or left of the caption that it follows. */
const turnedWords = (page: Page) =>
  page.evaluate(
    ([begin, end]) => {
      const main = document.querySelector("main")!;
      const blockOf = (node: Node) => {
        let at = node.parentElement!;
        while (at !== main && getComputedStyle(at).display === "inline") at = at.parentElement!;
        return at;
      };
      const lines = new Map<Element, {letter: string; isCaption: boolean; box: DOMRect}[]>();
      const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const text = walker.currentNode as Text;
        const block = blockOf(text);
        if (!(block instanceof HTMLElement) || !block.checkVisibility() || !block.textContent!.includes(begin)) continue;
        let inCaption = false;
        const letters = lines.get(block) ?? [];
        lines.set(block, letters);
        for (let i = 0; i < text.length; i++) {
          if (text.data.startsWith(begin, i)) inCaption = true;
          const range = document.createRange();
          range.setStart(text, i);
          range.setEnd(text, i + 1);
          const box = range.getBoundingClientRect();
          if (box.width > 0.5 && text.data[i].trim() !== "") letters.push({letter: text.data[i], isCaption: inCaption, box});
          if (text.data[i] === end) inCaption = false;
        }
      }
      const turned: string[] = [];
      for (const letters of lines.values()) {
        letters.forEach((one, i) => {
          const before = letters.slice(0, i).filter(({box}) => Math.abs(box.bottom - one.box.bottom) < 3);
          const edge = before.at(-1)?.isCaption ? Math.max(...before.filter(({isCaption}) => isCaption).map(({box}) => box.right)) - 1 : (before.at(-1)?.box.left ?? -Infinity);
          if (!one.isCaption && one.box.left < edge) turned.push(`${one.letter} of ${letters.filter(({isCaption}) => !isCaption).map(({letter}) => letter).join("")}`);
        });
      }
      return {turned, looked: lines.size};
    },
    [hostile.slice(0, 8), end] as const
  );

/** The twins and the list of neighbours have captions within sentences. */
const sentences = ["twins", "honest"];
async function withNeighbours(page: Page) {
  await page.evaluate("made.honest.settled");
  await settle(page);
  const points = page.locator(".d-honest-map canvas, .d-honest canvas").first();
  await points.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.getByText("Nearest by cosine to").waitFor();
  return turnedWords(page);
}

it("shows hostile captions as text, whole, and turns nothing around them", async () => {
  const found = await inGallery([hostileCaptions], ["matrix", "small", "microscope", "beside", "cosine", "map", "coloured"], async (page) => ({
    ...(await page.evaluate((hostile) => ({
      ran: "ran" in window,
      made: document.querySelectorAll("main script, main [onerror]").length,
      whole: [...document.querySelectorAll("main *")].filter(({textContent}) => textContent!.includes(hostile)).length
    }), hostile)),
    ...(await turnedWords(page))
  }));
  expect(found).toMatchObject({ran: false, made: 0, turned: []});
  expect(found.whole).toBeGreaterThan(0);
});

it("keeps the sentences around captions as they are, which the same captions turn where nothing holds them", async () => {
  const held = await inGallery([hostileCaptions], sentences, withNeighbours);
  expect(held.turned).toEqual([]);
  expect(held.looked).toBeGreaterThan(3);
  const loose = await inGallery([hostileCaptions, withoutIsolation], sentences, withNeighbours);
  expect(loose.turned.length).toBeGreaterThan(0);
});
