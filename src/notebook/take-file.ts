/** Brings a page in step with its notebook's file when that changed on disk, without losing what the page holds: a trained run, a draft, a value. */
import {parseNotebook} from "./file.ts";
import {isProse, mergeCells, type Merged} from "./merge.ts";
import type {NotebookFile} from "./file.ts";
import type {Page} from "./page.ts";

/** "cell 3", "cells 3 and 5", "cells 3, 5 and 8" */
function cellsNamed(ids: readonly number[]) {
  return ids.length === 1 ? `cell ${ids[0]}` : `cells ${ids.slice(0, -1).join(", ")} and ${ids.at(-1)}`;
}

/**
 * Takes over what changed in the file. Prose shows at once. Code comes as an edit does and waits to be run, since running it may end a
 * training; what would end one for certain waits for a yes.
 */
export function takeFile(page: Page, text: string): void {
  if (text === page.keeper.originalText) return;
  // Half written: the rest is on its way.
  if (!/<notebook[\s>]/i.test(text) || !/<\/notebook\s*>\s*$/i.test(text)) return;
  const file = parseNotebook(text);
  const merged = mergeCells(page.keeper.originalCells, page.document.cells, file.cells);
  if (!merged) {
    page.keeper.rebase({text, file});
    return page.messages.say("The notebook’s file has other cells now, and so has your draft. The page keeps the draft.", {action: "Compare", run: () => page.do("compare"), lastsMs: Infinity});
  }
  if (merged.lost.length === 0) return take(page, {text, file}, merged);
  page.messages.say(`In the notebook’s file, ${cellsNamed(merged.lost)} is no code or is gone. Taking that over ends what follows from it.`, {
    action: "Take it over",
    // By then the page, or the file once more, may have changed.
    run: () => {
      const now = mergeCells(page.keeper.originalCells, page.document.cells, file.cells);
      if (now) take(page, {text, file}, now);
    },
    lastsMs: Infinity
  });
}

function take(page: Page, original: {text: string; file: NotebookFile}, {cells, changed, kept}: Merged) {
  const known = new Set(page.document.cells.map(({id}) => id));
  const title = page.keeper.titleOf(original.file);
  page.keeper.rebase(original);
  page.document.replace(title, cells);
  const modes = new Map(cells.map((cell) => [cell.id, cell]));
  page.runs.run(changed.filter((id) => isProse(modes.get(id)!)));
  const waiting = changed.filter((id) => known.has(id) && page.runs.isEdited(id));
  const keeps = kept.length > 0 ? ` Your draft of ${cellsNamed(kept)} stays.` : "";
  if (waiting.length > 0) {
    const words = cellsNamed(waiting);
    page.messages.say(`${words[0].toUpperCase()}${words.slice(1)} changed in the notebook’s file.${keeps}`, {action: waiting.length === 1 ? "Run it" : "Run them", run: () => page.runs.run(waiting), lastsMs: Infinity});
  } else if (changed.length > 0 || kept.length > 0) page.messages.say(`The notebook’s file changed, and this page with it.${keeps}`);
}
