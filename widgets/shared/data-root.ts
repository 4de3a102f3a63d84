/** The outer element of the widgets about pairs: the common one, with their style sheet. */
import sheet from "../data.css" with {type: "text"};
import type {Child} from "./dom.ts";
import {root} from "./dom.ts";

let worn = false;

export function dataRoot(kind: string, ...children: Child[]): HTMLElement {
  if (!worn) {
    worn = true;
    const styles = new CSSStyleSheet();
    styles.replaceSync(sheet);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, styles];
  }
  return root(kind, ...children);
}

/** A copy of a picture, to stand in several places; an empty one while it is on its way. */
export function copyOf(picture: HTMLCanvasElement | null): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = picture?.width ?? 1;
  if (picture) canvas.getContext("2d")!.drawImage(picture, 0, 0);
  if (canvas.width <= 64) canvas.classList.add("d-pixels");
  return canvas;
}
