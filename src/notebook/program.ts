/** What was compiled of a notebook's cells, and who needs whom. Runs nothing. */
import type {Cell} from "@observablehq/notebook-kit";
import {compileCell, type BrokenCell, type Compiled} from "./compile.ts";
import {buildGraph, namesOf, type Graph} from "./graph.ts";

export class Program {
  graph: Graph = buildGraph([]);
  private compiled = new Map<number, {value: string; mode: string; compiled: Compiled}>();

  /** `settings` take the place of plain values that cells give to these names. */
  constructor(private readonly settings?: Record<string, unknown>) {}

  /** Compiles what is new or changed, and what is in `anew`. */
  update(cells: readonly Cell[], anew: ReadonlySet<number>): void {
    this.compiled = new Map(
      cells.map((cell) => {
        const {id, value, mode} = cell;
        const known = this.compiled.get(id);
        if (known?.value === value && known.mode === mode && !anew.has(id)) return [id, known];
        return [id, {value, mode, compiled: compileCell(cell, {settings: this.settings})}];
      })
    );
    this.graph = buildGraph(cells.map(({id}) => this.compiledOf(id)!));
  }

  /** What was compiled of a cell, with what stands in its way. */
  compiledOf(id: number): Compiled | undefined {
    return this.compiled.get(id)?.compiled;
  }

  /** The names that a cell makes. */
  namesOf(id: number): string[] {
    const compiled = this.compiledOf(id);
    return compiled ? namesOf(compiled) : [];
  }

  /** A cell as it is to be defined: broken where the graph says so, or where it is held back. */
  definitionOf(id: number, isHeld: boolean): Compiled {
    const compiled = this.compiledOf(id)!;
    if (compiled.error !== undefined) return compiled;
    const error = this.graph.problems.get(id) ?? (isHeld ? {message: "Stopped. Change it, or run it again."} : undefined);
    if (!error) return compiled;
    const {mode, inputs, outputs, output} = compiled;
    return {id, mode, inputs, outputs, output, error} satisfies BrokenCell;
  }
}
