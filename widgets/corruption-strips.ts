/** One picture made worse step by step, a row a corruption: what "strength 3" looks like. The corrupting is handed in. */
import {extend, html} from "./shared/dom.ts";
import {measureRoot} from "./shared/measure.ts";

export interface StripRow {
  name: string;
  /** uint8 RGB pictures, [sizePx, sizePx, 3] each, from no strength to the most. */
  pictures: Uint8Array[];
  /** What the model says of each: a word under the picture. */
  words?: string[];
  /** Whether that word is right. */
  right?: boolean[];
}

export type CorruptionStrips = HTMLElement & {readonly value: StripRow[]; update(rows: StripRow[], sizePx: number): void};

/** The strips, strengths from left to right. */
export function corruptionStrips({title, rows = [], sizePx = 32}: {title: string; rows?: StripRow[]; sizePx?: number}): CorruptionStrips {
  let current = rows;
  const place = html("div", {class: "d-strips", tabindex: 0, role: "region", "aria-label": title});
  const element = measureRoot("strips", html("p", {class: "d-title"}, title), place);
  const update = (next: StripRow[], side: number) => {
    current = next;
    const columns = Math.max(0, ...next.map(({pictures}) => pictures.length));
    place.replaceChildren(
      html(
        "table",
        {},
        html("thead", {}, html("tr", {}, html("th", {scope: "col"}, "strength"), ...Array.from({length: columns}, (_, n) => html("th", {scope: "col", class: "d-number"}, n)))),
        html("tbody", {}, ...next.map((row) => html("tr", {}, html("th", {scope: "row"}, row.name), ...row.pictures.map((picture, n) => html("td", {}, canvasOf(picture, side), row.words && html("span", {class: row.right?.[n] ? "d-t-pair" : "d-t-hard"}, row.words[n]))))))
      )
    );
  };
  update(rows, sizePx);
  return extend(element, {
    get value() {
      return current;
    },
    update
  });
}

function canvasOf(pixels: Uint8Array, side: number): HTMLCanvasElement {
  const canvas = html("canvas", {width: side, height: side, "aria-hidden": true});
  const image = new ImageData(side, side);
  for (let p = 0; p < side * side; p++) image.data.set([pixels[3 * p], pixels[3 * p + 1], pixels[3 * p + 2], 255], 4 * p);
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas;
}
