/** The notebook being edited: its cells in order, and every change to them with its way back. Nothing here runs. */
import type {Cell} from "@observablehq/notebook-kit";

export type Mode = Cell["mode"];

/** A change that can be undone. Text is not among them: the editor has its own history. */
type Change =
  | {kind: "insert"; index: number; cell: Cell}
  | {kind: "remove"; id: number}
  | {kind: "move"; id: number; index: number}
  | {kind: "set"; id: number; values: Partial<Pick<Cell, "mode" | "pinned" | "hidden">>};

export interface Done {
  /** What was done, for the message that offers to undo it. */
  label: string;
  /** The cell that it was done to, where there is one left. */
  id?: number;
}

export class NotebookDocument {
  cells: readonly Cell[];
  title: string;
  private undone: {back: Change; label: string}[] = [];
  private done: {back: Change; label: string}[] = [];
  private listeners = new Set<() => void>();

  constructor(title: string, cells: readonly Cell[]) {
    this.title = title;
    this.cells = cells.map((cell) => ({...cell}));
  }

  /** Calls `listener` after every change, of text too. Returns a function that stops it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  cell(id: number): Cell | undefined {
    return this.cells.find((cell) => cell.id === id);
  }

  indexOf(id: number): number {
    return this.cells.findIndex((cell) => cell.id === id);
  }

  setText(id: number, value: string): void {
    if (this.cell(id)?.value === value) return;
    this.cells = this.cells.map((cell) => (cell.id === id ? {...cell, value} : cell));
    this.tell();
  }

  setTitle(title: string): void {
    if (title === this.title) return;
    this.title = title;
    this.tell();
  }

  /** Takes over cells that were changed elsewhere. Where other cells are there, or in another order, what was done before can no longer be undone. */
  replace(title: string, cells: readonly Cell[]): void {
    if (cells.length !== this.cells.length || cells.some(({id}, i) => id !== this.cells[i].id)) this.done = this.undone = [];
    this.title = title;
    this.cells = cells.map((cell) => ({...cell}));
    this.tell();
  }

  /** Puts a new cell at `index` and returns its id. */
  insert(index: number, {mode = "js", value = "", pinned = mode === "js" || mode === "ts"}: Partial<Pick<Cell, "mode" | "value" | "pinned">> = {}): number {
    const id = Math.max(0, ...this.cells.map((cell) => cell.id), ...[...this.done, ...this.undone].map(({back}) => (back.kind === "insert" ? back.cell.id : 0))) + 1;
    this.apply({kind: "insert", index, cell: {id, mode, value, pinned, hidden: false}}, "Cell added");
    return id;
  }

  duplicate(id: number): number | undefined {
    const cell = this.cell(id);
    return cell && this.insert(this.indexOf(id) + 1, cell);
  }

  remove(id: number): void {
    if (this.cell(id)) this.apply({kind: "remove", id}, `Cell ${id} deleted`);
  }

  /** Moves a cell by `by` places. */
  move(id: number, by: number): void {
    const from = this.indexOf(id);
    const index = Math.max(0, Math.min(this.cells.length - 1, from + by));
    if (from >= 0 && index !== from) this.apply({kind: "move", id, index}, `Cell ${id} moved`);
  }

  set(id: number, values: Partial<Pick<Cell, "mode" | "pinned" | "hidden">>, label: string): void {
    const cell = this.cell(id);
    if (cell && Object.entries(values).some(([key, value]) => cell[key as keyof Cell] !== value)) this.apply({kind: "set", id, values}, label);
  }

  /** Takes the last change back; says what it was. */
  undo(): Done | undefined {
    const step = this.done.pop();
    if (!step) return;
    this.undone.push({back: this.perform(step.back), label: step.label});
    this.tell();
    return {label: step.label, id: "id" in step.back ? step.back.id : step.back.cell.id};
  }

  redo(): Done | undefined {
    const step = this.undone.pop();
    if (!step) return;
    this.done.push({back: this.perform(step.back), label: step.label});
    this.tell();
    return {label: step.label, id: "id" in step.back ? step.back.id : step.back.cell.id};
  }

  private apply(change: Change, label: string) {
    this.done.push({back: this.perform(change), label});
    this.undone = [];
    this.tell();
  }

  /** Makes the change and returns the one that takes it back. */
  private perform(change: Change): Change {
    const cells = [...this.cells];
    if (change.kind === "insert") {
      cells.splice(change.index, 0, change.cell);
      this.cells = cells;
      return {kind: "remove", id: change.cell.id};
    }
    const from = this.indexOf(change.id);
    const cell = cells[from];
    if (change.kind === "set") {
      cells[from] = {...cell, ...change.values};
      this.cells = cells;
      const before = Object.fromEntries(Object.keys(change.values).map((key) => [key, cell[key as keyof Cell]]));
      return {kind: "set", id: change.id, values: before};
    }
    cells.splice(from, 1);
    if (change.kind === "move") cells.splice(change.index, 0, cell);
    this.cells = cells;
    return change.kind === "move" ? {kind: "move", id: change.id, index: from} : {kind: "insert", index: from, cell};
  }

  private tell() {
    this.listeners.forEach((listener) => listener());
  }
}
