/**
 * A notebook at work: its cells, what was compiled of them, the frame that runs them, and what the frame reported.
 * Knows no page (page.ts) and no file (file.ts).
 */
import type {Cell} from "@observablehq/notebook-kit";
import type {GivenFile, Place} from "./given-files.ts";
import {FrameLink, type FrameAssets} from "./link.ts";
import type {CellReport, FrameCell, FrameNews} from "./messages.ts";
import type {Handlers} from "../rpc/port.ts";
import {Program} from "./program.ts";
import type {SlideInfo} from "./slides.ts";

export interface SessionOptions {
  container: HTMLElement;
  assets: FrameAssets;
  services: Handlers;
  settings?: Record<string, unknown>;
  unattended?: boolean;
  /** Cells that run on request stay as they are, though nobody is there to ask. */
  gatesShut?: boolean;
  /** Nothing runs before `allow()`: for notebooks from elsewhere. */
  paused?: boolean;
  /** Whether cells may load from the network. */
  network?: boolean;
}

export interface CellError {
  cell: number;
  /** The first name that the cell makes. */
  name?: string;
  message: string;
  line?: number;
}

type Listeners = {[K in Exclude<keyof FrameNews, "hands">]: (news: FrameNews[K]) => void} & {
  /** The graph or the set of cells changed. */
  changed(): void;
  /** The frame was thrown away and built anew. */
  rebuilt(why: string): void;
};

export class Session {
  cells: Cell[] = [];
  readonly reports = new Map<number, CellReport>();
  /** Cells that are not to run until they are changed or run by hand. */
  readonly held = new Set<number>();
  private readonly sent = new Map<number, string>();
  private spaces: Record<number, number> = {};
  private link: FrameLink;
  isPaused: boolean;
  /** What was compiled of the cells, and who needs whom. */
  readonly program: Program;

  constructor(
    private readonly options: SessionOptions,
    private readonly listeners: Listeners
  ) {
    this.program = new Program(options.settings);
    this.isPaused = options.paused ?? false;
    this.link = this.buildFrame();
  }

  /**
   * Takes over the cells as they now are and runs what has to: the changed ones, those in `run`, and by the runtime's own doing
   * whoever needs them. Nothing else runs.
   */
  update(cells: Cell[], run: Iterable<number> = []): void {
    const toRun = new Set(run);
    for (const {id} of this.cells) if (!cells.some((cell) => cell.id === id)) this.forget(id);
    this.cells = cells;
    this.program.update(cells, toRun);
    toRun.forEach((id) => this.held.delete(id));
    this.send(toRun);
    this.listeners.changed();
  }

  /** Lets a notebook that waited for the reader's consent run. */
  allow(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.send(new Set());
  }

  /** Runs everything anew in a new frame. */
  restart(why = "Started anew."): void {
    this.rebuild(why);
  }

  /** Stops a cell, if need be by building the frame anew without it. */
  async interrupt(id: number): Promise<void> {
    const {link} = this;
    link.tell("interrupt", {id});
    if (await link.answers(1000)) return;
    if (link !== this.link) return;
    this.held.add(id);
    this.rebuild(`Cell ${id} did not stop, so its frame was replaced. Everything but cell ${id} runs again.`);
  }

  /** Whether the frame answers soon, or is another by then. */
  async answers(limitMs = 3000): Promise<boolean> {
    const {link} = this;
    return (await link.answers(limitMs)) || link !== this.link;
  }

  /** Keeps room for each cell's code. */
  setSpaces(heights: Record<number, number>): void {
    this.spaces = {...this.spaces, ...heights};
    this.link.tell("spaces", heights);
  }

  setView(classes: string[]): void {
    this.viewClasses = classes;
    this.link.tell("view", {classes});
  }
  private viewClasses: string[] = [];

  focusOutput(id: number): void {
    this.link.element.focus({preventScroll: true});
    this.link.tell("focusCell", {id});
  }

  /** Files hang over this place of the window, or nowhere any more. */
  drag(place: Place | null): void {
    this.link.tell("drag", place && this.inFrame(place));
  }

  /** Drops files at a place of the window; whether a cell took them. */
  async drop(place: Place, files: GivenFile[]): Promise<boolean> {
    return (await this.link.call("drop", {place: this.inFrame(place), files})) as boolean;
  }

  private inFrame({xPx, yPx}: Place): Place {
    const {left, top} = this.link.element.getBoundingClientRect();
    return {xPx: xPx - left, yPx: yPx - top};
  }

  openGate(id: number): void {
    this.link.tell("openGate", {id});
  }

  /** Resolves when every cell has come to rest and no service is at work. */
  async idle(): Promise<void> {
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    let since = 0;
    for (let quiet = 0; quiet < 3; ) {
      const {link} = this;
      try {
        const busy = await this.options.services.busy?.(undefined, new AbortController().signal);
        if (busy || since === 0) since = Number(await link.call("ping", undefined));
        quiet = !busy && (await link.call("settled", {since})) ? quiet + 1 : 0;
      } catch (error) {
        // In another frame all begins anew.
        if (link === this.link) throw error;
        quiet = since = 0;
      }
      await pause(60);
    }
  }

  async values(): Promise<Record<string, unknown>> {
    return (await this.link.call("values", undefined)) as Record<string, unknown>;
  }

  errors(): CellError[] {
    return this.cells.flatMap(({id}) => {
      const report = this.reports.get(id);
      if (report?.status !== "failed" && report?.status !== "interrupted") return [];
      return [{cell: id, name: this.program.namesOf(id)[0], message: report.error?.message ?? "It was stopped.", line: report.error?.line}];
    });
  }

  /** The cells that are computing now, with the first name that each makes. */
  atWork(): {cell: number; name?: string}[] {
    return this.cells.filter(({id}) => this.reports.get(id)?.status === "running").map(({id}) => ({cell: id, name: this.program.namesOf(id)[0]}));
  }

  /** What the reader's inputs show, by name, as far as it can be written as JSON. */
  async viewValues(): Promise<Record<string, unknown>> {
    return (await this.link.call("viewValues", undefined)) as Record<string, unknown>;
  }

  /** Shows one slide, or everything again. */
  async present(index: number | null): Promise<SlideInfo | null> {
    return (await this.link.call("present", {index})) as SlideInfo | null;
  }

  async staticHtml(sources: Record<number, string>): Promise<{body: string; css: string}> {
    return (await this.link.call("staticHtml", {sources})) as {body: string; css: string};
  }

  close(): void {
    this.link.remove();
  }

  private forget(id: number) {
    this.reports.delete(id);
    this.sent.delete(id);
    this.held.delete(id);
  }

  private buildFrame() {
    const {container, assets, services, settings = {}, unattended = false, gatesShut = false, network} = this.options;
    const link = new FrameLink({
      container,
      assets,
      services,
      env: {settings, unattended, gatesShut},
      network,
      hear: {
        report: (report) => {
          this.reports.set(report.id, report);
          this.listeners.report(report);
        },
        layout: (layout) => this.listeners.layout(layout),
        touched: (news) => this.listeners.touched(news),
        key: (news) => this.listeners.key(news),
        reveal: (news) => this.listeners.reveal(news),
        dragging: () => this.listeners.dragging(null),
        file: (file) => this.listeners.file(file),
        hands: () => void services.hands?.(undefined, new AbortController().signal)
      }
    });
    link.onLost = (why) => {
      if (link !== this.link) return;
      // Whoever did it would do it again: nothing runs until the reader wants it.
      this.isPaused = true;
      this.rebuild(why);
    };
    return link;
  }

  private rebuild(why: string) {
    this.link.remove();
    this.reports.clear();
    this.sent.clear();
    this.link = this.buildFrame();
    this.link.tell("view", {classes: this.viewClasses});
    this.send(new Set());
    this.link.tell("spaces", this.spaces);
    this.listeners.rebuilt(why);
  }

  /** Sends the cells that are new to the frame, or changed, or to be run again. */
  private send(run: Set<number>) {
    const define: FrameCell[] = [];
    for (const cell of this.isPaused ? [] : this.cells) {
      const effective = this.program.definitionOf(cell.id, this.held.has(cell.id));
      const key = JSON.stringify(effective);
      if (this.sent.get(cell.id) === key && !run.has(cell.id)) continue;
      this.sent.set(cell.id, key);
      define.push({id: cell.id, compiled: effective, source: cell.value});
      this.reports.delete(cell.id);
    }
    this.link.tell("cells", {order: this.cells.map(({id}) => id), define});
  }
}
