/**
 * The host's view of a notebook: the frame with what cells show, and over it each cell's code and handle. The frame keeps room for the code;
 * this view lays the code into it, turns keys and clicks into changes of the document, and tells the session what to run.
 */
import type {Cell} from "@observablehq/notebook-kit";
import {CellView, kindNames} from "./cell-view.ts";
import {commandFor, commands, type CommandId, type KeyPress} from "./commands.ts";
import {compileCell, type CellProblem} from "./compile.ts";
import {NotebookDocument, type Mode} from "./document.ts";
import {make} from "./dom.ts";
import type {Name} from "./editor.ts";
import type {NotebookFile} from "./file.ts";
import {download, drafts, saveToServer} from "./keeping.ts";
import {openFiles, openNotebookFile} from "./files.ts";
import type {FontFile} from "./assets.ts";
import {GraphPanel} from "./graph-panel.ts";
import {Presenter} from "./presenter.ts";
import {embeddedFonts, printDocument, staticDocument} from "./printing.ts";
import {shareAddress} from "./share.ts";
import type {CellReport, FrameNews, Layout} from "./messages.ts";
import {compareTexts, Menu, Messages, openDialog, openShortcuts} from "./panels.ts";
import {Session, type SessionOptions} from "./session.ts";

export interface PageOptions extends Omit<SessionOptions, "container"> {
  root: HTMLElement;
  bar: HTMLElement;
  /** Where it was read from, which names its draft. */
  address: string;
  /** The file as it was read. */
  original: {text: string; file: NotebookFile};
  /** The draft to begin from, where there is one. */
  draft?: {text: string; file: NotebookFile};
  /** Whether the file has changed since the draft was begun. */
  isOutdated?: boolean;
  /** Whether the server takes the file back. */
  canSave: boolean;
  /** What cells can import, for completion. */
  exportedNames(): Promise<Name[]>;
  /** Where a notebook from elsewhere came from: it does not run before the reader says so. */
  foreign?: string;
  /** The site's letters, for documents that leave it. */
  fonts: readonly FontFile[];
  /** The address under which others find this very notebook, unless it was changed. */
  sharedAddress?: string;
  /** A page that nobody edits keeps no drafts. */
  keepsDrafts?: boolean;
}

/** The frame is looked after this often while something runs, in milliseconds. */
const watchEveryMs = 3000;

export class Page {
  readonly session: Session;
  readonly document: NotebookDocument;
  private readonly views = new Map<number, CellView>();
  private readonly overlay = make("div", "h-overlay");
  private readonly notebook = make("div", "h-notebook");
  private readonly menu = new Menu();
  private readonly messages = new Messages();
  private readonly state = make("span", "h-state");
  /** The cells as they last ran. */
  private ran: Cell[] = [];
  private selected = 0;
  private lastRun?: number;
  private original: {text: string; file: NotebookFile};
  private saveTimer = 0;
  private readonly graph = new GraphPanel((id) => this.go(this.document.indexOf(id)));
  private readonly presenter = new Presenter({
    show: (index) => {
      this.session.setView([...document.documentElement.classList]);
      return this.session.present(index);
    },
    onSlide: (cells) => this.showSlide(cells)
  });

  constructor(private readonly options: PageOptions) {
    this.original = options.original;
    const {title, cells} = (options.draft ?? options.original).file;
    this.document = new NotebookDocument(title, cells);
    this.notebook.append(this.overlay);
    options.root.append(this.notebook, this.graph.element, this.presenter.element, this.menu.element, this.messages.element);
    this.fillBar();
    this.session = new Session(
      {...options, container: this.notebook, paused: options.foreign !== undefined, network: options.foreign === undefined},
      {
        report: (report) => this.hear(report),
        layout: (layout) => this.place(layout),
        touched: ({id}) => this.select(id),
        key: (key) => void this.pressed(key, false),
        reveal: (news) => this.reveal(news),
        changed: () => {
          this.showStates();
          this.showGraph();
        },
        rebuilt: (why) => this.messages.say(why, this.session.isPaused ? {action: "Run again", run: () => this.session.allow(), lastsMs: Infinity} : {})
      }
    );
    this.arrange();
    this.runCells(this.document.cells.map(({id}) => id));
    this.document.onChange(() => this.changed());
    document.addEventListener("keydown", (event) => this.keydown(event));
    setInterval(() => void this.watch(), watchEveryMs);
    this.showState();
    if (options.foreign !== undefined) this.askToRun(options.foreign);
    if (options.draft && options.isOutdated) this.messages.say("This is your draft; the notebook itself has changed since you began it.", {action: "Compare", run: () => this.do("compare"), lastsMs: 20_000});
  }

  /** Says where the notebook came from, shows its code, and runs nothing before the reader wants it. */
  private askToRun(from: string) {
    const run = make("button", "h-button h-primary", "Run it");
    run.type = "button";
    const banner = make(
      "section",
      "h-consent",
      make("p", "", make("strong", "", `This notebook came from ${from}.`), " Its code has not run. If you run it, it runs apart from this site: it reaches none of your notebooks, and asks before it uses your data sets."),
      run
    );
    banner.setAttribute("aria-label", "A notebook from elsewhere");
    this.notebook.before(banner);
    for (const view of this.views.values()) view.shown = true;
    run.addEventListener("click", () => {
      banner.remove();
      for (const [id, view] of this.views) view.shown = this.document.cell(id)?.pinned ?? true;
      this.session.allow();
      this.views.values().next().value?.handle.focus({preventScroll: true});
    });
  }

  /** Does what a menu or a key asked for; `id` is the cell that is meant. */
  do(command: CommandId, id = this.selected): void {
    const at = this.document.indexOf(id);
    const {document: notebook} = this;
    switch (command) {
      case "run":
      case "run-stay":
        this.runCells([id]);
        return command === "run" ? this.goOn(id) : undefined;
      case "stop":
        return void this.session.interrupt(id);
      case "run-from":
        return this.runCells(notebook.cells.slice(at).map((cell) => cell.id));
      case "run-edited":
        return this.runCells(notebook.cells.filter((cell) => this.isEdited(cell.id)).map((cell) => cell.id));
      case "restart":
        this.ran = [...notebook.cells];
        this.session.held.clear();
        this.session.update(this.ran);
        return this.session.restart("Everything was started anew.");
      case "edit":
        return this.edit(id);
      case "leave":
        return this.views.get(id)?.handle.focus({preventScroll: true});
      case "previous":
      case "next":
        return this.go(at + (command === "next" ? 1 : -1));
      case "undo":
      case "redo": {
        const done = command === "undo" ? notebook.undo() : notebook.redo();
        if (!done) return this.messages.say(`There is nothing to ${command}.`);
        this.messages.say(`${command === "undo" ? "Undone" : "Redone"}: ${done.label}.`);
        // Where the cell went away, its neighbour takes the focus: without one, no key would act any more.
        const stands = done.id !== undefined && notebook.cell(done.id) !== undefined;
        return this.go(stands ? notebook.indexOf(done.id!) : Math.min(Math.max(at, 0), notebook.cells.length - 1));
      }
      case "insert-above":
      case "insert-below":
        return this.insert(command === "insert-below" ? at + 1 : Math.max(0, at), notebook.cell(id)?.mode);
      case "duplicate": {
        const copy = notebook.duplicate(id);
        return copy === undefined ? undefined : this.go(notebook.indexOf(copy));
      }
      case "delete":
        return this.delete(id);
      case "move-up":
      case "move-down":
        notebook.move(id, command === "move-down" ? 1 : -1);
        return this.go(notebook.indexOf(id));
      case "kind-ts":
      case "kind-js":
      case "kind-md":
      case "kind-html":
      case "kind-tex": {
        const mode = command.slice("kind-".length) as Mode;
        return notebook.set(id, {mode}, `Cell ${id} made ${kindNames[mode]}`);
      }
      case "pin": {
        const pinned = !notebook.cell(id)?.pinned;
        notebook.set(id, {pinned}, pinned ? `Code of cell ${id} kept in sight` : `Code of cell ${id} folded`);
        return this.views.get(id) && void (this.views.get(id)!.shown = pinned);
      }
      case "shortcuts":
        return openShortcuts();
      case "present":
        for (const view of this.views.values()) view.shown = false;
        return void this.presenter.begin();
      case "graph":
        this.graph.element.hidden = !this.graph.element.hidden;
        return this.showGraph();
      case "print":
        return void this.print();
      case "share":
        return void this.share();
      case "export":
        return void this.export();
      case "rename":
        return void this.rename();
      case "files":
        return void openFiles(this.options.address);
      case "open-file":
        return void openNotebookFile();
      case "save":
        return void this.save();
      case "download":
        return download(this.fileName(), this.text());
      case "compare":
        return this.compare();
      case "reset":
        return void this.reset();
    }
  }

  /** The notebook as a file's text, as it now stands. */
  text(): string {
    return this.original.file.write(this.document.cells, this.document.title);
  }

  private runCells(ids: number[]) {
    // What waits for consent waits for that button; what was stopped because its frame got lost goes on when a cell is run.
    if (this.session.isPaused && this.options.foreign === undefined && ids.length > 0) this.session.isPaused = false;
    const wanted = new Set(ids);
    if (ids.length === 1) [this.lastRun] = ids;
    this.ran = this.document.cells.map((cell) => (wanted.has(cell.id) ? cell : (this.ran.find(({id}) => id === cell.id) ?? cell)));
    this.session.update(this.ran, wanted);
  }

  private isEdited(id: number) {
    const now = this.document.cell(id);
    const ran = this.ran.find((cell) => cell.id === id);
    return now !== undefined && ran !== undefined && (now.value !== ran.value || now.mode !== ran.mode);
  }

  /** Brings the page in step with the document after a change. */
  private changed() {
    const before = this.ran;
    this.arrange();
    const isStructural = before.length !== this.document.cells.length || this.document.cells.some(({id}, i) => before[i]?.id !== id);
    // Cells that came, went or moved take effect at once; text waits until it is run.
    if (isStructural) this.runCells([]);
    for (const cell of this.document.cells) {
      const ran = this.ran.find(({id}) => id === cell.id);
      if (ran && ran.mode !== cell.mode) this.runCells([cell.id]);
    }
    this.showStates();
    clearTimeout(this.saveTimer);
    this.saveTimer = setTimeout(() => this.keepDraft(), 400) as unknown as number;
    this.showState("unsaved");
  }

  private arrange() {
    const {cells} = this.document;
    for (const [id, view] of this.views) {
      if (this.document.cell(id)) continue;
      view.remove();
      this.views.delete(id);
    }
    let before: Element | null = null;
    for (const cell of cells) {
      const known = this.views.get(cell.id);
      if (known) known.update(cell);
      else this.views.set(cell.id, this.createView(cell));
      const {element} = this.views.get(cell.id)!;
      const next: Element | null = before ? before.nextElementSibling : this.overlay.firstElementChild;
      if (next !== element) this.overlay.insertBefore(element, next);
      before = element;
    }
  }

  private createView(cell: Cell): CellView {
    const {id} = cell;
    const view = new CellView({
      cell,
      onChange: (value) => this.document.setText(id, value),
      onRun: (stay) => this.do(stay ? "run-stay" : "run", id),
      onFocus: () => this.select(id),
      onLeave: (to) => (to === "cell" ? this.leaveCode(id) : this.go(this.document.indexOf(id) + (to === "below" ? 1 : -1), true)),
      check: (value) => this.check(id, value),
      names: () => this.names(),
      onToggle: () => {
        this.select(id);
        view.shown = !view.shown;
      },
      onMenu: (button) => this.openCellMenu(id, button),
      onStop: () => this.do("stop", id),
      onInsert: () => this.insert(this.document.indexOf(id) + 1, cell.mode),
      onSize: (heightPx) => this.session?.setSpaces({[id]: heightPx})
    });
    view.shown = cell.pinned;
    return view;
  }

  private openCellMenu(id: number, button: HTMLElement) {
    this.select(id);
    const cell = this.document.cell(id);
    const items = commands.filter((command) => "menu" in command && command.menu === "cell" && command.id !== `kind-${cell?.mode}`).map((command) => command.id);
    items.splice(items.indexOf("insert-above"), 0, "-" as never);
    items.splice(items.indexOf("kind-ts") >= 0 ? items.indexOf("kind-ts") : items.indexOf("kind-js"), 0, "-" as never);
    this.menu.open(button, items, (command) => this.do(command, id), {pin: cell?.pinned ? "Fold the code for good" : "Keep the code in sight"});
  }

  private fillBar() {
    const {bar} = this.options;
    const title = bar.querySelector<HTMLElement>("#title")!;
    title.textContent = this.document.title;
    this.state.setAttribute("role", "status");
    const more = make("button", "h-button h-icon", "⋯");
    more.type = "button";
    more.setAttribute("aria-label", "Notebook menu");
    more.setAttribute("aria-haspopup", "menu");
    more.addEventListener("click", () => {
      const items = commands.filter((command) => "menu" in command && command.menu === "page").map((command) => command.id);
      this.menu.open(more, items, (command) => this.do(command), {save: this.options.canSave ? "Save to the file" : "Save"});
    });
    bar.append(this.state, more);
  }

  private insert(index: number, mode: Mode = "ts") {
    const id = this.document.insert(index, {mode, pinned: mode === "ts" || mode === "js"});
    // Until the frame says where the new cell is, it stands under the one before it: what is hidden cannot be typed into.
    const above = this.views.get(this.document.cells[index - 1]?.id);
    const topPx = above ? above.topPx + above.element.offsetHeight : 0;
    this.views.get(id)!.place(topPx, topPx, topPx);
    this.select(id);
    this.edit(id);
  }

  private delete(id: number) {
    const at = this.document.indexOf(id);
    if (at < 0) return;
    this.document.remove(id);
    this.go(Math.min(at, this.document.cells.length - 1));
    this.messages.say(`Cell ${id} deleted.`, {action: "Undo", run: () => this.do("undo")});
  }

  private edit(id: number) {
    const view = this.views.get(id);
    if (!view) return;
    this.select(id);
    view.shown = true;
    view.code.edit("end");
  }

  private leaveCode(id: number) {
    const view = this.views.get(id);
    if (!view) return;
    view.handle.focus({preventScroll: true});
    view.code.stopEditing();
    // Code that is not kept in sight goes when it is left as it was.
    if (!this.document.cell(id)?.pinned && !this.isEdited(id)) view.shown = false;
  }

  private select(id: number) {
    if (this.selected === id) return;
    this.views.get(this.selected)?.element.classList.remove("h-selected");
    this.selected = id;
    this.views.get(id)?.element.classList.add("h-selected");
    this.showGraph();
  }

  private showGraph() {
    if (!this.graph.element.hidden) this.graph.show({graph: this.session.graph, cells: this.document.cells, namesOf: (id) => this.session.namesOf(id), statusOf: (id) => this.session.reports.get(id)?.status, selected: this.selected});
  }

  /** Shows only the code that belongs to a slide; undefined ends presenting. */
  private showSlide(cells: number[] | undefined) {
    this.session.setView([...document.documentElement.classList]);
    for (const [id, view] of this.views) {
      view.element.classList.toggle("h-off", cells !== undefined && !cells.includes(id));
      if (cells === undefined) view.shown = this.document.cell(id)?.pinned ?? false;
    }
  }

  /** What the cells show, as HTML that needs no script, with the code that is kept in sight. */
  staticParts(): Promise<{body: string; css: string}> {
    return this.session.staticHtml(Object.fromEntries(this.document.cells.filter(({pinned}) => pinned).map(({id, value}) => [id, value])));
  }

  private async staticText(fonts: string) {
    return staticDocument({title: this.document.title, fonts, ...(await this.staticParts())});
  }

  private async print() {
    const fonts = this.options.fonts.map(({family, weight, style, unicodeRange, address}) => `@font-face { font-family: "${family}"; font-weight: ${weight}; font-style: ${style}; unicode-range: ${unicodeRange}; src: url("${address}") format("woff2"); }`);
    await printDocument(await this.staticText(fonts.join("\n")));
  }

  /** The notebook with its outputs as one file that needs nothing else. */
  async exportedHtml(): Promise<string> {
    return this.staticText(await embeddedFonts(this.options.fonts));
  }

  private async export() {
    download(this.fileName().replace(/(\.html)?$/, "-with-outputs.html"), await this.exportedHtml());
  }

  private async rename() {
    const field = make("input", "h-input");
    field.value = this.document.title;
    field.setAttribute("aria-label", "Title");
    const buttons = [
      {label: "Cancel", value: "cancel"},
      {label: "Rename", value: "rename", primary: true}
    ];
    if ((await openDialog("Rename the notebook", [field], buttons)) !== "rename" || field.value.trim() === "") return;
    this.document.setTitle(field.value.trim());
    this.options.bar.querySelector("#title")!.textContent = this.document.title;
  }

  private async share() {
    const settings = await this.session.viewValues();
    const {sharedAddress} = this.options;
    const notebook = sharedAddress !== undefined && !this.hasChanges() ? {address: sharedAddress} : {text: this.text()};
    const address = await shareAddress({page: location.href, notebook, settings});
    const field = make("input", "h-input");
    field.value = address;
    field.readOnly = true;
    field.setAttribute("aria-label", "Link");
    field.addEventListener("focus", () => field.select());
    const copy = make("button", "h-button h-primary", "Copy the link");
    copy.type = "button";
    copy.addEventListener("click", () => {
      field.select();
      void navigator.clipboard?.writeText(address).then(() => (copy.textContent = "Copied"));
    });
    const holds = "text" in notebook ? `The whole notebook is in the link (${address.length.toLocaleString("en")} letters). Whoever opens it sees the code first; nothing runs before they say so.` : "The link names this notebook.";
    const widgets = Object.keys(settings).length > 0 ? " What the inputs show goes along." : "";
    const long = address.length > 30_000 ? " Some programs cut links as long as this: send the file instead." : "";
    await openDialog("Share by link", [make("p", "", holds + widgets + long), make("div", "h-row", field, copy)]);
  }

  /** Selects the cell at `index`, and shows it. */
  private go(index: number, editing = false) {
    const cell = this.document.cells[index];
    if (!cell) return;
    this.select(cell.id);
    const view = this.views.get(cell.id)!;
    if (editing && view.shown) view.code.edit("start");
    else view.handle.focus({preventScroll: true});
    this.showOnScreen(view);
  }

  private goOn(id: number) {
    const at = this.document.indexOf(id);
    if (at + 1 < this.document.cells.length) this.go(at + 1, this.views.get(id)!.code.isEditing);
  }

  private showOnScreen(view: CellView) {
    const top = this.notebook.getBoundingClientRect().top + view.topPx;
    if (top < 60 || top > innerHeight - 120) scrollTo({top: scrollY + top - 90, behavior: smooth()});
  }

  private hear(report: CellReport) {
    this.views.get(report.id)?.setReport(report, this.isEdited(report.id));
    if (report.status === "failed") this.messages.announce(`Cell ${report.id} failed: ${report.error?.message ?? ""}`);
    else if (report.status === "done" && report.id === this.selected) this.messages.announce(`Cell ${report.id} is done.`);
  }

  private showStates() {
    for (const [id, view] of this.views) view.setReport(this.session?.reports.get(id), this.isEdited(id));
  }

  /** What is wrong with a cell's text, whether or not it ran. */
  private check(id: number, value: string): CellProblem | undefined {
    const cell = this.document.cell(id);
    const ran = this.ran.find((cell) => cell.id === id);
    if (!cell || !ran) return;
    if (value !== ran.value || cell.mode !== ran.mode) return compileCell({...cell, value}).error;
    const report = this.session.reports.get(id);
    return this.session.graph.problems.get(id) ?? this.session.compiledOf(id)?.error ?? (report?.status === "failed" ? report.error : undefined);
  }

  private async names(): Promise<Name[]> {
    const own = [...this.session.graph.maker].map(([label, id]) => ({label, from: `cell ${id}`}));
    return [...own, ...builtinNames, ...(await this.options.exportedNames())];
  }

  private place({heightPx, cells}: Layout) {
    // A frame may ask for any height; past this the page could no longer be scrolled.
    this.notebook.style.height = `${Math.min(Math.max(heightPx, 0), 200_000)}px`;
    for (const {id, topPx, codeTopPx, bottomPx} of cells) this.views.get(id)?.place(topPx, codeTopPx, bottomPx);
  }

  private reveal({id, topPx}: FrameNews["reveal"]) {
    if (id !== undefined && this.views.has(id)) return this.go(this.document.indexOf(id));
    if (topPx !== undefined && Number.isFinite(topPx)) scrollTo({top: this.notebook.getBoundingClientRect().top + scrollY + topPx - 70, behavior: smooth()});
  }

  private keydown(event: KeyboardEvent) {
    if (event.defaultPrevented || event.isComposing) return;
    const target = event.target as Element;
    const typing = target.closest("input, textarea, select, .cm-editor, dialog, [role=menu]") !== null;
    if (this.presenter.isOn && !typing && this.presenter.key(event.key, event.shiftKey)) return event.preventDefault();
    // A button's own keys stay its own.
    if (target.closest("button:not(.h-handle), a, .h-text") && (event.key === "Enter" || event.key === " ")) return;
    const press = {key: event.key, shift: event.shiftKey, control: event.ctrlKey || event.metaKey, alt: event.altKey};
    if (this.pressed(press, typing, target.closest(".h-cell") !== null)) event.preventDefault();
  }

  /** Single keys act only where a cell has the focus, on this page or in the frame, so that nobody sets them off by chance. */
  private pressed(press: KeyPress, typing: boolean, inCell = true): boolean {
    if (this.presenter.isOn && !typing && this.presenter.key(press.key, press.shift)) return true;
    const command = commandFor(press, {typing, inCell: inCell && this.selected !== 0});
    if (command === undefined) return false;
    this.do(command);
    return true;
  }

  /** Notices a cell that lets nothing else happen, and offers to stop it. */
  private async watch() {
    if (document.hidden || (await this.session.answers(watchEveryMs))) return;
    const id = [...this.session.reports.values()].find(({status}) => status === "running")?.id ?? this.lastRun;
    if (id === undefined) return;
    this.messages.say(`Cell ${id} has let nothing else run for some seconds.`, {action: "Stop it", run: () => this.do("stop", id), lastsMs: Infinity});
  }

  private fileName() {
    return this.options.address.split("/").at(-1)?.replace(/[?#].*/, "") || "notebook.html";
  }

  private hasChanges() {
    return this.text() !== this.original.text;
  }

  private keepDraft() {
    if (this.options.keepsDrafts === false) return;
    const {address} = this.options;
    if (!this.hasChanges()) drafts.remove(address);
    else if (!drafts.write(address, this.text(), this.original.text)) this.messages.say("This browser keeps no drafts here. Download the notebook to keep it.");
    this.showState();
  }

  private showState(now?: "unsaved") {
    this.state.textContent = now === "unsaved" ? "…" : this.hasChanges() ? "Draft" : "";
    this.state.title = this.state.textContent === "Draft" ? "Changed in this browser only" : "";
  }

  private async save() {
    const text = this.text();
    const {address, canSave} = this.options;
    if (!canSave) {
      download(this.fileName(), text);
      return this.messages.say("Downloaded. The draft stays in this browser.");
    }
    try {
      await saveToServer(address, text, this.original.text);
      const {parseNotebook} = await import("./file.ts");
      this.original = {text, file: parseNotebook(text)};
      drafts.remove(address);
      this.showState();
      this.messages.say("Saved.", {lastsMs: 2500});
    } catch (error) {
      this.messages.say(`Not saved: ${(error as Error).message}`, {action: "Download", run: () => download(this.fileName(), text), lastsMs: Infinity});
    }
  }

  private compare() {
    if (!this.hasChanges()) return void this.messages.say("There is no difference from the original.");
    void openDialog("Compared with the original", [compareTexts(this.original.text, this.text())]);
  }

  private async reset() {
    if (!this.hasChanges()) return this.messages.say("There is nothing to reset.");
    const answer = await openDialog(
      "Reset to the original?",
      [make("p", "", "Your changes to this notebook in this browser are thrown away.")],
      [
        {label: "Keep them", value: "keep"},
        {label: "Throw them away", value: "reset", primary: true}
      ]
    );
    if (answer !== "reset") return;
    drafts.remove(this.options.address);
    clearTimeout(this.saveTimer);
    location.reload();
  }
}

function smooth(): ScrollBehavior {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}

/** Builtins that completion knows, with what they do. */
const builtinNames: Name[] = [
  {label: "display", from: "builtin", signature: "display(value)", doc: "Shows a value in this cell, and returns it."},
  {label: "view", from: "builtin", signature: "view(input)", doc: "Shows an input and gives its value, which changes as the reader changes the input."},
  {label: "invalidation", from: "builtin", doc: "A promise that resolves when this cell is about to run again or goes: free things then."},
  {label: "visibility", from: "builtin", signature: "visibility()", doc: "A promise that resolves when this cell can be seen."},
  {label: "width", from: "builtin", doc: "Width of the column in pixels; changes with the window."},
  {label: "now", from: "builtin", doc: "The time in milliseconds, at every frame."},
  {label: "dark", from: "builtin", doc: "Whether the page is dark."},
  {label: "Inputs", from: "builtin", doc: "Observable's inputs: range, select, text, table and others."},
  {label: "d3", from: "builtin", doc: "The library D3."},
  {label: "html", from: "builtin", signature: "html`…`", doc: "Makes an element; values in it are text."},
  {label: "svg", from: "builtin", signature: "svg`…`", doc: "Makes a part of a drawing."},
  {label: "md", from: "builtin", signature: "md`…`", doc: "Text written in Markdown."},
  {label: "tex", from: "builtin", signature: "tex`…`", doc: "A formula written in TeX."},
  {label: "Generators", from: "builtin", doc: "observe, queue, input, width and others: values that change by themselves."},
  {label: "Promises", from: "builtin", doc: "delay(ms), tick(ms), when(time)."},
  {label: "Mutable", from: "builtin", signature: "Mutable(value)", doc: "A value that this cell may change and others can watch."},
  {label: "FileAttachment", from: "builtin", signature: "FileAttachment(name)", doc: "A file that belongs to the notebook: text(), json(), arrayBuffer(), image()."}
];
