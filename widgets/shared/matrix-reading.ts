/** The words beside a similarity matrix: the image (or caption) pointed at, its own partner, and who comes first. */
import {html, redraw} from "./dom.ts";
import type {MatrixData, MatrixView} from "./matrix-data.ts";
import {readCell} from "./matrix-data.ts";
import type {Thumbnails} from "./pairs.ts";
import {fixed, percent} from "./text.ts";

const shown = 5;

/** Fills `panel` for the cell (i, j); `j` may be the image's own caption. */
export function showReading(panel: HTMLElement, {data, view, probabilities, i, j, thumbnails}: {data: MatrixData; view: MatrixView; probabilities: Float32Array; i: number; j: number; thumbnails: Thumbnails}): void {
  const reading = readCell(data, view, probabilities, i, j);
  const byImage = view !== "images";
  const anchor = byImage ? i : j;
  const own = anchor < Math.min(data.n, data.m) ? readCell(data, view, probabilities, anchor, anchor) : null;
  const {card, large, words, ranks} = partsOf(panel);
  showThumb(large, thumbnails.get(data.indices[byImage ? i : j]), byImage ? "i" : "j");
  redraw(words, [
    html("div", {class: "d-soft"}, byImage ? `image ${i + 1} of ${data.n}` : `caption ${j + 1} of ${data.m}`),
    ...(anchor < data.m ? [html("div", {class: "d-own d-lines"}, data.captions[anchor])] : []),
    ...(own ? [html("div", {class: "d-t-pair"}, ownWords(own.rank, own.of, byImage))] : [])
  ]);
  redraw(ranks, ranking(data, view, probabilities, anchor, byImage ? j : i, thumbnails));
  redraw(panel, [
    card,
    html("div", {class: "d-readout"}, html("strong", {}, `cosine ${fixed(reading.cosine)}`), ` · rank ${reading.rank} of ${reading.of} · ${percent(reading.probability)}`, html("div", {class: "d-soft d-one-line"}, byImage ? `caption ${j + 1}: ${data.captions[j]}` : `with image ${i + 1}: ${data.captions[i] ?? ""}`)),
    html("div", {class: "d-soft"}, byImage ? "The captions it likes best" : "The images it likes best"),
    ranks
  ]);
}

interface Parts {
  card: HTMLElement;
  large: HTMLCanvasElement;
  words: HTMLElement;
  ranks: HTMLElement;
}
const parts = new WeakMap<HTMLElement, Parts>();

/** What stays in a panel from reading to reading. */
function partsOf(panel: HTMLElement): Parts {
  const known = parts.get(panel);
  if (known) return known;
  const large = html("canvas", {class: "d-thumb d-large", width: 1, height: 1, "aria-hidden": true});
  const words = html("div");
  const made = {card: html("div", {class: "d-card"}, large, words), large, words, ranks: html("ol", {class: "d-ranks"})};
  parts.set(panel, made);
  return made;
}

function ownWords(rank: number, of: number, byImage: boolean): string {
  const what = byImage ? "its own caption" : "its own image";
  return rank === 1 ? `${what} comes first` : `${what} comes ${ordinal(rank)} of ${of}`;
}

function ordinal(n: number): string {
  const ten = n % 100;
  return `${n}${ten > 10 && ten < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th")}`;
}

const shownOn = new WeakMap<HTMLCanvasElement, HTMLCanvasElement | null>();

function showThumb(canvas: HTMLCanvasElement, picture: HTMLCanvasElement | null, name: string): void {
  canvas.dataset.of = name;
  if (shownOn.get(canvas) === picture) return;
  shownOn.set(canvas, picture);
  canvas.width = canvas.height = picture?.width ?? 1;
  // Small drawings keep their crisp pixels; photos are smoothed.
  canvas.style.imageRendering = canvas.width > 64 ? "auto" : "pixelated";
  if (picture) canvas.getContext("2d")!.drawImage(picture, 0, 0);
}

/** The most probable partners as bars: its own solid green, wrong ones ahead of it dashed purple, the rest grey. */
function ranking(data: MatrixData, view: MatrixView, probabilities: Float32Array, anchor: number, pointed: number, thumbnails: Thumbnails): HTMLElement[] {
  const byImage = view !== "images";
  const length = byImage ? data.m : data.n;
  const at = (k: number) => (byImage ? anchor * data.m + k : k * data.m + anchor);
  const order = Array.from({length}, (_, k) => k).sort((a, b) => data.cosines[at(b)] - data.cosines[at(a)]);
  const ownRank = order.indexOf(anchor);
  const list = order.slice(0, shown);
  return list.map((k, rank) => {
    const name = k === anchor ? "d-true" : ownRank === -1 || rank < ownRank ? "d-wins" : "";
    const fill = html("div");
    fill.style.width = `${100 * (probabilities[at(k)] || 0)}%`;
    const words = html("span", {class: "d-words"}, byImage ? data.captions[k] : (data.captions[k] ?? `image ${k + 1}`));
    if (!byImage) {
      const picture = thumbnails.get(data.indices[k]);
      // Its row is told, for pixels are no attribute: see `redraw`.
      const small = html("canvas", {width: 24, height: 24, class: "d-inline-thumb", "data-row": picture ? data.indices[k] : null});
      if (picture) small.getContext("2d")!.drawImage(picture, 0, 0, 24, 24);
      words.prepend(small);
    }
    return html("li", {class: `${name} ${k === pointed ? "d-pointed" : ""}`}, words, html("span", {}, percent(probabilities[at(k)])), html("div", {class: "d-bar"}, fill));
  });
}
