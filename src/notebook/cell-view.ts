/** One cell on the host's page: its handle, what it is doing in a few words, and its code. What it shows is in the frame. */
import type {Cell} from "@observablehq/notebook-kit";
import {CodeView, type CodeViewOptions} from "./code-view.ts";
import {duration, make} from "./dom.ts";
import type {CellReport} from "./messages.ts";

export const kindNames: Record<string, string> = {ts: "TypeScript", js: "JavaScript", md: "Markdown", html: "HTML", tex: "TeX", ojs: "Observable JavaScript"};

/** "edited": its text is not the one that ran; "stale": it shows what follows from such a cell's old text. */
export type CellChange = "edited" | "stale";

export interface CellViewOptions extends Omit<CodeViewOptions, "value" | "mode" | "label"> {
  cell: Cell;
  onToggle(): void;
  onMenu(button: HTMLElement): void;
  onStop(): void;
  onInsert(): void;
  onSize(heightPx: number): void;
}

export class CellView {
  readonly element = make("section", "h-cell");
  readonly handle = make("button", "h-handle");
  readonly code: CodeView;
  private readonly menu = make("button", "h-more");
  private readonly stop = make("button", "h-stop", "Stop");
  private readonly status = make("span", "h-status");
  private readonly sizes: ResizeObserver;
  private report?: CellReport;
  private change?: CellChange;

  constructor(private readonly options: CellViewOptions) {
    const {cell} = options;
    this.code = new CodeView({...options, value: cell.value, mode: cell.mode, label: this.codeLabel(cell)});
    this.code.element.hidden = true;
    for (const button of [this.handle, this.menu, this.stop]) button.type = "button";
    this.menu.setAttribute("aria-label", `Actions for cell ${cell.id}`);
    this.menu.setAttribute("aria-haspopup", "menu");
    this.menu.title = "Actions";
    this.handle.addEventListener("click", () => options.onToggle());
    this.handle.addEventListener("focus", () => options.onFocus());
    this.menu.addEventListener("click", () => options.onMenu(this.menu));
    this.stop.addEventListener("click", () => options.onStop());
    const insert = make("button", "h-insert");
    insert.type = "button";
    insert.title = "Add a cell here";
    insert.setAttribute("aria-label", `Add a cell after cell ${cell.id}`);
    insert.addEventListener("click", () => options.onInsert());
    this.element.dataset.cell = String(cell.id);
    this.element.append(make("div", "h-rail", this.handle, this.menu, this.status, this.stop), this.code.element, insert);
    this.sizes = new ResizeObserver(() => options.onSize(this.code.element.hidden ? 0 : Math.ceil(this.code.element.offsetHeight)));
    this.sizes.observe(this.code.element);
    this.update(cell);
  }

  get shown(): boolean {
    return !this.code.element.hidden;
  }

  set shown(shown: boolean) {
    this.code.element.hidden = !shown;
    if (!shown) {
      this.code.stopEditing();
      this.options.onSize(0);
    }
    this.describe();
  }

  /** Takes over a cell's new source or kind. */
  update(cell: Cell): void {
    this.code.setValue(cell.value);
    this.code.setMode(cell.mode, this.codeLabel(cell));
    this.element.dataset.mode = cell.mode;
    this.element.setAttribute("aria-label", `Cell ${cell.id}, ${kindNames[cell.mode] ?? cell.mode}`);
    this.describe();
  }

  setReport(report: CellReport | undefined, change: CellChange | undefined): void {
    this.report = report;
    this.change = change;
    this.element.dataset.status = report?.status ?? "waiting";
    this.element.toggleAttribute("data-edited", change === "edited");
    this.element.toggleAttribute("data-stale", change === "stale");
    this.stop.hidden = report?.status !== "running";
    this.status.textContent = this.statusText();
    this.code.recheck();
    this.describe();
  }

  place(topPx: number, codeTopPx: number, bottomPx: number): void {
    this.element.style.top = `${topPx}px`;
    this.element.style.height = `${bottomPx - topPx}px`;
    this.code.element.style.top = `${codeTopPx - topPx}px`;
    this.element.dataset.placed = "";
  }

  get topPx(): number {
    return Number.parseFloat(this.element.style.top) || 0;
  }

  remove(): void {
    this.sizes.disconnect();
    this.code.stopEditing();
    this.element.remove();
  }

  /** The state in words, for the rail and for a screen reader. */
  private statusText(): string {
    const {report} = this;
    if (this.change) return this.change;
    switch (report?.status) {
      case "done":
        return report.timeMs !== undefined && report.timeMs >= 1 ? duration(report.timeMs) : "";
      case "failed":
        return "failed";
      case "blocked":
        return "waits";
      case "interrupted":
        return "stopped";
      case "gated":
        return "ready";
      case "running":
        return "runs";
      default:
        return "";
    }
  }

  private describe() {
    const {id, mode} = this.options.cell;
    const state = this.statusText();
    this.handle.setAttribute("aria-expanded", String(this.shown));
    this.handle.setAttribute("aria-label", `Cell ${id}, ${kindNames[mode] ?? mode}${state ? `, ${state}` : ""}: ${this.shown ? "hide" : "show"} code`);
    this.handle.title = this.shown ? "Hide code" : "Show code";
  }

  private codeLabel({id, mode}: Cell) {
    return `Code of cell ${id}, ${kindNames[mode] ?? mode}`;
  }
}
