/** Who needs whom, beside the notebook: the cells in their order, an arc from each to those that need it; follows the selection. */
import type {Cell} from "@observablehq/notebook-kit";
import {make} from "./dom.ts";
import {closure, type Graph} from "./graph.ts";
import type {CellStatus} from "./messages.ts";

export interface GraphState {
  graph: Graph;
  cells: readonly Cell[];
  namesOf(id: number): string[];
  statusOf(id: number): CellStatus | undefined;
  selected: number;
}

const rowPx = 34;
const arcsPx = 72;

export class GraphPanel {
  readonly element = make("aside", "h-graph");
  private readonly list = make("ol");
  private readonly arcs = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  private readonly words = make("p", "h-soft");

  constructor(private readonly select: (id: number) => void) {
    this.element.hidden = true;
    this.element.setAttribute("aria-label", "Who needs whom");
    this.arcs.setAttribute("aria-hidden", "true");
    this.element.append(make("h2", "", "Who needs whom"), this.words, make("div", "h-graph-body", this.list));
    this.element.querySelector(".h-graph-body")!.prepend(this.arcs);
  }

  show({graph, cells, namesOf, statusOf, selected}: GraphState): void {
    // Text that needs nothing and makes nothing only makes the picture longer.
    const shown = cells.filter(({id, mode}) => mode === "js" || mode === "ts" || mode === "ojs" || graph.needs.get(id)?.size || graph.neededBy.get(id)?.size);
    const above = closure([selected], graph.needs);
    const below = closure([selected], graph.neededBy);
    const row = new Map(shown.map(({id}, i) => [id, i]));
    const focused = this.list.contains(document.activeElement);

    this.list.replaceChildren(
      ...shown.map(({id, mode, value}) => {
        const names = namesOf(id).join(", ");
        const button = make("button", "", make("span", "h-graph-id", String(id)), names || (mode === "md" ? "text" : firstWords(value)));
        button.type = "button";
        button.title = names;
        button.dataset.status = statusOf(id) ?? "";
        button.classList.toggle("h-related", above.has(id) || below.has(id));
        if (id === selected) button.setAttribute("aria-current", "true");
        button.addEventListener("click", () => this.select(id));
        return make("li", "", button);
      })
    );
    if (focused) this.list.querySelector<HTMLElement>("[aria-current]")?.focus();

    this.arcs.setAttribute("width", String(arcsPx));
    this.arcs.setAttribute("height", String(shown.length * rowPx));
    this.arcs.replaceChildren();
    for (const [from, users] of graph.neededBy) {
      for (const to of users) {
        const a = row.get(from);
        const b = row.get(to);
        if (a === undefined || b === undefined) continue;
        const related = (above.has(from) && above.has(to)) || (below.has(from) && below.has(to));
        this.arcs.append(arc(a, b, related));
      }
    }
    const needs = above.size - 1;
    const needed = below.size - 1;
    this.words.textContent = row.has(selected) ? `Cell ${selected} needs ${count(needs)} and is needed by ${count(needed)}: those run again when it does.` : "Select a cell to see what it needs and who needs it.";
  }
}

function count(n: number) {
  return n === 0 ? "no other cell" : n === 1 ? "one cell" : `${n} cells`;
}

function firstWords(value: string) {
  return value.trim().split("\n", 1)[0].slice(0, 40) || "empty";
}

function arc(from: number, to: number, related: boolean) {
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const y0 = (from + 0.5) * rowPx;
  const y1 = (to + 0.5) * rowPx;
  const reach = Math.min(arcsPx - 8, 12 + Math.abs(to - from) * 7);
  path.setAttribute("d", `M${arcsPx},${y0} C${arcsPx - reach},${y0} ${arcsPx - reach},${y1} ${arcsPx - 5},${y1} m-5,-4 l5,4 l-5,4`);
  if (related) path.setAttribute("class", "h-related");
  return path;
}
