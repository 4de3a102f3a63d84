/**
 * Runs compiled cells on Observable's runtime, inside the frame. Not their compilation (compile.ts), nor how a value looks (display.ts).
 *
 * The runtime alone is not enough for live editing, so each variable's definition is wrapped in a `Run`:
 * - what an older generation of a cell still says is not heard;
 * - a run that never settles is let go when its cell or an input changes (the runtime would wait for it for ever);
 * - the `finally` of an old generator ends before the new one starts, so that memory does not double;
 * - generators go on in a hidden tab, where there are no animation frames;
 * - a name that nobody makes does not turn into `window.name`.
 */
import {Runtime, RuntimeError} from "@observablehq/runtime";
import type {Module} from "@observablehq/runtime";
import {Run, staleMessage} from "./cell-run.ts";
import {CellShowing, type CellShowingOptions} from "./cell-showing.ts";
import type {CellProblem, CompiledCell} from "./compile.ts";
import {globalNamed, soon} from "./globals.ts";
import {namesOf} from "./graph.ts";
import {input as inputGenerator, type InputElement} from "./generators.ts";
import {LiveCells, type LiveCell} from "./live-cells.ts";
import {createLoopWatch, type LoopWatchOptions} from "./loop-watch.ts";
import type {FrameCell} from "./messages.ts";

export interface CellsOptions extends LoopWatchOptions, CellShowingOptions {
  builtins: Record<string, () => unknown>;
  /** Loads a module by the name in an import, or a part of it that has all `wanted` names. */
  load(name: string, wanted?: readonly string[]): Promise<Record<string, unknown>>;
  /** Opens gates by itself. */
  opensGates: boolean;
}

export class Cells {
  private readonly main: Module;
  readonly live = new LiveCells();
  private readonly showing: CellShowing;
  private readonly watchLoop: () => void;
  private generations = 0;

  constructor(private readonly options: CellsOptions) {
    this.watchLoop = createLoopWatch(options);
    this.showing = new CellShowing(this.live, options);
    const runtime = new Runtime(options.builtins, globalNamed);
    runtime._computeSoon = () => new Promise<void>(soon).then(() => (runtime._disposed ? undefined : runtime._computeNow()));
    this.main = runtime.module();
    addEventListener("error", (event) => this.showing.failLate(event.error ?? event.message));
    addEventListener("unhandledrejection", (event) => this.showing.failLate(event.reason));
  }

  /** Defines a cell, or defines it anew. */
  define(cell: FrameCell): void {
    const old = this.live.get(cell.id);
    const ends = old ? this.release(old) : [];
    const generation = ++this.generations;
    const live: LiveCell = {id: cell.id, cell, generation, status: "waiting", settledMs: 0, variables: [], runs: new Set(), ends, hasRun: old?.hasRun ?? false, values: new Map(), views: new Set()};
    this.live.add(live);
    const {compiled} = cell;
    if (compiled.error !== undefined) this.defineBroken(live, compiled.error);
    else {
      let body: (...inputs: unknown[]) => unknown;
      try {
        body = this.evaluate(compiled, generation);
      } catch (error) {
        return this.defineBroken(live, {message: (error as Error).message});
      }
      this.defineCompiled(live, compiled, body);
      this.showing.tell(live, "waiting");
    }
  }

  remove(id: number): void {
    const live = this.live.get(id);
    if (!live) return;
    this.release(live);
    this.live.delete(id);
  }

  /** Stops what a cell is doing; it stays stopped until it is defined anew or an input changes. */
  interrupt(id: number): void {
    const live = this.live.get(id);
    if (!live) return;
    for (const run of live.runs) void run.abort("interrupted");
    this.showing.tell(live, "interrupted");
  }

  openGate(id: number): void {
    this.live.get(id)?.openGate?.();
  }

  private release(live: LiveCell): Promise<unknown>[] {
    const ends = [...live.ends, ...[...live.runs].map((run) => run.abort())];
    live.generation = -1;
    live.variables.forEach((variable) => variable.delete());
    return ends;
  }

  private defineBroken(live: LiveCell, error: CellProblem) {
    for (const name of namesOf({...live.cell.compiled, id: live.id})) {
      if (this.live.makerOf(name) !== live.id) continue;
      live.variables.push(
        this.main.variable(true).define(name, [], () => {
          throw new Error(error.message);
        })
      );
    }
    this.options.outputOf(live.id).fail({id: live.id, status: "failed", error}, live.cell.source);
    this.showing.tell(live, "failed", {error});
  }

  private evaluate({body, id}: CompiledCell, generation: number) {
    const factory = (0, eval)(`"use strict"; (($import, $loop) => (${body}\n))\n//# sourceURL=cell-${id}.${generation}.js`) as (...given: unknown[]) => (...inputs: unknown[]) => unknown;
    return factory(this.importNamed, this.watchLoop);
  }

  private readonly importNamed = async (name: string, wanted: string[] = []) => {
    const module = await this.options.load(name, wanted);
    for (const exported of wanted) {
      if (!(exported in module)) throw new SyntaxError(`"${name}" has no export called ${exported}. It has: ${Object.keys(module).sort().join(", ")}.`);
    }
    return module;
  };

  private defineCompiled(live: LiveCell, compiled: CompiledCell, body: (...inputs: unknown[]) => unknown) {
    const {inputs, outputs, output} = compiled;
    const given = new Set(["display", "view", "invalidation"]);
    const asked = inputs.filter((name) => !given.has(name));
    const name = output ?? (outputs.length > 0 ? `cell ${live.id}` : null);

    const main = this.variable(live, name, asked, {
      compute: (run, self, values) => {
        const byName = new Map(asked.map((input, i) => [input, values[i]]));
        const help: Record<string, () => unknown> = {
          display: () => (value: unknown) => this.showing.display(live, run, value),
          view: () => (element: InputElement) => this.showing.view(live, run, element),
          invalidation: () => run.invalidation()
        };
        return body.apply(
          self,
          inputs.map((input) => (given.has(input) ? help[input]() : byName.get(input)))
        );
      },
      isCell: true
    });

    if (output === undefined) {
      for (const exported of outputs) {
        this.variable(live, exported, [name!], {compute: (_run, _self, [exports]) => this.showing.withSetting(live, exported, (exports as Record<string, unknown>)[exported])});
      }
    } else if (compiled.autoview) this.variable(live, output.replace(/^viewof\$/, ""), [output], {compute: (_run, _self, [element]) => inputGenerator(element as InputElement)});
    return main;
  }

  /** Defines one variable whose computations are `Run`s. */
  private variable(
    live: LiveCell,
    name: string | null,
    inputs: string[],
    {compute, isCell = false}: {compute(run: Run, self: unknown, values: unknown[]): unknown; isCell?: boolean}
  ) {
    const {generation} = live;
    let run = new Run();
    const isCurrent = () => live.generation === generation;
    const variable = this.main.variable({
      _node: isCell ? this.options.outputOf(live.id).element : undefined,
      pending: () => {
        if (!isCurrent()) return;
        live.ends.push(run.abort());
        live.runs.delete(run);
        live.runs.add((run = new Run()));
        if (isCell) this.showing.tell(live, "waiting");
      },
      fulfilled: (value) => {
        if (!isCurrent() || run.isAborted) return;
        if (name !== null && !name.startsWith("cell ")) live.values.set(name, value);
        if (isCell) this.showing.fulfilled(live, run, value);
      },
      rejected: (error) => {
        if (!isCurrent() || (error as Error)?.message === staleMessage) return;
        if (name !== null) live.values.delete(name);
        if (isCell || !(error instanceof RuntimeError)) this.showing.rejected(live, error);
      }
    });
    const cells = this;
    const definition = function (this: unknown, ...values: unknown[]) {
      return cells.compute(live, run, () => compute(run, this, values), isCell);
    };
    live.variables.push(variable.define(name, inputs, definition as never));
    return variable;
  }

  private async compute(live: LiveCell, run: Run, body: () => unknown, isCell: boolean) {
    if (isCell) {
      const ends = live.ends.splice(0);
      if (ends.length > 0) await run.race(Promise.all(ends));
      const {gate} = live.cell.compiled as CompiledCell;
      if (gate !== undefined && !this.options.opensGates) await run.race(this.showing.waitAtGate(live, gate));
      live.hasRun = true;
      run.startedMs = performance.now();
      this.showing.tell(live, "running");
      // A cell that computes for long without a pause should be seen to be running first.
      if (gate !== undefined) await run.race(new Promise((resolve) => setTimeout(resolve)));
    }
    return run.follow(await run.race(body()));
  }
}
