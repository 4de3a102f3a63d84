/** A notebook's file that changed while its page is open: what of it is taken over. Knows no page. */
import type {Cell} from "@observablehq/notebook-kit";

export interface Merged {
  cells: Cell[];
  /** Cells that are new, or other than the page's. */
  changed: number[];
  /** Cells that both sides changed: the page's stay. */
  kept: number[];
  /** Cells whose values the page would lose: code that is gone, or no code any more. */
  lost: number[];
}

const isSame = (a: Cell, b: Cell) => a.value === b.value && a.mode === b.mode && a.pinned === b.pinned && a.hidden === b.hidden && a.output === b.output;
const orderOf = (cells: readonly Cell[]) => cells.map(({id}) => id).join();
const byId = (cells: readonly Cell[]) => new Map(cells.map((cell) => [cell.id, cell]));
/** Prose makes no values: it runs again at no loss. */
export const isProse = ({mode}: Cell): boolean => mode === "md" || mode === "html" || mode === "tex";

/**
 * `mine` with what `theirs` changed against `base`, cell by cell; what both changed stays mine. Undefined where cells came, went or
 * moved on both sides, or where one went that I changed: that is for a person to put together.
 */
export function mergeCells(base: readonly Cell[], mine: readonly Cell[], theirs: readonly Cell[]): Merged | undefined {
  const theyArranged = orderOf(base) !== orderOf(theirs);
  if (theyArranged && orderOf(base) !== orderOf(mine) && orderOf(mine) !== orderOf(theirs)) return;
  const [ofBase, ofMine, ofTheirs] = [byId(base), byId(mine), byId(theirs)];
  const isMineAlone = (cell: Cell) => !isSame(cell, ofBase.get(cell.id) ?? cell);
  if (theyArranged && mine.some((cell) => !ofTheirs.has(cell.id) && isMineAlone(cell))) return;
  const kept: number[] = [];
  const cells = (theyArranged ? theirs : mine).map(({id}) => {
    const [old, own, their] = [ofBase.get(id), ofMine.get(id), ofTheirs.get(id)];
    if (!own || !their) return (own ?? their)!;
    const iChanged = old === undefined || !isSame(own, old);
    if (iChanged && !isSame(own, their) && (old === undefined || !isSame(their, old))) kept.push(id);
    return iChanged ? own : their;
  });
  return {
    cells,
    changed: cells.filter((cell) => !ofMine.has(cell.id) || !isSame(cell, ofMine.get(cell.id)!)).map(({id}) => id),
    kept,
    lost: mine.filter((cell) => !isProse(cell) && byId(cells).get(cell.id)?.mode !== cell.mode).map(({id}) => id)
  };
}
