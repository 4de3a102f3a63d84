/** Who needs whom among the cells of a notebook, found from their sources alone: names made, names needed, duplicates, circles. */
import type {CellProblem} from "./compile.ts";

/** What the graph needs to know of a cell. */
export interface GraphCell {
  id: number;
  inputs: string[];
  outputs: string[];
  output?: string;
}

export interface Graph {
  /** The cell that makes a name; the first of them where there are several. */
  maker: Map<string, number>;
  /** Cells that each cell needs directly. */
  needs: Map<number, Set<number>>;
  /** Cells that need each cell directly. */
  neededBy: Map<number, Set<number>>;
  /** What stands in the way before anything runs: names made twice, circles. */
  problems: Map<number, CellProblem>;
}

/** The names that a cell makes. */
export function namesOf({outputs, output}: GraphCell): string[] {
  return output === undefined ? outputs : [...outputs, output.replace(/^(viewof\$|mutable )/, "")];
}

/** Builds the graph of `cells`, which stand in the notebook's order. */
export function buildGraph(cells: readonly GraphCell[]): Graph {
  const makers = new Map<string, number[]>();
  for (const cell of cells) {
    for (const name of namesOf(cell)) makers.set(name, [...(makers.get(name) ?? []), cell.id]);
  }
  const maker = new Map([...makers].map(([name, [first]]) => [name, first]));
  const needs = new Map<number, Set<number>>(cells.map(({id}) => [id, new Set()]));
  const neededBy = new Map<number, Set<number>>(cells.map(({id}) => [id, new Set()]));
  for (const {id, inputs} of cells) {
    for (const input of inputs) {
      const from = maker.get(input.replace(/^(viewof\$|mutable\$)/, ""));
      if (from === undefined) continue;
      needs.get(id)!.add(from);
      neededBy.get(from)!.add(id);
    }
  }

  const problems = new Map<number, CellProblem>();
  for (const [name, ids] of makers) {
    if (ids.length < 2) continue;
    for (const id of ids) {
      const others = ids.filter((other) => other !== id);
      problems.set(id, {message: others.length > 0 ? `${name} is made in ${listCells(others)} as well. Give one of them another name.` : `${name} is made twice in this cell.`});
    }
  }
  for (const circle of findCircles(needs)) {
    for (const id of circle) {
      if (problems.has(id)) continue;
      problems.set(id, {message: circle.length === 1 ? "This cell needs a name that it makes itself." : `These cells need each other, so none can run first: ${circle.join(", ")}.`});
    }
  }
  return {maker, needs, neededBy, problems};
}

/** "cell 3", "cells 3 and 5" */
export function listCells(ids: readonly number[]) {
  return ids.length === 1 ? `cell ${ids[0]}` : `cells ${ids.slice(0, -1).join(", ")} and ${ids.at(-1)}`;
}

/** Everything that is reached from `start` along `edges`, `start` included. */
export function closure(start: Iterable<number>, edges: Map<number, Set<number>>): Set<number> {
  const found = new Set(start);
  for (const id of found) edges.get(id)?.forEach((next) => found.add(next));
  return found;
}

/** The sets of cells that need each other: strongly connected components of more than one cell, and cells that need themselves (Tarjan 1972). */
function findCircles(needs: Map<number, Set<number>>): number[][] {
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const circles: number[][] = [];

  const visit = (id: number) => {
    index.set(id, index.size);
    low.set(id, index.get(id)!);
    stack.push(id);
    for (const next of needs.get(id) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(id, Math.min(low.get(id)!, low.get(next)!));
    }
    if (low.get(id) !== index.get(id)) return;
    const circle = stack.splice(stack.indexOf(id));
    if (circle.length > 1 || needs.get(id)!.has(id)) circles.push(circle.sort((a, b) => a - b));
  };
  for (const id of needs.keys()) if (!index.has(id)) visit(id);
  return circles;
}
