/** Shares as bars from 0 to 100 %, with chance dotted and an interval where there is one: recall, accuracy a class. */
import {extend, html, svg} from "./shared/dom.ts";
import {tools} from "./shared/files.ts";
import {measureRoot} from "./shared/measure.ts";
import {percent} from "./shared/text.ts";

export interface ShareRow {
  label: string;
  /** 0 to 1; NaN where there is nothing to measure. */
  value: number;
  chance?: number;
  low?: number;
  high?: number;
  /** A word behind the figure: "of 40". */
  note?: string;
  kind?: "pair" | "image" | "caption" | "hard" | "ink";
}

export type ShareBars = HTMLElement & {readonly value: ShareRow[]; update(rows: ShareRow[]): void};

/** The bars, one a row. */
export function shareBars({title, rows = []}: {title: string; rows?: ShareRow[]}): ShareBars {
  let current = rows;
  const list = html("div", {class: "d-bars", role: "list"});
  const table = () => ({columns: ["what", "share", "low", "high", "chance"], rows: current.map(({label, value, low, high, chance}) => [label, value, low ?? "", high ?? "", chance ?? ""])});
  const element = measureRoot("shares", html("p", {class: "d-title"}, title), list, tools(title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"), table));
  const update = (next: ShareRow[]) => {
    current = next;
    list.replaceChildren(...next.map(bar));
  };
  update(rows);
  return extend(element, {
    get value() {
      return current;
    },
    update
  });
}

function bar({label, value, chance, low, high, note, kind = "pair"}: ShareRow): HTMLElement {
  const picture = svg("svg", {viewBox: "0 0 100 20", preserveAspectRatio: "none", "aria-hidden": true});
  const clamp = (share: number) => Math.min(100, Math.max(0, 100 * share));
  picture.append(svg("rect", {y: 9.4, width: 100, height: 1.2, fill: "var(--rule)"}));
  if (Number.isFinite(value)) picture.append(svg("rect", {y: 6, width: clamp(value), height: 8, fill: `var(--${kind})`}));
  if (low !== undefined && high !== undefined && Number.isFinite(high - low)) {
    picture.append(svg("rect", {x: clamp(low), y: 8.8, width: Math.max(0.3, clamp(high) - clamp(low)), height: 2.4, fill: "var(--ink)"}));
  }
  if (chance !== undefined) {
    const at = clamp(chance);
    picture.append(svg("line", {x1: at, x2: at, y1: 0, y2: 20, class: "d-chance-back"}), svg("line", {x1: at, x2: at, y1: 0, y2: 20, class: "d-chance-line"}));
  }
  const figure = Number.isNaN(value) ? "none" : percent(value);
  const spoken = `${label}: ${figure}${chance === undefined ? "" : `, chance ${percent(chance)}`}`;
  return html("div", {class: "d-share", role: "listitem", "aria-label": spoken}, html("span", {class: "d-one-line", title: label}, label), picture, html("span", {}, `${figure}${note ? ` ${note}` : ""}`));
}
