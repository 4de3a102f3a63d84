/** The figures of a film on one time axis: loss, with a tick where a pair first came first; recall; and whatever else was measured. */
import {drawChart} from "./chart.ts";
import type {Mark, Series} from "./chart.ts";
import {html, svg} from "./dom.ts";
import type {Kept} from "./film-data.ts";
import {percent} from "./text.ts";

export interface FilmCharts {
  /** The film's frames, at least one, and the branch's. */
  film: Kept[];
  other: Kept[];
  /** Which frame is shown, from 0. */
  at: number;
  /** The step at which each pair first came first, by id; the ticks of pinned ones are higher. */
  firsts: ReadonlyMap<string, number>;
  pinned: ReadonlySet<string>;
  /** All in px. */
  width: number;
  em: number;
}

/** Three charts, beside each other where there is room. */
export function filmCharts(): {element: HTMLElement; draw(charts: FilmCharts): void} {
  const pictures = [svg("svg", {role: "img", "aria-label": "loss through training"}), svg("svg", {role: "img", "aria-label": "recall through training"}), svg("svg", {role: "img", "aria-label": "figures through training"})];
  const element = html("div", {class: "d-film-charts"}, ...pictures.map((picture) => html("div", {class: "d-chart"}, picture)));
  const draw = ({film, other, at, firsts, pinned, width, em}: FilmCharts) => {
    const names = Object.keys(film[0].measures);
    const columns = width > 60 * em ? 3 : 1;
    element.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    const size = {width: columns === 3 ? (width - 4 * em) / 3 : width, height: 14 * em, em};
    const last = Math.max(2, film.at(-1)!.frame.step, other.at(-1)?.frame.step ?? 0);
    const x = {domain: [0, last] as [number, number], name: "step"};
    const now: Mark = {x: film[at].frame.step, class: "d-cross"};
    const line = (kept: Kept[], pick: (kept: Kept) => number | undefined, name: string, label?: string, labelClass?: string): Series => ({points: kept.map((one): [number, number] => [one.frame.step, pick(one) ?? NaN]).filter(([, value]) => Number.isFinite(value)), class: name, label, labelClass, at: 0.6});
    const losses = [...film, ...other].map(({frame}) => frame.loss).filter(Number.isFinite);
    drawChart(pictures[0], {
      ...size,
      x,
      y: {domain: [0, Math.max(...losses, 0.1) * 1.08], name: "loss; a tick where a pair first came first"},
      series: [line(film, ({frame}) => frame.loss, "d-smooth"), line(other, ({frame}) => frame.loss, "d-branch-line", other.length ? "branch" : undefined)],
      marks: [now]
    });
    const scale = drawnX(size.width, em, last);
    for (const [id, step] of firsts) pictures[0].append(svg("line", {x1: scale(step), x2: scale(step), y1: size.height - 3 * em, y2: size.height - (pinned.has(id) ? 5.2 : 3.7) * em, class: "d-tick"}));
    drawChart(pictures[1], {
      ...size,
      x,
      y: {domain: [0, 1], name: "right one first, held out", words: percent},
      series: [line(film, ({frame}) => frame.heldOut?.imageToText[1], "d-image-line", "captions for images", "d-t-image"), line(film, ({frame}) => frame.heldOut?.textToImage[1], "d-caption-line", "images for captions", "d-t-caption"), line(other, ({frame}) => frame.heldOut?.imageToText[1], "d-branch-line")],
      marks: [now]
    });
    const values = [...film, ...other].flatMap(({measures}) => Object.values(measures)).filter(Number.isFinite);
    pictures[2].parentElement!.hidden = values.length === 0;
    if (values.length > 0)
      drawChart(pictures[2], {
        ...size,
        x,
        y: {domain: [Math.min(0, ...values) * 1.1, Math.max(...values, 0.1) * 1.15], name: names.join(", ")},
        series: names.map((name, k) => line(film, ({measures}) => measures[name], ["d-smooth", "d-held-line", "d-branch-line"][k % 3], name, "d-soft")),
        marks: [now]
      });
  };
  return {element, draw};
}

/** The x of a step as drawChart places it. */
function drawnX(width: number, em: number, last: number): (step: number) => number {
  return (step) => 2.8 * em + (step / last) * (width - 1.5 * em - 2.8 * em);
}
