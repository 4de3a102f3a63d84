/** Who needs whom: edges, duplicates, circles. */
import {describe, expect, it} from "vitest";
import {buildGraph, closure} from "../../src/notebook/graph.ts";

const cell = (id: number, outputs: string[], inputs: string[]) => ({id, outputs, inputs});

describe("buildGraph", () => {
  it("joins makers and users, whatever their order", () => {
    const {needs, neededBy, problems} = buildGraph([cell(1, ["a"], ["b"]), cell(2, ["b"], ["d3"]), cell(3, [], ["a"])]);
    expect([...needs.get(1)!]).toEqual([2]);
    expect([...closure([2], neededBy)].sort()).toEqual([1, 2, 3]);
    expect(problems.size).toBe(0);
  });

  it("names a duplicate in each of its cells, and nobody else", () => {
    const {problems} = buildGraph([cell(1, ["a"], []), cell(2, ["a"], []), cell(3, [], ["a"])]);
    expect([...problems.keys()]).toEqual([1, 2]);
    expect(problems.get(1)!.message).toContain("cell 2");
  });

  it("finds circles, long ones and a cell that needs itself", () => {
    const {problems} = buildGraph([cell(1, ["a"], ["c"]), cell(2, ["b"], ["a"]), cell(3, ["c"], ["b"]), cell(4, ["d"], ["d"]), cell(5, [], ["a"])]);
    expect([...problems.keys()].sort()).toEqual([1, 2, 3, 4]);
    expect(problems.get(1)!.message).toContain("1, 2, 3");
  });

  it("knows observable's views by their plain name", () => {
    const {needs} = buildGraph([{id: 1, outputs: [], inputs: [], output: "viewof$x"}, cell(2, [], ["x"]), cell(3, [], ["viewof$x"])]);
    expect([...needs.get(2)!, ...needs.get(3)!]).toEqual([1, 1]);
  });
});
