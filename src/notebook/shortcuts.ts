/** The page of shortcuts. Loaded when it is asked for. */
import {commands, shownKey} from "./commands.ts";
import {make} from "./dom.ts";
import {openDialog} from "./panels.ts";

/** Opens it as a dialog. */
export function openShortcuts(): void {
  const groups = [...new Set(commands.map(({group}) => group))].map((group) => {
    const list = make("dl", "h-keys");
    for (const {title, keys} of commands.filter((command) => command.group === group && command.keys.length > 0)) {
      const key = make("dt");
      keys.forEach((name, i) => key.append(i > 0 ? " or " : "", make("kbd", "", shownKey(name))));
      list.append(key, make("dd", "", title));
    }
    return make("section", "", make("h3", "", group), list);
  });
  const note = make("p", "h-soft", "Single keys act on the selected cell, when its handle or what it shows has the focus and you are not typing. In the code, Tab indents and Esc leaves.");
  void openDialog("Keyboard shortcuts", [note, make("div", "h-key-groups", ...groups)]);
}
