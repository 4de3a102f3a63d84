/** What a page does when a cell's code or handle is used: the counterpart of the commands in actions.ts. */
import type {Cell} from "@observablehq/notebook-kit";
import {CellView} from "./cell-view.ts";
import {openCellMenu} from "./menus.ts";
import type {Page} from "./page.ts";

/** The view of a cell, which tells the page. Runs and session may not be there yet when the first cells come. */
export function wireCell(page: Page, cell: Cell): CellView {
  const {id} = cell;
  const view = new CellView({
    cell,
    onChange: (value) => page.document.setText(id, value),
    onRun: (stay) => page.do(stay ? "run-stay" : "run", id),
    onFocus: () => page.select(id),
    onLeave: (to) => (to === "cell" ? page.leaveCode(id) : page.go(page.document.indexOf(id) + (to === "below" ? 1 : -1), true)),
    check: (value) => page.runs?.check(id, value),
    names: () => page.names(),
    onToggle: () => {
      page.select(id);
      view.shown = !view.shown;
    },
    onMenu: (button) => {
      page.select(id);
      openCellMenu(page.menu, button, page.document.cell(id)!, (command) => page.do(command, id));
    },
    onStop: () => page.do("stop", id),
    onInsert: () => page.insert(page.document.indexOf(id) + 1, cell.mode),
    onSize: (heightPx) => page.session?.setSpaces({[id]: heightPx})
  });
  view.shown = cell.pinned;
  return view;
}
