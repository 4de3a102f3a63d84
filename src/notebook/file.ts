/**
 * A notebook file as text: read with Notebook Kit, written so that whatever was not changed stays byte for byte,
 * with the comments, blank lines, attributes and line ends between the cells (Notebook Kit's own writer normalises all of them).
 */
import {deserialize} from "@observablehq/notebook-kit";
import type {Cell} from "@observablehq/notebook-kit";
import {findScripts, notebookEnd, notebookStart} from "./find-scripts.ts";
import {checkCells, checkNotebookLength} from "./limits.ts";

/** One cell's element in the file: `before` is the text since the cell before it, `open` its opening tag, `inner` what is in it. */
interface Piece {
  before: string;
  open: string;
  inner: string;
  close: string;
  cell: Cell;
}

export interface NotebookFile {
  title: string;
  cells: Cell[];
  /** The text of the file with other cells and, where given, another title. */
  write(cells: readonly Cell[], title?: string): string;
}

/** Tells versions of a text apart: its length and 32 bits of FNV-1a. Secures nothing. */
export function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return `${text.length}-${(hash >>> 0).toString(16)}`;
}

/** The text of a file's bytes, its byte order mark with it: that is a part of the file. */
export function exactText(bytes: ArrayBuffer): string {
  return new TextDecoder("utf-8", {ignoreBOM: true}).decode(bytes);
}

/** A notebook with nothing in it but a heading and a cell to write in. */
export function emptyNotebook(title = "Untitled"): string {
  return `<!doctype html>
<notebook theme="air">
  <title>${escapeText(title)}</title>
  <script id="1" type="text/markdown">
    # ${title.replaceAll("\n", " ")}
  </script>
  <script id="2" type="text/x-typescript" pinned="">
    1 + 1
  </script>
</notebook>
`;
}

/**
 * Reads a notebook's text.
 * @throws Error saying so when the text holds no `<notebook>`, or more than is read (limits.ts).
 */
export function parseNotebook(text: string, {parser}: {parser?: DOMParser} = {}): NotebookFile {
  checkNotebookLength(text.length);
  const begin = notebookStart(text);
  if (begin < 0) throw new Error("This is no notebook: the file holds no <notebook> element.");
  const scripts = findScripts(text);
  checkCells(scripts.map(({openEnd, closeStart}, i) => ({id: i + 1, value: text.slice(openEnd, closeStart)})));
  const {title, cells} = deserialize(text, {parser});
  checkCells(cells);
  // A file that is read differently than it is scanned (one broken in an unforeseen way) is written from scratch, rather than wrongly.
  if (scripts.length !== cells.length) return {title, cells, write: (now, newTitle = title) => writeAnew(newTitle, now)};

  const eol = /\r\n/.test(text) ? "\r\n" : "\n";
  let at = 0;
  const pieces = scripts.map(({start, openEnd, closeStart, end}, i): Piece => {
    const piece = {before: text.slice(at, start), open: text.slice(start, openEnd), inner: text.slice(openEnd, closeStart), close: text.slice(closeStart, end), cell: {...cells[i]}};
    at = end;
    return piece;
  });
  // The first cell's `before` holds the notebook's head: it stays at the top, whichever cell comes first.
  let head = text.slice(0, begin);
  if (pieces.length > 0) {
    const {before} = pieces[0];
    head = before.trimEnd();
    pieces[0] = {...pieces[0], before: before.slice(head.length)};
  } else {
    at = notebookEnd(text);
    head = text.slice(0, at);
  }
  const tail = text.slice(at);
  const byId = new Map(pieces.map((piece) => [piece.cell.id, piece]));
  const usualGap = pieces.find(({before}) => /^\s+$/.test(before))?.before ?? `${eol}  `;

  return {
    title,
    cells,
    write(now, newTitle = title) {
      const kept = new Set(now.map(({id}) => id));
      let body = "";
      let orphaned = "";
      // Comments before a deleted cell stay where they were.
      const commentsBefore = new Map<number, string>();
      for (const {cell, before} of pieces) {
        if (!kept.has(cell.id)) orphaned += before.trim() === "" ? "" : before.trimEnd();
        else {
          if (orphaned) commentsBefore.set(cell.id, orphaned);
          orphaned = "";
        }
      }
      for (const cell of now) {
        const piece = byId.get(cell.id);
        body += (commentsBefore.get(cell.id) ?? "") + (piece ? piece.before + writePiece(piece, cell, eol) : usualGap + writeCell(cell, eol));
      }
      return (newTitle === title ? head : retitle(head, newTitle)) + body + orphaned + tail;
    }
  };
}

/** The head with another title, where it has one. */
function retitle(head: string, title: string) {
  const open = head.search(/<title>/i);
  const length = open < 0 ? -1 : head.slice(open).search(/<\/title>/i);
  return length < 0 ? head : `${head.slice(0, open)}<title>${escapeText(title)}${head.slice(open + length)}`;
}

function writePiece({open, inner, close, cell: old}: Piece, cell: Cell, eol: string) {
  const sameTag = cell.mode === old.mode && cell.pinned === old.pinned && cell.hidden === old.hidden && cell.output === old.output;
  const tag = sameTag ? open : retag(open, old, cell);
  return tag + (cell.value === old.value ? inner : writeInner(cell.value, eol)) + close;
}

/** Changes what changed in an opening tag and nothing else. */
function retag(open: string, old: Cell, cell: Cell) {
  let tag = open;
  const drop = (name: string) => (tag = tag.replace(new RegExp(`(?<!\\s)\\s+${name}(\\s*=\\s*("[^"]*"|'[^']*'|[^\\s>]*))?(?=[\\s>])`, "i"), ""));
  const add = (attribute: string) => (tag = `${tag.slice(0, -1).trimEnd()} ${attribute}>`);
  if (cell.mode !== old.mode) {
    const type = typeOf(cell.mode);
    if (/\stype\s*=/i.test(tag)) tag = tag.replace(/(\stype\s*=\s*)("[^"]*"|'[^']*'|[^\s>]*)/i, `$1"${type}"`);
    else add(`type="${type}"`);
  }
  for (const name of ["pinned", "hidden"] as const) {
    if (cell[name] === old[name]) continue;
    if (cell[name]) add(`${name}=""`);
    else drop(name);
  }
  if (cell.output !== old.output) {
    drop("output");
    if (cell.output) add(`output="${escapeText(cell.output)}"`);
  }
  return tag;
}

function writeCell(cell: Cell, eol: string) {
  const {id, mode, pinned, hidden, output} = cell;
  return `<script id="${id}" type="${typeOf(mode)}"${pinned ? ' pinned=""' : ""}${hidden ? ' hidden=""' : ""}${output ? ` output="${escapeText(output)}"` : ""}>${writeInner(cell.value, eol)}</script>`;
}

function writeInner(value: string, eol: string) {
  const lines = value.replace(/<(?=\\*\/script(\s|>))/gi, "<\\").split("\n");
  return `${eol}${lines.map((line) => (line.trim() ? `    ${line}` : "")).join(eol)}${eol}  `;
}

function writeAnew(title: string, cells: readonly Cell[]) {
  return `<!doctype html>\n<notebook theme="air">\n  <title>${escapeText(title)}</title>${cells.map((cell) => `\n  ${writeCell(cell, "\n")}`).join("")}\n</notebook>\n`;
}

const types: Record<string, string> = {js: "module", ts: "text/x-typescript", md: "text/markdown", html: "text/html", tex: "application/x-tex", ojs: "application/vnd.observable.javascript", sql: "application/sql", dot: "text/vnd.graphviz", node: "application/vnd.node.javascript", python: "text/x-python", r: "text/x-r"};

function typeOf(mode: string) {
  return types[mode] ?? "module";
}

function escapeText(text: string) {
  return text.replace(/[&<>"]/g, (c) => ({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})[c]!);
}
