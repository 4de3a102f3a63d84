/** The cells that are defined in the runtime, and what is asked of all of them. Defining and running them is cells.ts's business. */
import type {Variable} from "@observablehq/runtime";
import type {Run} from "./cell-run.ts";
import {namesOf} from "./graph.ts";
import {linkName, type CarriedByLink} from "./link-state.ts";
import {loopGuard, type CellStatus, type FrameCell} from "./messages.ts";

/** A cell that is defined in the runtime. */
export interface LiveCell {
  id: number;
  cell: FrameCell;
  generation: number;
  status: CellStatus;
  settledMs: number;
  variables: Variable[];
  runs: Set<Run>;
  ends: Promise<unknown>[];
  openGate?: () => void;
  hasRun: boolean;
  values: Map<string, unknown>;
  /** Names whose values are inputs'. */
  views: Set<string>;
  /** The widget shown whose state a link carries. */
  carried?: CarriedByLink;
}

export class LiveCells {
  private readonly cells = new Map<number, LiveCell>();

  get(id: number): LiveCell | undefined {
    return this.cells.get(id);
  }

  add(live: LiveCell): void {
    this.cells.set(live.id, live);
  }

  delete(id: number): void {
    this.cells.delete(id);
  }

  /** Whether every cell has come to rest, or has at least once since `sinceMs` (on `performance.now()`'s clock). What waits for a shut gate rests. */
  settled(sinceMs: number): boolean {
    const atGates = this.waitingAtGates();
    return [...this.cells.values()].every(({id, status, settledMs}) => (status !== "waiting" && status !== "running") || settledMs > sinceMs || (status === "waiting" && atGates.has(id)));
  }

  /** Cells behind shut gates, and those that need them, one by way of another. */
  private waitingAtGates(): Set<number> {
    const found = new Set([...this.cells.values()].filter(({status}) => status === "gated").map(({id}) => id));
    if (found.size === 0) return found;
    const needs = new Map([...this.cells.values()].map(({id, cell}) => [id, cell.compiled.inputs.map((name) => this.makerOf(name))]));
    for (let before = 0; before < found.size; ) {
      before = found.size;
      for (const [id, makers] of needs) if (makers.some((maker) => maker !== undefined && found.has(maker))) found.add(id);
    }
    return found;
  }

  /** The latest values of all names. */
  values(): Map<string, unknown> {
    return new Map([...this.cells.values()].flatMap(({values}) => [...values]));
  }

  /** What a reader chose: the values of the views, by name, and the state of widgets, by their cell. */
  viewValues(): Map<string, unknown> {
    return new Map([...this.cells.values()].flatMap(({id, values, views, carried}) => [...[...values].filter(([name]) => views.has(name)), ...(carried ? [[linkName(id), carried.linkState] as [string, unknown]] : [])]));
  }

  /** Which cell, and which of its lines, a piece of code stands in. */
  locate(source: string): {cell: number; line: number} | undefined {
    for (const {id, cell} of this.cells.values()) {
      const body = cell.compiled.error === undefined ? cell.compiled.body.replaceAll(loopGuard, "") : "";
      const at = body.indexOf(source.replaceAll(loopGuard, ""));
      if (at >= 0) return {cell: id, line: body.slice(0, at).split("\n").length};
    }
  }

  /** Which cell makes a name. */
  makerOf(name: string): number | undefined {
    for (const {id, cell} of this.cells.values()) if (name === `cell ${id}` || namesOf({...cell.compiled, id}).includes(name)) return id;
  }
}
