/** What ran last of a notebook, against what is written now: which cells are edited, and what is wrong with them. */
import type {Cell} from "@observablehq/notebook-kit";
import {compileCell, type CellProblem} from "./compile.ts";
import type {NotebookDocument} from "./document.ts";
import {closure} from "./graph.ts";
import type {Session} from "./session.ts";

export class Runs {
  /** The one cell that was asked for last. */
  last?: number;
  /** The cells as they last ran. */
  private ran: Cell[] = [];

  constructor(
    private readonly document: NotebookDocument,
    private readonly session: Session,
    /** A notebook from elsewhere waits for its reader's consent, which no key gives. */
    private readonly waitsForConsent: () => boolean
  ) {}

  /** Runs cells as they are now written; those not named stay as they ran. */
  run(ids: readonly number[]): void {
    // What was stopped because its frame got lost goes on when a cell is run.
    if (this.session.isPaused && !this.waitsForConsent() && ids.length > 0) this.session.isPaused = false;
    const wanted = new Set(ids);
    if (ids.length === 1) [this.last] = ids;
    this.ran = this.document.cells.map((cell) => (wanted.has(cell.id) ? cell : (this.ranAs(cell.id) ?? cell)));
    this.session.update(this.ran, wanted);
  }

  /** Runs everything as it is now written, in a new frame. */
  restart(): void {
    this.ran = [...this.document.cells];
    this.session.held.clear();
    this.session.update(this.ran);
    this.session.restart("Everything was started anew.");
  }

  /** Lets cells that came, went, moved or changed their kind take effect at once; text waits until it is run. */
  follow(): void {
    const {cells} = this.document;
    const isStructural = this.ran.length !== cells.length || cells.some(({id}, i) => this.ran[i]?.id !== id);
    if (isStructural) this.run([]);
    for (const {id, mode} of cells) {
      const ran = this.ranAs(id);
      if (ran && ran.mode !== mode) this.run([id]);
    }
  }

  /** Whether a cell's text or kind is another than what ran. */
  isEdited(id: number): boolean {
    const now = this.document.cell(id);
    const ran = this.ranAs(id);
    return now !== undefined && ran !== undefined && (now.value !== ran.value || now.mode !== ran.mode);
  }

  editedIds(): number[] {
    return this.document.cells.map(({id}) => id).filter((id) => this.isEdited(id));
  }

  /** Cells that show what follows from the old text of an edited cell: those that will run again when it does. */
  staleIds(): Set<number> {
    const edited = this.editedIds();
    const stale = closure(edited, this.session.program.graph.neededBy);
    edited.forEach((id) => stale.delete(id));
    return stale;
  }

  /** What is wrong with a cell's text, whether or not it ran. */
  check(id: number, value: string): CellProblem | undefined {
    const cell = this.document.cell(id);
    const ran = this.ranAs(id);
    if (!cell || !ran) return;
    if (value !== ran.value || cell.mode !== ran.mode) return compileCell({...cell, value}).error;
    const report = this.session.reports.get(id);
    return this.session.program.graph.problems.get(id) ?? this.session.program.compiledOf(id)?.error ?? (report?.status === "failed" ? report.error : undefined);
  }

  private ranAs(id: number) {
    return this.ran.find((cell) => cell.id === id);
  }
}
