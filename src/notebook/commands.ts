/** What a person can do, once: the menus, the keys and the page of shortcuts all read this table. */

export interface Command {
  id: string;
  title: string;
  /** As shown and as matched: "Shift+Enter", "a", "Alt+ArrowUp". The first is shown in menus. */
  keys: string[];
  /**
   * "cell": single keys, when a cell is selected and no field has the focus. "page": anywhere but in fields;
   * "always": also while typing.
   */
  scope: "cell" | "page" | "always";
  group: "Run" | "Edit" | "Cell" | "View" | "Keep";
  /** Stands in the menu of a cell, or of the page. */
  menu?: "cell" | "page";
}

export const commands = [
  {id: "run", title: "Run and go on", keys: ["Shift+Enter"], scope: "cell", group: "Run", menu: "cell"},
  {id: "run-stay", title: "Run and stay", keys: ["Control+Enter"], scope: "cell", group: "Run"},
  {id: "stop", title: "Stop", keys: ["i"], scope: "cell", group: "Run", menu: "cell"},
  {id: "run-from", title: "Run from here", keys: ["r"], scope: "cell", group: "Run", menu: "cell"},
  {id: "restart", title: "Restart everything", keys: ["Shift+R"], scope: "cell", group: "Run", menu: "page"},
  {id: "run-edited", title: "Run all edited cells", keys: ["Control+Shift+Enter"], scope: "always", group: "Run", menu: "page"},

  {id: "edit", title: "Edit the code", keys: ["Enter"], scope: "cell", group: "Edit"},
  {id: "leave", title: "Leave the code", keys: ["Escape"], scope: "cell", group: "Edit"},
  {id: "previous", title: "Cell above", keys: ["ArrowUp", "k"], scope: "cell", group: "Edit"},
  {id: "next", title: "Cell below", keys: ["ArrowDown", "j"], scope: "cell", group: "Edit"},
  {id: "undo", title: "Undo", keys: ["z", "Control+z"], scope: "cell", group: "Edit", menu: "page"},
  {id: "redo", title: "Redo", keys: ["Shift+Z", "Control+Shift+Z", "Control+y"], scope: "cell", group: "Edit", menu: "page"},

  {id: "insert-above", title: "Add a cell above", keys: ["a"], scope: "cell", group: "Cell", menu: "cell"},
  {id: "insert-below", title: "Add a cell below", keys: ["b"], scope: "cell", group: "Cell", menu: "cell"},
  {id: "duplicate", title: "Duplicate", keys: ["Shift+D"], scope: "cell", group: "Cell", menu: "cell"},
  {id: "delete", title: "Delete", keys: ["d", "Delete", "Backspace"], scope: "cell", group: "Cell", menu: "cell"},
  {id: "move-up", title: "Move up", keys: ["Alt+ArrowUp"], scope: "cell", group: "Cell", menu: "cell"},
  {id: "move-down", title: "Move down", keys: ["Alt+ArrowDown"], scope: "cell", group: "Cell", menu: "cell"},
  {id: "kind-ts", title: "Make it TypeScript", keys: ["t"], scope: "cell", group: "Cell", menu: "cell"},
  {id: "kind-js", title: "Make it JavaScript", keys: ["y"], scope: "cell", group: "Cell", menu: "cell"},
  {id: "kind-md", title: "Make it text (Markdown)", keys: ["m"], scope: "cell", group: "Cell", menu: "cell"},
  {id: "kind-html", title: "Make it HTML", keys: ["h"], scope: "cell", group: "Cell", menu: "cell"},
  {id: "kind-tex", title: "Make it a formula (TeX)", keys: ["x"], scope: "cell", group: "Cell", menu: "cell"},
  {id: "pin", title: "Keep the code in sight", keys: ["o"], scope: "cell", group: "Cell", menu: "cell"},

  {id: "present", title: "Present", keys: ["p"], scope: "cell", group: "View", menu: "page"},
  {id: "graph", title: "Who needs whom", keys: ["g"], scope: "cell", group: "View", menu: "page"},
  {id: "print", title: "Print a handout", keys: ["Control+p"], scope: "always", group: "View", menu: "page"},
  {id: "shortcuts", title: "Keyboard shortcuts", keys: ["?"], scope: "cell", group: "View", menu: "page"},
  {id: "save", title: "Save", keys: ["Control+s"], scope: "always", group: "Keep", menu: "page"},
  {id: "share", title: "Share by link", keys: ["Shift+S"], scope: "cell", group: "Keep", menu: "page"},
  {id: "download", title: "Download the notebook", keys: [], scope: "page", group: "Keep", menu: "page"},
  {id: "export", title: "Export with its outputs", keys: [], scope: "page", group: "Keep", menu: "page"},
  {id: "files", title: "Files of this notebook", keys: [], scope: "page", group: "Keep", menu: "page"},
  {id: "open-file", title: "Open a notebook file", keys: [], scope: "page", group: "Keep", menu: "page"},
  {id: "rename", title: "Rename", keys: [], scope: "page", group: "Keep", menu: "page"},
  {id: "compare", title: "Compare with the original", keys: [], scope: "page", group: "Keep", menu: "page"},
  {id: "reset", title: "Reset to the original", keys: [], scope: "page", group: "Keep", menu: "page"}
] as const satisfies readonly Command[];

export type CommandId = (typeof commands)[number]["id"];

export interface KeyPress {
  key: string;
  shift: boolean;
  control: boolean;
  alt: boolean;
}

/** A key press in the form in which commands name theirs. */
export function keyName({key, shift, control, alt}: KeyPress): string {
  const letter = key.length === 1;
  // What Shift makes of a sign is in the sign ("?"); of a letter it is said in words ("Shift+D").
  const named = letter && control ? key.toLowerCase() : key;
  const says = shift && (!letter || /[a-z]/i.test(key));
  return `${control ? "Control+" : ""}${alt ? "Alt+" : ""}${says ? "Shift+" : ""}${letter && shift && /[a-z]/i.test(named) ? named.toUpperCase() : named}`;
}

/** The command that a key press means; `typing` where a field has the focus, `inCell` where a cell is selected. */
export function commandFor(press: KeyPress, {typing, inCell}: {typing: boolean; inCell: boolean}): CommandId | undefined {
  const name = keyName(press);
  return commands.find(({keys, scope}) => (keys as readonly string[]).includes(name) && (scope === "always" || (!typing && (scope === "page" || inCell))))?.id;
}

/** "Shift+Enter" as it stands on a keyboard of this machine. */
export function shownKey(key: string, isMac = /Mac/.test(navigator.platform)): string {
  const names: Record<string, string> = {Control: isMac ? "⌘" : "Ctrl", Alt: isMac ? "⌥" : "Alt", Shift: isMac ? "⇧" : "Shift", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc"};
  return key
    .split("+")
    .map((part) => names[part] ?? part)
    .join(isMac ? "" : "+");
}
