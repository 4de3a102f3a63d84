/**
 * The host's view of a notebook: the frame with what cells show, and over it each cell's code and handle. The frame keeps room for the code;
 * this view lays the code into it, turns keys and clicks into changes of the document, and tells the session what to run.
 */
import {actionsOf, type Actions} from "./actions.ts";
import {builtinNames} from "./builtin-names.ts";
import {CellViews} from "./cell-views.ts";
import {wireCell} from "./cell-wiring.ts";
import type {CommandId} from "./commands.ts";
import {showConsent} from "./consent.ts";
import {NotebookDocument, type Mode} from "./document.ts";
import type {Name} from "./editor.ts";
import {isAtField} from "./frame-focus.ts";
import {DropPane} from "./drop-pane.ts";
import {FileSaver} from "./file-saver.ts";
import type {GivenFile, Place} from "./given-files.ts";
import {GraphPanel} from "./graph-panel.ts";
import {Keeper} from "./keeper.ts";
import type {CellReport, FrameNews} from "./messages.ts";
import {Keys} from "./keys.ts";
import {pageMenuButton} from "./menus.ts";
import type {PageOptions} from "./page-options.ts";
import {Menu, Messages} from "./panels.ts";
import {Presenter} from "./presenter.ts";
import {Runs} from "./runs.ts";
import {Session} from "./session.ts";

/** The frame is looked after this often while something runs, in milliseconds. */
const watchEveryMs = 3000;

export class Page {
  readonly session: Session;
  readonly document: NotebookDocument;
  readonly runs: Runs;
  readonly keeper: Keeper;
  readonly messages = new Messages();
  readonly presenter = new Presenter({
    show: (index) => {
      this.session.setView([...document.documentElement.classList]);
      return this.session.present(index);
    },
    onSlide: (cells, isBare) => this.showSlide(cells, isBare)
  });
  private readonly views = new CellViews((cell) => wireCell(this, cell));
  readonly menu = new Menu();
  private readonly graph = new GraphPanel((id) => this.go(this.document.indexOf(id)));
  private readonly drops: DropPane;
  private readonly actions: Actions = actionsOf(this);
  private readonly keys = new Keys({presenter: this.presenter, hasSelection: () => this.views.selected !== 0, do: (command) => this.do(command)});

  constructor(readonly options: PageOptions) {
    const {root, foreign, draft, isOutdated, original} = options;
    const {title, cells} = (draft ?? original).file;
    this.document = new NotebookDocument(title, cells);
    this.keeper = new Keeper({...options, document: this.document, messages: this.messages});
    this.drops = new DropPane({
      filesOfDrop: options.filesOfDrop,
      over: (place) => this.session.drag(place),
      drop: (place, files) => this.giveFiles(place, files),
      fail: (sentence) => this.messages.say(sentence)
    });
    const saver = new FileSaver({isForeign: foreign !== undefined, say: (text, more) => this.messages.say(text, more)});
    root.append(this.views.element, this.graph.element, this.presenter.element, this.menu.element, this.messages.element, this.drops.element);
    options.bar.querySelector("#title")!.textContent = title;
    options.bar.append(this.keeper.state, pageMenuButton(this.menu, (command) => this.do(command), options.saveText !== undefined));
    this.session = new Session(
      {...options, container: this.views.element, paused: foreign !== undefined, network: foreign === undefined},
      {
        report: (report) => this.hear(report),
        layout: (layout) => this.views.place(layout),
        touched: ({id}) => this.select(id),
        key: (key) => void this.keys.pressed(key),
        reveal: (news) => this.reveal(news),
        dragging: () => this.drops.show(),
        file: (file) => saver.take(file),
        changed: () => this.showStates(),
        rebuilt: (why) => this.messages.say(why, this.session.isPaused ? {action: "Run again", run: () => this.session.allow(), lastsMs: Infinity} : {})
      }
    );
    this.runs = new Runs(this.document, this.session, () => foreign !== undefined);
    this.views.arrange(cells);
    this.runs.run(this.document.cells.map(({id}) => id));
    this.document.onChange(() => this.changed());
    document.addEventListener("keydown", (event) => this.keys.keydown(event));
    setInterval(() => void this.watch(), watchEveryMs);
    if (foreign !== undefined) this.askToRun(foreign);
    if (draft && isOutdated) this.messages.say("This is your draft; the notebook itself has changed since you began it.", {action: "Compare", run: () => this.do("compare"), lastsMs: 20_000});
  }

  /** Does what a menu or a key asked for; `id` is the cell that is meant. */
  do(command: CommandId, id = this.views.selected): void {
    this.actions[command](id);
  }

  /** Says where the notebook came from, shows its code, and runs nothing before the reader wants it. */
  private askToRun(from: string) {
    showConsent(this.views.element, from, () => {
      this.foldCode();
      this.session.allow();
      this.views.get(this.document.cells[0]?.id)?.handle.focus({preventScroll: true});
    });
    for (const [, view] of this.views) view.shown = true;
  }

  /** Shows the code that is kept in sight, and no other. */
  private foldCode() {
    for (const [id, view] of this.views) view.shown = this.document.cell(id)?.pinned ?? false;
  }

  /** Brings the page in step with the document after a change. */
  private changed() {
    this.views.arrange(this.document.cells);
    this.runs.follow();
    this.showStates();
    this.options.bar.querySelector("#title")!.textContent = this.document.title;
  }

  /** Puts a new cell at `index` and begins to edit it. */
  insert(index: number, mode: Mode = "ts"): void {
    const above = this.document.cells[index - 1]?.id;
    const id = this.document.insert(index, {mode, pinned: mode === "ts" || mode === "js"});
    this.views.placeUnder(id, above);
    this.edit(id);
  }

  edit(id: number): void {
    const view = this.views.get(id);
    if (!view) return;
    this.select(id);
    view.shown = true;
    view.code.edit("end");
  }

  /** Ends the editing of a cell. */
  leaveCode(id: number): void {
    const view = this.views.get(id);
    if (!view) return;
    view.handle.focus({preventScroll: true});
    view.code.stopEditing();
    // Code that is not kept in sight goes when it is left as it was.
    if (!this.document.cell(id)?.pinned && !this.runs.isEdited(id)) view.shown = false;
  }

  /** Gives the focus to a cell's handle. */
  focus(id: number): void {
    this.views.get(id)?.handle.focus({preventScroll: true});
  }

  /** Shows a cell's code, or folds it. */
  showCode(id: number, shown: boolean): void {
    const view = this.views.get(id);
    if (view) view.shown = shown;
  }

  /** Folds all code, for slides. */
  foldAll(): void {
    for (const [, view] of this.views) view.shown = false;
  }

  /** Marks a cell as the one that commands are about. */
  select(id: number): void {
    if (this.views.select(id)) this.showGraph();
  }

  toggleGraph(): void {
    this.graph.element.hidden = !this.graph.element.hidden;
    this.showGraph();
  }

  private showGraph() {
    if (this.graph.element.hidden) return;
    const {session} = this;
    this.graph.show({graph: session.program.graph, cells: this.document.cells, namesOf: (id) => session.program.namesOf(id), statusOf: (id) => session.reports.get(id)?.status, selected: this.views.selected});
  }

  /** Shows only the code that belongs to a slide, and unfolds what is kept in sight where nothing else is there; undefined ends presenting. */
  private showSlide(cells: number[] | undefined, isBare = false) {
    this.session.setView([...document.documentElement.classList]);
    for (const [id, view] of this.views) {
      view.element.classList.toggle("h-off", cells !== undefined && !cells.includes(id));
      if (isBare && cells?.includes(id) && this.document.cell(id)?.pinned) view.shown = true;
    }
    if (cells === undefined) this.foldCode();
  }

  /** What the cells show, as HTML that needs no script, with the code that is kept in sight. */
  staticParts(): Promise<{body: string; css: string}> {
    return this.session.staticHtml(Object.fromEntries(this.document.cells.filter(({pinned}) => pinned).map(({id, value}) => [id, value])));
  }

  /** Selects the cell at `index`, and shows it. */
  go(index: number, editing = false): void {
    const cell = this.document.cells[index];
    if (!cell) return;
    this.select(cell.id);
    const view = this.views.get(cell.id)!;
    if (editing && view.shown) view.code.edit("start");
    else view.handle.focus({preventScroll: true});
    this.views.scrollTo(cell.id);
  }

  /** Goes to the cell below, into its code where this one's was edited. */
  goOn(id: number): void {
    this.go(this.document.indexOf(id) + 1, this.views.get(id)!.code.isEditing);
  }

  private hear(report: CellReport) {
    this.views.get(report.id)?.setReport(report, this.changeOf(report.id));
    if (report.status === "failed") this.messages.announce(`Cell ${report.id} failed: ${report.error?.message ?? ""}`);
    else if (report.status === "done" && report.id === this.views.selected) this.messages.announce(`Cell ${report.id} is done.`);
  }

  private changeOf(id: number, stale = this.runs?.staleIds()) {
    return this.runs?.isEdited(id) ? "edited" : stale?.has(id) ? "stale" : undefined;
  }

  private showStates() {
    const stale = this.runs?.staleIds();
    for (const [id, view] of this.views) view.setReport(this.session.reports.get(id), this.changeOf(id, stale));
    this.showGraph();
  }

  /** What can be written in a cell, for completion. */
  async names(): Promise<Name[]> {
    const own = [...this.session.program.graph.maker].map(([label, id]) => ({label, from: `cell ${id}`}));
    return [...own, ...builtinNames, ...(await this.options.exportedNames())];
  }

  private async giveFiles(place: Place, files: GivenFile[]) {
    if (!(await this.session.drop(place, files))) this.messages.say("Nothing on this notebook takes files.");
  }

  private reveal({id, topPx}: FrameNews["reveal"]) {
    if (id !== undefined && this.views.get(id)) return isAtField() ? this.views.scrollTo(id) : this.go(this.document.indexOf(id));
    if (topPx !== undefined && Number.isFinite(topPx)) this.views.scrollToPlace(topPx);
  }

  /** Notices a cell that lets nothing else happen, and offers to stop it. Where none is at work, the cells' process is most likely gone: all can run again. */
  private async watch() {
    if (document.hidden || (await this.session.answers(watchEveryMs))) return;
    const {reports} = this.session;
    const isAtWork = (id: number | undefined) => id !== undefined && ["running", "waiting", undefined].includes(reports.get(id)?.status);
    const id = [...reports.values()].find(({status}) => status === "running")?.id ?? (isAtWork(this.runs.last) ? this.runs.last : undefined);
    if (id === undefined) return this.messages.say("The cells have stopped answering: their process has ended, or something in it never pauses.", {action: "Run again", run: () => this.do("restart"), lastsMs: Infinity});
    this.messages.say(`Cell ${id} has let nothing else run for some seconds.`, {action: "Stop it", run: () => this.do("stop", id), lastsMs: Infinity});
  }
}
