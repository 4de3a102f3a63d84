/** What each command does to a page: the other half of the table in commands.ts. What is seldom asked for is loaded then. */
import {kindNames} from "./cell-view.ts";
import type {CommandId} from "./commands.ts";
import type {Mode} from "./document.ts";
import type {Page} from "./page.ts";
import {askTitle} from "./panels.ts";

/** By command; the argument is the cell that is meant. */
export type Actions = Record<CommandId, (id: number) => unknown>;

export function actionsOf(page: Page): Actions {
  const cells = () => page.document.cells;
  const at = (id: number) => page.document.indexOf(id);

  const goBack = (verb: "undo" | "redo") => (id: number) => {
    const before = at(id);
    const done = page.document[verb]();
    if (!done) return page.messages.say(`There is nothing to ${verb}.`);
    page.messages.say(`${verb === "undo" ? "Undone" : "Redone"}: ${done.label}.`);
    // Where the cell went away, its neighbour takes the focus: without one, no key would act any more.
    const stands = done.id !== undefined && page.document.cell(done.id) !== undefined;
    page.go(stands ? at(done.id!) : Math.min(Math.max(before, 0), cells().length - 1));
  };
  const insert = (offset: 0 | 1) => (id: number) => page.insert(at(id) + offset, page.document.cell(id)?.mode);
  const move = (by: 1 | -1) => (id: number) => {
    page.document.move(id, by);
    page.go(at(id));
  };
  const kind = (mode: Mode) => (id: number) => page.document.set(id, {mode}, `Cell ${id} made ${kindNames[mode]}`);

  return {
    run(id) {
      page.runs.run([id]);
      page.goOn(id);
    },
    "run-stay": (id) => page.runs.run([id]),
    stop: (id) => page.session.interrupt(id),
    "run-from": (id) => page.runs.run(cells().slice(Math.max(0, at(id))).map((cell) => cell.id)),
    "run-edited": () => page.runs.run(page.runs.editedIds()),
    restart: () => page.runs.restart(),

    edit: (id) => page.edit(id),
    leave: (id) => page.focus(id),
    previous: (id) => page.go(at(id) - 1),
    next: (id) => page.go(at(id) + 1),
    undo: goBack("undo"),
    redo: goBack("redo"),

    "insert-above": (id) => (at(id) < 0 ? page.insert(0) : insert(0)(id)),
    "insert-below": insert(1),
    duplicate(id) {
      const copy = page.document.duplicate(id);
      if (copy !== undefined) page.go(at(copy));
    },
    delete(id) {
      const index = at(id);
      if (index < 0) return;
      page.document.remove(id);
      page.go(Math.min(index, cells().length - 1));
      page.messages.say(`Cell ${id} deleted.`, {action: "Undo", run: () => page.do("undo")});
    },
    "move-up": move(-1),
    "move-down": move(1),
    "kind-ts": kind("ts"),
    "kind-js": kind("js"),
    "kind-md": kind("md"),
    "kind-html": kind("html"),
    "kind-tex": kind("tex"),
    pin(id) {
      const pinned = !page.document.cell(id)?.pinned;
      page.document.set(id, {pinned}, pinned ? `Code of cell ${id} kept in sight` : `Code of cell ${id} folded`);
      page.showCode(id, pinned);
    },

    present() {
      page.foldAll();
      void page.presenter.begin();
    },
    graph: () => page.toggleGraph(),
    print: async () => (await import("./copies.ts")).print(page),
    shortcuts: async () => (await import("./shortcuts.ts")).openShortcuts(),

    save: () => page.keeper.save(),
    share: async () => (await import("./copies.ts")).share(page),
    download: () => page.keeper.download(),
    export: async () => (await import("./copies.ts")).exportFile(page),
    files: async () => (await import("./files.ts")).openFiles(page.options.address),
    "open-file": async () => (await import("./opened-file.ts")).openNotebookFile(),
    async rename() {
      const title = await askTitle(page.document.title);
      if (title !== undefined) page.document.setTitle(title);
    },
    compare: () => page.keeper.compare(),
    reset: () => page.keeper.reset()
  };
}
