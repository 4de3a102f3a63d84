/** What the widgets of measuring share: their style sheet, axes, and a pointer that walks places by mouse and keys. */
import sheetText from "../evaluate.css" with {type: "text"};
import type {Child} from "./dom.ts";
import {root, svg} from "./dom.ts";

/** A widget's outer element, with the style sheet of measuring. */
export function measureRoot(kind: string, ...children: Child[]): HTMLElement {
  wear();
  return root(kind, ...children);
}

let worn = false;
function wear(): void {
  if (worn) return;
  worn = true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(sheetText);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

export interface Pen {
  parts: SVGElement[];
  text(label: string, x: number, y: number, options?: {anchor?: "start" | "middle" | "end"; class?: string; turn?: boolean}): void;
  line(x1: number, y1: number, x2: number, y2: number, name: string): void;
}

/** Collects the parts of an SVG picture. */
export function pen(): Pen {
  const parts: SVGElement[] = [];
  return {
    parts,
    text(label, x, y, {anchor = "start", class: name = "d-soft", turn = false} = {}) {
      parts.push(svg("text", {x, y, "text-anchor": anchor, class: name, transform: turn && `rotate(-90 ${x} ${y})`}, label));
    },
    line(x1, y1, x2, y2, name) {
      parts.push(svg("line", {x1, y1, x2, y2, class: name}));
    }
  };
}
