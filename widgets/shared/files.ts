/** What a picture can be taken away as: a table beside it, CSV, SVG and PNG of what is shown. */
import {html, svg} from "./dom.ts";
import {number} from "./text.ts";

/** Named columns and their rows, as shown and as written to CSV. */
export interface Table {
  columns: string[];
  rows: (string | number)[][];
}

const shownRows = 500;

/** The fold under a widget: "Table and files". `stage` holds the canvases and SVGs of the picture; without one there is only the table. */
export function tools(name: string, table: () => Table, stage?: HTMLElement): HTMLElement {
  const place = html("div", {class: "d-table", tabindex: 0, role: "region", "aria-label": `${name} as a table`});
  const button = (label: string, action: () => void) => html("button", {type: "button", class: "d-button", onclick: action}, label);
  const fold = html(
    "details",
    {class: "d-tools"},
    html("summary", {}, "Table and files"),
    html(
      "div",
      {class: "d-row"},
      button("CSV", () => save(`${name}.csv`, new Blob([csv(table())], {type: "text/csv"}))),
      stage && button("SVG", () => save(`${name}.svg`, new Blob([pictureSvg(stage)], {type: "image/svg+xml"}))),
      stage && button("PNG", () => void picturePng(stage).then((blob) => save(`${name}.png`, blob)))
    ),
    place
  );
  fold.addEventListener("toggle", () => fold.open && place.replaceChildren(tableElement(table())));
  // The fold is no part of the widget's value.
  fold.addEventListener("input", (event) => event.stopPropagation());
  return fold;
}

/** The table as an element; long ones are cut, and say so. */
export function tableElement({columns, rows}: Table): HTMLElement {
  const cell = (value: string | number) => (typeof value === "number" ? html("td", {class: "d-number"}, number(value, 4)) : html("td", {}, value));
  const element = html(
    "table",
    {},
    html("thead", {}, html("tr", {}, ...columns.map((column) => html("th", {scope: "col"}, column)))),
    html("tbody", {}, ...rows.slice(0, shownRows).map((row) => html("tr", {}, ...row.map(cell))))
  );
  if (rows.length <= shownRows) return element;
  return html("div", {}, html("p", {class: "d-soft"}, `The first ${shownRows} of ${number(rows.length)} rows; the CSV has all.`), element);
}

/**
 * Comma-separated values by RFC 4180; numbers in full. It is opened in spreadsheets, which take a text that begins with =, +, -, @ or a tab for a formula and
 * run it: before such a text stands an apostrophe, as one writes it there by hand.
 */
export function csv({columns, rows}: Table): string {
  const field = (value: string | number) => {
    if (typeof value === "number") return String(value);
    const text = /^[=+\-@\t\r]/.test(value) && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => row.map(field).join(",")).join("\r\n") + "\r\n";
}

const inherited = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "stroke-linecap", "stroke-linejoin", "paint-order", "opacity", "font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline", "visibility", "display"];

/** The stage's canvases, SVGs and the titles over them as one SVG that stands alone: styles written out, canvases as pictures in it. */
export function pictureSvg(stage: HTMLElement): string {
  const box = stage.getBoundingClientRect();
  const out = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  out.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  out.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  out.setAttribute("width", String(box.width));
  out.setAttribute("height", String(box.height));
  const paper = document.createElementNS(out.namespaceURI, "rect") as SVGRectElement;
  paper.setAttribute("width", "100%");
  paper.setAttribute("height", "100%");
  paper.setAttribute("fill", getComputedStyle(stage).getPropertyValue("--paper") && resolvedPaper(stage));
  out.append(paper);
  for (const layer of stage.querySelectorAll<HTMLCanvasElement | SVGSVGElement>("canvas, svg")) {
    const at = layer.getBoundingClientRect();
    if (layer instanceof HTMLCanvasElement) {
      if (layer.width === 0 || layer.height === 0) continue;
      const image = document.createElementNS("http://www.w3.org/2000/svg", "image");
      const style = `image-rendering: ${getComputedStyle(layer).imageRendering}`;
      for (const [key, value] of Object.entries({x: at.x - box.x, y: at.y - box.y, width: at.width, height: at.height, preserveAspectRatio: "none", style, href: layer.toDataURL()})) image.setAttribute(key, String(value));
      out.append(image);
    } else {
      const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
      group.setAttribute("transform", `translate(${at.x - box.x},${at.y - box.y})`);
      for (const child of layer.children) group.append(withStyles(child));
      out.append(group);
    }
  }
  for (const title of stage.querySelectorAll<HTMLElement>(".d-title, .d-in-picture")) if (title.checkVisibility()) out.append(...linesOf(title, box));
  return new XMLSerializer().serializeToString(out);
}

/** The words of a title that stands above a picture as HTML, a line at a time, where they stand. */
function linesOf(title: HTMLElement, box: DOMRect): SVGElement[] {
  const lines: SVGElement[] = [];
  const walker = document.createTreeWalker(title, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
    const {color, fontFamily, fontSize, fontWeight} = getComputedStyle(node.parentElement!);
    let line: SVGElement | null = null;
    let top = -Infinity;
    for (const {0: word, index} of node.data.matchAll(/\S+\s*/g)) {
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const at = range.getClientRects()[0];
      if (!at) continue;
      if (!line || at.top > top + 1) lines.push((line = svg("text", {x: at.left - box.left, y: at.top - box.top + at.height / 2, style: `fill:${color};font-family:${fontFamily};font-size:${fontSize};font-weight:${fontWeight};dominant-baseline:central`})));
      top = at.top;
      line.textContent += word;
    }
  }
  return lines;
}

function resolvedPaper(stage: HTMLElement): string {
  const probe = html("span", {style: "color: var(--paper)"});
  stage.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function withStyles(element: Element): Element {
  const copy = element.cloneNode(false) as Element;
  copy.removeAttribute("class");
  const style = getComputedStyle(element);
  copy.setAttribute("style", inherited.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
  for (const child of element.childNodes) copy.append(child instanceof Element ? withStyles(child) : child.cloneNode());
  return copy;
}

/** The same picture as PNG, two pixels a CSS pixel. */
export async function picturePng(stage: HTMLElement): Promise<Blob> {
  const {width, height} = stage.getBoundingClientRect();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(pictureSvg(stage))}`;
  await image.decode();
  const canvas = html("canvas", {width: Math.round(width * 2), height: Math.round(height * 2)});
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser could not write the picture as PNG"))), "image/png"));
}

/** Hands a file to the reader, by a link that stands in the document: the notebook's frame hears it followed, and passes the file to the page. */
export function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = html("a", {href: url, download: name, hidden: true});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

