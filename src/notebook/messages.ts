/** What host and frame say to each other over the control port. Plain data only. */
import type {GivenFile, Place} from "./given-files.ts";
import type {CellProblem, Compiled} from "./compile.ts";
import type {HandedFile} from "./handed-files.ts";

/** What compile.ts puts at the head of every loop; its names are given by the frame. */
export const loopGuard = "if ((++$n & 4095) === 0) $loop();";

export type CellStatus =
  /** Defined; an input is still being computed. */
  | "waiting"
  | "running"
  /** Ready, but runs on request only. */
  | "gated"
  | "done"
  | "failed"
  /** An input failed; `blockedBy` says which cell's. */
  | "blocked"
  | "interrupted";

export interface CellReport {
  id: number;
  status: CellStatus;
  /** Of the last run, waiting for inputs left out. */
  timeMs?: number;
  error?: CellProblem;
  blockedBy?: number;
}

/** Where a cell is in the frame's document, in CSS pixels. */
export interface CellPlace {
  id: number;
  topPx: number;
  /** Top of the room that is kept for the cell's code. */
  codeTopPx: number;
  bottomPx: number;
}

export interface Layout {
  heightPx: number;
  cells: CellPlace[];
}

/** Opens the frame; sent once, with the two ports (control, services). */
export interface Start {
  kind: "diagonal-start";
  /** Text of the frame's own module. */
  code: string;
  css: string;
  fonts: FontFacts[];
  env: FrameEnvironment;
}

export interface FrameEnvironment {
  /** Values that override named ones. */
  settings: Record<string, unknown>;
  /** Nobody is watching: runs begin, and gates open, by themselves. */
  unattended: boolean;
  /** Gates stay shut all the same. */
  gatesShut: boolean;
  /** Modules of which some names come in a smaller module of their own, so that a cell that needs no other waits for less. */
  parts?: Record<string, ModulePart>;
}

/** A module that holds some of another's exports. */
export interface ModulePart {
  name: string;
  exports: readonly string[];
}

/** What CSS says of a font; its bytes are asked for when some text needs them. */
export interface FontFacts {
  family: string;
  weight: string;
  style: string;
  unicodeRange: string;
}

/** A cell as the frame is told of it. */
export interface FrameCell {
  id: number;
  compiled: Compiled;
  /** The source, for messages that quote a line. */
  source: string;
}

/** What the frame answers to. */
export interface FrameCalls {
  /** Cells in order; those in `define` are (re)defined, those missing from `order` are removed. */
  cells: {order: number[]; define: FrameCell[]};
  /** Heights of the room for each cell's code. */
  spaces: Record<number, number>;
  interrupt: {id: number};
  openGate: {id: number};
  ping: void;
  settled: {since: number};
  values: void;
  /** Values of the inputs shown with `view`, by name. */
  viewValues: void;
  present: {index: number | null};
  staticHtml: {sources: Record<number, string>};
  /** Class names on the root element: presenting and the like. */
  view: {classes: string[]};
  focusCell: {id: number};
  /** Files hang over this place of the frame, or nowhere any more. */
  drag: Place | null;
  /** Files were dropped there; answers whether a cell took them. */
  drop: {place: Place; files: GivenFile[]};
}

/** One-way news from the frame. */
export interface FrameNews {
  report: CellReport;
  layout: Layout;
  /** A cell was pointed at or focused. */
  touched: {id: number};
  /** A key that the page may know was pressed outside a field. */
  key: {key: string; shift: boolean; control: boolean; alt: boolean};
  /** A link inside the notebook was followed: a cell, or a place in the frame. */
  reveal: {id?: number; topPx?: number};
  /** Files are dragged over the frame. */
  dragging: null;
  /** A cell hands a file to the reader. */
  file: HandedFile;
  /** Somebody points, scrolls or types in the frame. */
  hands: null;
}
