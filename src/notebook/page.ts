/**
 * The host's view of a notebook: the bar, the frame with what cells show, and over it each cell's code and handle.
 * The frame keeps room for the code; this view lays the code into it.
 */
import type {Cell} from "@observablehq/notebook-kit";
import {duration, make} from "./dom.ts";
import {createCodeView, type CodeView} from "./code-view.ts";
import type {CellReport, FrameNews, Layout} from "./messages.ts";
import {Session, type SessionOptions} from "./session.ts";

export interface PageOptions extends Omit<SessionOptions, "container"> {
  root: HTMLElement;
  title: string;
  cells: Cell[];
}

interface CellView {
  cell: Cell;
  element: HTMLElement;
  rail: HTMLElement;
  status: HTMLElement;
  code: CodeView;
  shown: boolean;
}

const kindNames: Record<string, string> = {js: "JavaScript", ts: "TypeScript", md: "Markdown", html: "HTML", tex: "TeX", ojs: "Observable JavaScript"};

export class Page {
  readonly session: Session;
  private readonly views = new Map<number, CellView>();
  private readonly overlay = make("div", "h-overlay");
  private readonly notebook = make("div", "h-notebook");
  private selected = 0;
  private cells: Cell[];
  private readonly sizes: ResizeObserver;

  constructor(options: PageOptions) {
    this.cells = options.cells;
    this.notebook.append(this.overlay);
    options.root.append(this.notebook);
    this.sizes = new ResizeObserver((entries) => this.measureCode(entries));
    this.session = new Session(
      {...options, container: this.notebook},
      {
        report: (report) => this.showReport(report),
        layout: (layout) => this.place(layout),
        touched: ({id}) => this.select(id),
        key: (key) => this.pressed(key),
        reveal: (news) => this.reveal(news),
        changed: () => this.cells.forEach(({id}) => this.showStatus(id)),
        rebuilt: () => {}
      }
    );
    this.arrange();
    this.session.update(this.cells);
  }

  /** Takes a cell's new source, runs it and whoever needs it. */
  run(id: number): void {
    const view = this.views.get(id);
    if (!view) return;
    view.cell.value = view.code.value;
    view.code.setProblem(undefined);
    this.session.update([...this.cells], [id]);
  }

  private arrange() {
    for (const cell of this.cells) {
      if (!this.views.has(cell.id)) this.views.set(cell.id, this.createView(cell));
      this.overlay.append(this.views.get(cell.id)!.element);
    }
  }

  private createView(cell: Cell): CellView {
    const kind = kindNames[cell.mode] ?? cell.mode;
    const code = createCodeView({
      value: cell.value,
      mode: cell.mode,
      label: `Code of cell ${cell.id}, ${kind}`,
      onRun: (stay) => {
        this.run(cell.id);
        if (!stay) this.selectNext(cell.id);
      },
      onFocus: () => this.select(cell.id)
    });
    const toggle = make("button", "h-toggle");
    toggle.type = "button";
    toggle.addEventListener("click", () => {
      this.select(cell.id);
      this.showCode(cell.id, !this.views.get(cell.id)!.shown, true);
    });
    const status = make("span", "h-status");
    const rail = make("div", "h-rail", toggle, status);
    const element = make("section", "h-cell", rail, code.element);
    element.dataset.cell = String(cell.id);
    element.setAttribute("aria-label", `Cell ${cell.id}, ${kind}`);
    const view: CellView = {cell, element, rail, status, code, shown: false};
    code.element.hidden = true;
    this.sizes.observe(code.element);
    queueMicrotask(() => this.showCode(cell.id, cell.pinned));
    return view;
  }

  /** Shows or folds a cell's code. */
  showCode(id: number, shown: boolean, focus = false): void {
    const view = this.views.get(id);
    if (!view) return;
    view.shown = shown;
    view.code.element.hidden = !shown;
    const toggle = view.rail.querySelector("button")!;
    toggle.setAttribute("aria-expanded", String(shown));
    toggle.setAttribute("aria-label", `${shown ? "Hide" : "Show"} the code of cell ${id}`);
    toggle.title = shown ? "Hide code" : "Show code";
    if (!shown) this.session.setSpaces({[id]: 0});
    else if (focus) view.code.focus();
  }

  private measureCode(entries: ResizeObserverEntry[]) {
    const heights: Record<number, number> = {};
    for (const {target} of entries) {
      const id = Number((target as HTMLElement).closest<HTMLElement>("[data-cell]")?.dataset.cell);
      if (id) heights[id] = (target as HTMLElement).hidden ? 0 : Math.ceil((target as HTMLElement).offsetHeight);
    }
    this.session.setSpaces(heights);
  }

  private place({heightPx, cells}: Layout) {
    // A frame may ask for any height; past this the page could no longer be scrolled.
    const height = Math.min(Math.max(heightPx, 0), 200_000);
    this.notebook.style.height = `${height}px`;
    for (const {id, topPx, codeTopPx, bottomPx} of cells) {
      const view = this.views.get(id);
      if (!view) continue;
      view.element.style.top = `${topPx}px`;
      view.element.style.height = `${bottomPx - topPx}px`;
      view.code.element.style.top = `${codeTopPx - topPx}px`;
      view.element.dataset.placed = "";
    }
  }

  private select(id: number) {
    if (this.selected === id) return;
    this.views.get(this.selected)?.element.classList.remove("h-selected");
    this.selected = id;
    this.views.get(id)?.element.classList.add("h-selected");
  }

  private selectNext(id: number) {
    const at = this.cells.findIndex((cell) => cell.id === id);
    const next = this.cells[at + 1];
    if (!next) return;
    this.select(next.id);
    const view = this.views.get(next.id)!;
    if (view.shown) view.code.focus();
    else view.rail.querySelector("button")!.focus({preventScroll: true});
  }

  private showReport(report: CellReport) {
    this.showStatus(report.id);
    const view = this.views.get(report.id);
    view?.code.setProblem(report.status === "failed" ? report.error : undefined);
  }

  private showStatus(id: number) {
    const view = this.views.get(id);
    if (!view) return;
    const report = this.session.reports.get(id);
    view.element.dataset.status = report?.status ?? "waiting";
    view.status.textContent = report?.status === "done" && report.timeMs !== undefined && report.timeMs >= 1 ? duration(report.timeMs) : "";
  }

  private pressed(_key: FrameNews["key"]) {}

  private reveal({id, topPx}: FrameNews["reveal"]) {
    const top = topPx ?? Number.parseFloat(this.views.get(id ?? 0)?.element.style.top ?? "");
    if (id !== undefined) this.select(id);
    if (Number.isFinite(top)) scrollTo({top: this.notebook.getBoundingClientRect().top + scrollY + top - 80, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth"});
  }
}
