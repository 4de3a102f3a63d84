/**
 * What runs in the sandboxed frame: it shows and runs the cells that the host sends. It owns nothing that lasts; the host may throw it away
 * and build another at any time. Its document is as tall as the notebook, with room left for the code, which the host lays over it.
 */
import {connect, serve, type Client} from "../rpc/port.ts";
import {createBuiltins} from "./builtins.ts";
import type {Output} from "./cell-showing.ts";
import {Cells} from "./cells.ts";
import {createOutput} from "./display.ts";
import {make as element} from "./dom.ts";
import {watchHands} from "./hands.ts";
import {GivenFiles} from "./given-files.ts";
import {handFiles} from "./handed-files.ts";
import {loopGuard} from "./messages.ts";
import {lendFonts, type Letters} from "./lend-fonts.ts";
import {Modules} from "./modules.ts";
import type {CellReport, FrameCalls, FrameEnvironment, FrameNews, Start} from "./messages.ts";
import {Slides} from "./slides.ts";
import {staticHtml} from "./static.ts";
import {valuesToJson} from "./values.ts";

/** What modules of the site find in the frame, as `globalThis.diagonalFrame`. */
export interface FrameGlobals {
  /** Calls the services that the host offers to cells. */
  client: Client;
  env: FrameEnvironment;
  /** Loads a module of the site by its name, when it is needed and no sooner. */
  load(name: string): Promise<Record<string, unknown>>;
  letters: Letters;
  /** The cell, and its line, in which a piece of code stands: a function's `toString()`, for instance. */
  locate(source: string): {cell: number; line: number} | undefined;
  /** The text of a function from a cell, as its author wrote it, but for types: without what stops endless loops. */
  sourceOf(written: (...args: never[]) => unknown): string;
}

type Calls = {[K in keyof FrameCalls]: (args: FrameCalls[K]) => unknown};

/** Starts the frame with what the host sent: code and style are here already, cells come over the first port, services over the second. */
export function start({css, fonts, env}: Start, [controlPort, servicePort]: readonly MessagePort[]): void {
  const style = element("style");
  style.textContent = css;
  document.head.append(style);
  const host = connect(controlPort);
  const letters = lendFonts(fonts, (index) => host.call("font", {index}));
  const tell: Tell = (name, news) => void host.call(name, news).catch(() => {});
  const modules = new Modules((name) => host.call("module", {name}), env.parts);
  const column = document.body.appendChild(element("main", "n-column"));
  const places = new Places(column, (layout) => tell("layout", layout));
  const slides = new Slides(column);
  const given = new GivenFiles((taker) => revealTop(taker, tell));
  const reports = new Reports((report) => tell("report", report));

  const cells = new Cells({
    builtins: createBuiltins({load: (name) => modules.load(name), column, attachment: (name) => host.call("attachment", {name})}),
    outputOf: (id) => places.outputOf(id, () => tell("reveal", {id})),
    report: (report) => reports.add(report),
    load: (name, wanted) => modules.load(name, wanted),
    settings: env.settings,
    opensGates: env.unattended && !env.gatesShut
  });
  const globals: FrameGlobals = {
    client: connect(servicePort),
    env,
    load: (name) => modules.load(name),
    letters,
    locate: (source) => cells.live.locate(source),
    sourceOf: (written) => written.toString().replaceAll(loopGuard, "")
  };
  Object.assign(globalThis, {diagonalFrame: globals});

  const calls: Calls = {
    cells: ({order, define}) => {
      for (const id of places.arrange(order)) cells.remove(id);
      for (const cell of define) cells.define(cell);
    },
    spaces: (heights) => places.setSpaces(heights),
    interrupt: ({id}) => cells.interrupt(id),
    openGate: ({id}) => cells.openGate(id),
    ping: () => performance.now(),
    settled: ({since}) => (reports.flush(), cells.live.settled(since)),
    values: () => valuesToJson(cells.live.values()),
    viewValues: () => valuesToJson(cells.live.viewValues(), {maxLength: 1000, maxLeaves: 10_000}),
    present: ({index}) => slides.present(index),
    staticHtml: ({sources}) => staticHtml(column, sources),
    view: ({classes}) => {
      document.documentElement.className = classes.join(" ");
    },
    focusCell: ({id}) => places.focus(id),
    drag: (place) => given.drag(place),
    drop: ({place, files}) => given.drop(place, files)
  };
  serve(controlPort, calls);
  handFiles((file) => tell("file", file));
  listenForPeople(column, tell);
}

interface Place {
  section: HTMLElement;
  output: HTMLElement;
  code: HTMLElement;
  shown?: Output;
}

/** The cells' places in the document. */
class Places {
  private readonly sections = new Map<number, Place>();
  private readonly observer = new ResizeObserver(() => this.measure());

  constructor(
    private readonly column: HTMLElement,
    private readonly tell: (layout: FrameNews["layout"]) => void
  ) {
    this.observer.observe(column);
  }

  /** Puts the cells in order; returns those that are gone. */
  arrange(order: number[]): number[] {
    const gone = [...this.sections.keys()].filter((id) => !order.includes(id));
    for (const id of gone) {
      const {section, output, code} = this.sections.get(id)!;
      this.observer.unobserve(output);
      this.observer.unobserve(code);
      section.remove();
      this.sections.delete(id);
    }
    let before: Element | null = null;
    for (const id of order) {
      const {section} = this.sections.get(id) ?? this.add(id);
      const next: Element | null = before ? before.nextElementSibling : this.column.firstElementChild;
      // Moving a node loses its focus and scroll, so those in place stay.
      if (next !== section) this.column.insertBefore(section, next);
      before = section;
    }
    this.measure();
    return gone;
  }

  outputOf(id: number, reveal: () => void) {
    const place = this.sections.get(id) ?? this.add(id);
    return (place.shown ??= createOutput(place.output, reveal));
  }

  setSpaces(heights: Record<number, number>) {
    for (const [id, heightPx] of Object.entries(heights)) {
      const place = this.sections.get(Number(id));
      if (place) place.code.style.height = `${heightPx}px`;
    }
    this.measure();
  }

  focus(id: number) {
    this.sections.get(id)?.output.focus({preventScroll: true});
  }

  private add(id: number): Place {
    const output = element("div", "n-output");
    output.tabIndex = -1;
    const code = element("div", "n-code");
    const section = element("section", "n-cell", output, code);
    section.id = `cell-${id}`;
    section.dataset.cell = String(id);
    section.setAttribute("aria-label", `Cell ${id}`);
    this.column.append(section);
    this.observer.observe(output);
    this.observer.observe(code);
    const place: Place = {section, output, code};
    this.sections.set(id, place);
    return place;
  }

  private measure() {
    const cells = [...this.sections].map(([id, {section, code}]) => ({
      id,
      topPx: section.offsetTop,
      codeTopPx: code.offsetTop,
      bottomPx: section.offsetTop + section.offsetHeight
    }));
    this.tell({heightPx: Math.ceil(this.column.offsetTop + this.column.offsetHeight), cells});
  }
}

/** Reports gathered for a moment, so that a cell which follows a training run does not tell of every frame. */
class Reports {
  private readonly sent = new Map<number, string>();
  private readonly waiting = new Map<number, CellReport>();
  private readonly begun = new Map<number, number>();
  private timer = 0;

  constructor(private readonly send: (report: CellReport) => void) {}

  add(report: CellReport) {
    const before = this.waiting.get(report.id);
    this.waiting.set(report.id, {...report, timeMs: report.timeMs ?? (report.status === "done" ? before?.timeMs : undefined)});
    // A cell that begins after a rest may never let the timer run: that is told at once.
    const now = performance.now();
    if (report.status === "running" && now - (this.begun.get(report.id) ?? -Infinity) > 500) {
      this.begun.set(report.id, now);
      return this.flush();
    }
    this.timer ||= setTimeout(() => this.flush(), 60) as unknown as number;
  }

  flush() {
    clearTimeout(this.timer);
    this.timer = 0;
    for (const report of this.waiting.values()) {
      const {timeMs, ...rest} = report;
      const key = JSON.stringify(rest);
      if (this.sent.get(report.id) === key && timeMs === undefined) continue;
      this.sent.set(report.id, key);
      this.send(report);
    }
    this.waiting.clear();
  }
}

type Tell = <K extends keyof FrameNews>(name: K, news: FrameNews[K]) => void;

function revealTop(element: Element, tell: Tell) {
  tell("reveal", {topPx: element.getBoundingClientRect().top + scrollY});
}

/** Tells the host which cell is pointed at, which keys are meant for the page, and which links stay inside the notebook. */
function listenForPeople(column: HTMLElement, tell: Tell) {
  const cellOf = (event: Event) => Number((event.target as Element).closest?.<HTMLElement>("[data-cell]")?.dataset.cell);
  for (const type of ["pointerdown", "focusin"]) {
    column.addEventListener(type, (event) => {
      const id = cellOf(event);
      if (id) tell("touched", {id});
    });
  }
  watchHands(window, () => tell("hands", null));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isField(event.target)) return;
    // While presenting, these turn the slides; the page would scroll as well.
    if (document.documentElement.classList.contains("presenting") && / |Arrow|Page|Home|End/.test(event.key)) event.preventDefault();
    tell("key", {key: event.key, shift: event.shiftKey, control: event.ctrlKey || event.metaKey, alt: event.altKey});
  });
  column.addEventListener("click", (event) => {
    const link = (event.target as Element).closest?.("a");
    const hash = link?.getAttribute("href");
    if (!hash?.startsWith("#") || event.defaultPrevented) return;
    event.preventDefault();
    const target = document.getElementById(decodeURIComponent(hash.slice(1)));
    if (target) revealTop(target, tell);
  });
  document.addEventListener("dragenter", ({dataTransfer}) => dataTransfer?.types.includes("Files") && tell("dragging", null));
}

/** Whether keys pressed there are for the element itself. */
function isField(target: EventTarget | null) {
  return target instanceof Element && target.closest("input, textarea, select, button, a, summary, [contenteditable], [tabindex]:not(.n-output)") !== null;
}
