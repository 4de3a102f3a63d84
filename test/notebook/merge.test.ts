/** What a page takes over of its notebook's file when both have changed. */
import type {Cell} from "@observablehq/notebook-kit";
import {describe, expect, it} from "vitest";
import {mergeCells} from "../../src/notebook/merge.ts";

const cell = (id: number, value: string, mode: Cell["mode"] = "ts"): Cell => ({id, value, mode, pinned: true, hidden: false});
const base = [cell(1, "# Title", "md"), cell(2, "const a = 1"), cell(3, "a + 1")];
const changed = (cells: Cell[], id: number, value: string) => cells.map((one) => (one.id === id ? {...one, value} : one));

describe("merging a notebook's file into its page", () => {
  it("takes the file's cells where the page's are as they were, and keeps the page's own", () => {
    const mine = changed(base, 3, "a + 2");
    const theirs = changed(changed(base, 1, "# Other"), 2, "const a = 5");
    expect(mergeCells(base, mine, theirs)).toEqual({cells: [theirs[0], theirs[1], mine[2]], changed: [1, 2], kept: [], lost: []});
    expect(mergeCells(base, mine, mine)).toMatchObject({cells: mine, changed: [], kept: []});
  });

  it("keeps the page's cell where both changed it, and says which", () => {
    const merged = mergeCells(base, changed(base, 2, "const a = 2"), changed(base, 2, "const a = 3"));
    expect(merged).toMatchObject({changed: [], kept: [2]});
    expect(merged!.cells[1].value).toBe("const a = 2");
  });

  it("takes new cells and a new order, keeps cells that only the page has, and names code that would be lost", () => {
    const theirs = [base[2], base[0], cell(4, "new")];
    expect(mergeCells(base, base, theirs)).toMatchObject({cells: theirs, changed: [4], lost: [2]});
    const mine = [...base, cell(9, "mine")];
    expect(mergeCells(base, mine, changed(base, 1, "# Other"))!.cells.map(({value}) => value)).toEqual(["# Other", "const a = 1", "a + 1", "mine"]);
    expect(mergeCells(base, base, base.map((one) => (one.id === 3 ? cell(3, "prose now", "md") : one)))).toMatchObject({changed: [3], lost: [3]});
  });

  it("leaves to a person what came, went or moved on both sides, and a cell that went while the page changed it", () => {
    expect(mergeCells(base, [...base, cell(9, "mine")], base.slice(0, 2))).toBeUndefined();
    expect(mergeCells(base, changed(base, 3, "a + 2"), base.slice(0, 2))).toBeUndefined();
  });
});
