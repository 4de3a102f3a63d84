/** What stands in the menus of the page and of a cell. */
import type {Cell} from "@observablehq/notebook-kit";
import {commands, type CommandId} from "./commands.ts";
import {make} from "./dom.ts";
import type {Menu} from "./panels.ts";

const inMenu = (of: "cell" | "page"): CommandId[] => commands.filter((command) => "menu" in command && command.menu === of).map(({id}) => id);

/** Opens a cell's menu at its button. */
export function openCellMenu(menu: Menu, button: HTMLElement, {mode, pinned}: Cell, run: (command: CommandId) => void): void {
  const ids = inMenu("cell").filter((id) => id !== `kind-${mode}`);
  const firstKind = ids.find((id) => id.startsWith("kind-"));
  const items = ids.flatMap((id) => (id === "insert-above" || id === firstKind ? (["-", id] as const) : [id]));
  menu.open(button, items, run, {pin: pinned ? "Fold the code for good" : "Keep the code in sight"});
}

/** The button that opens the page's menu. */
export function pageMenuButton(menu: Menu, run: (command: CommandId) => void, savesToFile: boolean): HTMLButtonElement {
  const more = make("button", "h-button h-icon", "···");
  more.type = "button";
  more.setAttribute("aria-label", "Notebook menu");
  more.setAttribute("aria-haspopup", "menu");
  more.addEventListener("click", () => menu.open(more, inMenu("page"), run, {save: savesToFile ? "Save to the file" : "Save"}));
  return more;
}
