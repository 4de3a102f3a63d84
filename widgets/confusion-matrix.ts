/** Counts in rows and columns, such as true class by answer, or label by group: darker is more, the diagonal is right. */
import {scaleLinear} from "d3";
import {inkOn, sequential} from "./shared/colour.ts";
import {emitInput, extend, html, liveRegion, redraw, set, svg} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {scheduled, typeSize, watchLook} from "./shared/live.ts";
import {measureRoot, pen} from "./shared/measure.ts";
import {number, percent, shorten} from "./shared/text.ts";

export interface CountData {
  /** [rows, columns], row-major. */
  counts: ArrayLike<number>;
  rows: string[];
  columns: string[];
}

export interface ConfusionMatrixOptions {
  title: string;
  data?: CountData;
  /** What a row and a column are: "truly a", "called a". */
  rowWord?: string;
  columnWord?: string;
  /** Whether row i and column i are the same class, so that the diagonal is right. */
  square?: boolean;
  invalidation?: Promise<unknown>;
}

export type CountReading = {row: string; column: string; count: number; share: number};
export type ConfusionMatrix = HTMLElement & {readonly value: CountReading | null; update(data: CountData): void};

type Cell = {i: number; j: number};

/** The matrix; colours are shares of a row. Arrows walk the cells, Enter pins, Escape lets go. */
export function confusionMatrix({title, data, rowWord = "truly", columnWord = "called", square = true, invalidation}: ConfusionMatrixOptions): ConfusionMatrix {
  let current = data;
  let pointed: Cell | null = null;
  let pinned: Cell | null = null;
  const picture = svg("svg", {tabindex: 0, role: "application", "aria-roledescription": "matrix of counts"});
  const stage = html("div", {class: "d-stage"}, picture);
  const live = liveRegion();
  const words = html("p", {class: "d-note"});
  const shareOf = ({counts, columns}: CountData, {i, j}: Cell) => {
    let sum = 0;
    for (let k = 0; k < columns.length; k++) sum += counts[i * columns.length + k];
    return sum > 0 ? counts[i * columns.length + j] / sum : 0;
  };
  const table = () => ({
    columns: [rowWord, columnWord, "count", "share of row"],
    rows: current ? current.rows.flatMap((row, i) => current!.columns.map((column, j) => [row, column, current!.counts[i * current!.columns.length + j], shareOf(current!, {i, j})])) : []
  });
  const element = measureRoot("counts", html("p", {class: "d-title"}, title), stage, words, tools(title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"), table, stage), live.element);
  const read = (): CountReading | null => {
    const at = pointed ?? pinned;
    if (!at || !current || at.i >= current.rows.length || at.j >= current.columns.length) return null;
    return {row: current.rows[at.i], column: current.columns[at.j], count: current.counts[at.i * current.columns.length + at.j], share: shareOf(current, at)};
  };
  const sentence = () => {
    const here = read();
    if (here) return `${rowWord} ${here.row}, ${columnWord} ${here.column}: ${number(here.count)} (${percent(here.share)} of the row)`;
    return square ? `Rows: ${rowWord} this. Columns: ${columnWord} this. What is off the diagonal is wrong.` : `Rows: ${rowWord}. Columns: ${columnWord}. Colour is the share of a row.`;
  };
  const draw = scheduled(() => {
    words.textContent = sentence();
    if (current && element.clientWidth > 0) drawCounts(picture, stage, current, {square, cell: pointed ?? pinned, shareOf, width: element.clientWidth, em: typeSize(element), title});
  }, element);
  const point = (cell: Cell | null, say = false) => {
    if (cell?.i === pointed?.i && cell?.j === pointed?.j) return;
    pointed = cell;
    draw();
    if (say) live.say(sentence());
    emitInput(element);
  };
  const cellAt = (event: MouseEvent): Cell | null => {
    const box = picture.getBoundingClientRect();
    const [left, top, size] = [picture.dataset.left, picture.dataset.top, picture.dataset.cell].map(Number);
    const j = Math.floor((event.clientX - box.left - left) / size);
    const i = Math.floor((event.clientY - box.top - top) / size);
    return current && i >= 0 && j >= 0 && i < current.rows.length && j < current.columns.length ? {i, j} : null;
  };
  picture.addEventListener("pointermove", (event) => point(cellAt(event)));
  picture.addEventListener("pointerleave", () => point(null));
  picture.addEventListener("click", (event) => {
    pinned = cellAt(event);
    draw();
  });
  picture.addEventListener("keydown", (event) => {
    if (!current) return;
    const {i, j} = pointed ?? pinned ?? {i: 0, j: -1};
    const to = {ArrowUp: {i: i - 1, j: Math.max(0, j)}, ArrowDown: {i: i + 1, j: Math.max(0, j)}, ArrowLeft: {i, j: j - 1}, ArrowRight: {i, j: j + 1}}[event.key];
    if (to) point({i: Math.max(0, Math.min(current.rows.length - 1, to.i)), j: Math.max(0, Math.min(current.columns.length - 1, to.j))}, true);
    else if (event.key === "Enter") pinned = pointed;
    else if (event.key === "Escape") {
      pinned = null;
      point(null);
    } else return;
    event.preventDefault();
    draw();
  });
  watchLook(element, draw, invalidation);
  draw();
  return extend(element, {
    get value() {
      return read();
    },
    update(next: CountData) {
      if (next.counts.length !== next.rows.length * next.columns.length) throw new RangeError(`confusionMatrix: expected ${next.rows.length} x ${next.columns.length} counts, got ${next.counts.length}`);
      current = next;
      draw();
    }
  });
}

interface DrawnCounts {
  square: boolean;
  cell: Cell | null;
  shareOf: (data: CountData, cell: Cell) => number;
  width: number;
  em: number;
  title: string;
}

function drawCounts(picture: SVGSVGElement, stage: HTMLElement, data: CountData, {square, cell, shareOf, width, em, title}: DrawnCounts): void {
  const {counts, rows, columns} = data;
  const letters = Math.min(width < 34 * em ? 11 : 16, Math.max(...rows.map((row) => row.length)));
  const left = (letters * 0.52 + 1) * em;
  const size = Math.max(0.9 * em, Math.min(4.4 * em, (width - left - em) / columns.length));
  const upright = columns.every((column) => column.length * 0.52 * em < size);
  const top = upright ? 1.8 * em : (Math.min(16, Math.max(...columns.map((column) => column.length))) * 0.5 + 1) * em;
  const height = top + rows.length * size + 2;
  set(picture, {width: left + columns.length * size + 4, height, "aria-label": `${title}. ${rows.length} rows, ${columns.length} columns. Arrow keys walk the cells.`});
  Object.assign(picture.dataset, {left: String(left), top: String(top), cell: String(size)});
  stage.style.height = `${height}px`;
  const {parts, text} = pen();
  const shade = scaleLinear([0, 1], [0, 1]);
  columns.forEach((column, j) => {
    const strong = cell?.j === j ? "d-strong" : "d-soft";
    if (upright) text(column, left + (j + 0.5) * size, top - 0.6 * em, {anchor: "middle", class: strong});
    else if (size >= 1.1 * em) text(shorten(column, 16), left + (j + 0.5) * size + 0.33 * em, top - 0.5 * em, {class: strong, turn: true});
  });
  rows.forEach((row, i) => {
    if (size >= 1.1 * em) text(shorten(row, letters), left - 0.6 * em, top + (i + 0.5) * size + 0.33 * em, {anchor: "end", class: cell?.i === i ? "d-strong" : "d-soft"});
    columns.forEach((_, j) => {
      const fill = sequential(shade(shareOf(data, {i, j})));
      const count = counts[i * columns.length + j];
      parts.push(svg("rect", {x: left + j * size, y: top + i * size, width: size - 1, height: size - 1, fill}));
      if (count > 0 && size >= 1.9 * em && String(count).length * 0.55 * em < size) {
        parts.push(svg("text", {x: left + (j + 0.5) * size, y: top + (i + 0.5) * size + 0.33 * em, "text-anchor": "middle", style: `fill: ${inkOn(fill)}`}, number(count)));
      }
      if (square && i === j) parts.push(svg("rect", {x: left + j * size + 0.5, y: top + i * size + 0.5, width: size - 2, height: size - 2, fill: "none", stroke: "#1fd3a0", "stroke-width": 1.5}));
    });
  });
  if (cell) parts.push(svg("rect", {x: left + cell.j * size - 1, y: top + cell.i * size - 1, width: size + 1, height: size + 1, fill: "none", stroke: "var(--selected)", "stroke-width": 2}));
  redraw(picture, parts);
}
