/** What cells show and report: values, errors, gates, the views of inputs. Running them is cells.ts's business. */
import {problemOf, reportOf} from "./cell-problem.ts";
import {staleMessage, type Run} from "./cell-run.ts";
import type {CellProblem, CompiledCell} from "./compile.ts";
import {input as inputGenerator, setValue, type InputElement} from "./generators.ts";
import {isCarried, takeLinkState} from "./link-state.ts";
import type {LiveCell, LiveCells} from "./live-cells.ts";
import type {CellReport, CellStatus} from "./messages.ts";

/** Where a cell's values and errors are shown. */
export interface Output {
  clear(): void;
  show(value: unknown, name?: string): void;
  fail(report: CellReport, source: string): void;
  /** Adds what went wrong after the cell was done, under what it shows. */
  failLate(problem: CellProblem, source: string): void;
  gate(label: string, open: () => void, again: boolean): void;
  element: Element;
}

export interface CellShowingOptions {
  outputOf(id: number): Output;
  report(report: CellReport): void;
  settings: Record<string, unknown>;
}

export class CellShowing {
  private readonly views = new WeakMap<object, InputElement>();

  constructor(
    private readonly live: LiveCells,
    private readonly options: CellShowingOptions
  ) {}

  /** Reports what has become of a cell, where that is news. */
  tell(live: LiveCell, status: CellStatus, more: Partial<CellReport> = {}) {
    if (live.generation < 0) return;
    const news = live.status !== status || status === "waiting" || status === "failed" || status === "blocked" || more.timeMs !== undefined;
    live.status = status;
    if (status !== "waiting" && status !== "running") live.settledMs = performance.now();
    if (news) this.options.report({id: live.id, status, ...more});
  }

  /** Resolves when the reader opens the cell's gate. */
  async waitAtGate(live: LiveCell, label: string) {
    this.tell(live, "gated");
    await new Promise<void>((open) => {
      live.openGate = open;
      this.options.outputOf(live.id).gate(label, open, live.hasRun);
    });
    live.openGate = undefined;
  }

  fulfilled(live: LiveCell, run: Run, value: unknown) {
    const {autodisplay, output} = live.cell.compiled as CompiledCell;
    const shown = this.options.outputOf(live.id);
    if (autodisplay) {
      shown.clear();
      shown.show(value, output);
    } else if (!run.displayed) shown.clear();
    run.displayed = true;
    const timeMs = run.startedMs > 0 ? performance.now() - run.startedMs : undefined;
    run.startedMs = 0; // a generator's later values are no new runs
    this.tell(live, "done", {timeMs});
  }

  rejected(live: LiveCell, error: unknown) {
    const report = reportOf(live.id, error, (name) => this.live.makerOf(name));
    this.options.outputOf(live.id).fail(report, live.cell.source);
    this.tell(live, report.status, report);
  }

  /** An error in code that a cell left behind: an event listener, a timer, a promise that nobody awaits. */
  failLate(error: unknown) {
    if ((error as Error)?.message === staleMessage || (error as Error)?.message === "interrupted") return;
    const id = Number(/cell-(\d+)\.\d+\.js/.exec((error as Error)?.stack ?? "")?.[1]);
    const live = this.live.get(id);
    if (live) this.options.outputOf(id).failLate(problemOf(error, live.id), live.cell.source);
  }

  display(live: LiveCell, run: Run, value: unknown) {
    if (run.isAborted) throw new Error(staleMessage);
    const shown = this.options.outputOf(live.id);
    if (!run.displayed) shown.clear();
    run.displayed = true;
    shown.show(value);
    if (isCarried(value)) takeLinkState((live.carried = value), live.id, this.options.settings);
    return value;
  }

  view(live: LiveCell, run: Run, element: InputElement) {
    this.display(live, run, element);
    const generator = inputGenerator(element);
    this.views.set(generator, element);
    return generator;
  }

  /** A view whose name is set takes the value before anyone reads it. */
  withSetting(live: LiveCell, name: string, value: unknown): unknown {
    const element = typeof value === "object" && value !== null ? this.views.get(value) : undefined;
    if (element) live.views.add(name);
    if (element && Object.hasOwn(this.options.settings, name)) setValue(element, this.options.settings[name]);
    return value;
  }
}
