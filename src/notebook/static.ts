/** The frame's document as HTML that needs no script: canvases become images, blobs become data, controls keep what they show. */
import {dataAddress} from "./dom.ts";

/** What the static page shows of a cell's code, by cell. */
export type Sources = Record<number, string>;

/** Body's HTML and the styles in force. */
export async function staticHtml(column: HTMLElement, sources: Sources): Promise<{body: string; css: string}> {
  const copy = column.cloneNode(true) as HTMLElement;
  const live = [...column.querySelectorAll<HTMLElement>("*")];
  const copies = [...copy.querySelectorAll<HTMLElement>("*")];
  await Promise.all(live.map((original, i) => freeze(original, copies[i])));
  // Paper is narrower than most windows: what is no text is drawn smaller there (printing.ts).
  copy.style.setProperty("--seen-width", String(column.querySelector(".n-output")?.clientWidth || 672));
  for (const node of copy.querySelectorAll("script")) node.remove();
  for (const node of copy.querySelectorAll<HTMLElement>("*")) {
    for (const {name} of [...node.attributes]) if (name.startsWith("on")) node.removeAttribute(name);
  }
  for (const space of copy.querySelectorAll<HTMLElement>(".n-code")) {
    const source = sources[Number(space.parentElement?.dataset.cell)];
    space.removeAttribute("style");
    if (source === undefined) space.remove();
    else space.replaceChildren(Object.assign(document.createElement("pre"), {textContent: source}));
  }
  const css = [...document.styleSheets, ...document.adoptedStyleSheets].flatMap((sheet) => rulesOf(sheet).map(({cssText}) => cssText)).join("\n");
  return {body: copy.outerHTML, css};
}

/** A sheet's rules; none for one from elsewhere, which may not be read, and which the frame's policy keeps out anyway. */
function rulesOf(sheet: CSSStyleSheet): CSSRule[] {
  try {
    return [...sheet.cssRules];
  } catch {
    return [];
  }
}

async function freeze(original: HTMLElement, copy: HTMLElement) {
  if (original instanceof HTMLCanvasElement) {
    const image = document.createElement("img");
    image.src = original.toDataURL();
    image.alt = original.getAttribute("aria-label") ?? "";
    image.className = original.className;
    image.setAttribute("style", `${original.getAttribute("style") ?? ""}; width: ${original.clientWidth}px; height: ${original.clientHeight}px`);
    copy.replaceWith(image);
  } else if (original instanceof HTMLImageElement && original.src.startsWith("blob:")) {
    (copy as HTMLImageElement).src = await dataAddress(await (await fetch(original.src)).blob());
  } else if (original instanceof HTMLInputElement) {
    copy.setAttribute("value", original.value);
    copy.toggleAttribute("checked", original.checked);
  } else if (original instanceof HTMLTextAreaElement) copy.textContent = original.value;
  else if (original instanceof HTMLOptionElement) copy.toggleAttribute("selected", original.selected);
}
