/** A notebook with its outputs as one document without scripts: for paper, and as a file that opens anywhere. */
import {dataAddress, make} from "./dom.ts";
import type {FontFile} from "./assets.ts";

export interface StaticOptions {
  title: string;
  body: string;
  css: string;
  /** `@font-face` rules. */
  fonts: string;
}

/** Paper has one column and no buttons; A4 is 672 CSS pixels wide within these margins, and what widgets drew keeps the width that it was drawn for. */
const paperCss = `
:root { color-scheme: light; --scale: .82; --gutter: 0px; }
html, body { overflow: visible !important; }
.n-column { width: auto !important; max-width: 1180px; margin: 0 auto !important; padding: 0 !important; }
.n-cell { min-height: 0 !important; break-inside: avoid-page; }
.n-cell:has(.n-prose) { break-inside: auto; }
.n-prose :is(h1, h2, h3) { break-after: avoid; }
.n-gate, .n-off { display: none !important; }
.n-code { height: auto !important; }
.n-code pre { margin: 6px 0 10px; padding: 8px 12px; background: #f6f4ef; border-radius: 4px; font: 11.5px/1.5 var(--mono); white-space: pre-wrap; }
@page { margin: 18mm 16mm; }
@media print { .n-output > :not(.n-prose) { width: calc(var(--seen-width) * 1px); zoom: min(1, 672 / var(--seen-width)); } }
@media screen { html { --scale: 1; } body { padding: 32px 24px 80px !important; } }
@media screen { :root { color-scheme: light dark; } .n-code pre { background: var(--surface); } }
`;

export function staticDocument({title, body, css, fonts}: StaticOptions): string {
  const safeTitle = title.replace(/[&<>]/g, (c) => ({"&": "&amp;", "<": "&lt;", ">": "&gt;"})[c]!);
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data: 'self'; media-src data:; base-uri 'none'; form-action 'none'";
  const style = `${fonts}\n${css}\n${paperCss}`.replace(/<(?=\/style)/gi, "<\\");
  return `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta http-equiv="Content-Security-Policy" content="${policy}">\n<title>${safeTitle}</title>\n<style>${style}</style>\n</head>\n<body>\n${body}\n</body>\n</html>\n`;
}

function fontRule({family, weight, style, unicodeRange}: FontFile, source: string): string {
  return `@font-face { font-family: "${family}"; font-weight: ${weight}; font-style: ${style}; unicode-range: ${unicodeRange}; src: url("${source}") format("woff2"); }`;
}

/** The site's letters as rules that name its files. */
export function linkedFonts(files: readonly FontFile[]): string {
  return files.map((file) => fontRule(file, file.address)).join("\n");
}

/** The site's letters as rules with the bytes inside. */
export async function embeddedFonts(files: readonly FontFile[]): Promise<string> {
  const rules = files.map(async (file) => {
    const data = await dataAddress(await (await fetch(file.address)).blob());
    return fontRule(file, data.replace(/^data:[^;]*/, "data:font/woff2"));
  });
  return (await Promise.all(rules)).join("\n");
}

/**
 * Those of the site's letters that a document needs, which `withFonts` makes of rules: the browser that lays it out loads no others.
 * What is folded counts, too.
 */
export async function neededFonts(files: readonly FontFile[], withFonts: (fonts: string) => string): Promise<FontFile[]> {
  const frame = await layOut(withFonts(linkedFonts(files)));
  const {fonts} = frame.contentDocument!;
  // In the order of the rules.
  const needed = [...fonts].map(({status}) => status === "loaded");
  frame.remove();
  return files.filter((_, index) => needed[index]);
}

/** Prints a static document. Returns the frame that it stands in, which goes when printing is over. */
export async function printDocument(html: string): Promise<HTMLIFrameElement> {
  const frame = await layOut(html);
  const target = frame.contentWindow!;
  target.addEventListener("afterprint", () => setTimeout(() => frame.remove(), 1000));
  target.focus();
  target.print();
  return frame;
}

/**
 * Lays a static document out, and waits for its letters. It stands out of sight in a frame in which no script runs (the sandbox does not
 * allow any), of this origin only so that the page can look into it and ask it to print.
 */
async function layOut(html: string): Promise<HTMLIFrameElement> {
  document.querySelectorAll(".h-print").forEach((old) => old.remove());
  const frame = make("iframe", "h-print");
  frame.title = "Handout";
  frame.tabIndex = -1;
  frame.setAttribute("aria-hidden", "true");
  frame.setAttribute("sandbox", "allow-same-origin allow-modals");
  frame.srcdoc = html;
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, {once: true}));
  document.body.append(frame);
  await loaded;
  const inside = frame.contentDocument!;
  const folded = [...inside.querySelectorAll("details:not([open])")];
  for (const details of folded) details.setAttribute("open", "");
  // Letters are asked for when the text that needs them is laid out.
  inside.body.getBoundingClientRect();
  await inside.fonts.ready;
  for (const details of folded) details.removeAttribute("open");
  return frame;
}
