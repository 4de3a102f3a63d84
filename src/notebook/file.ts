/**
 * A notebook file as text: read with Notebook Kit, written so that whatever was not changed stays byte for byte,
 * with the comments, blank lines, attributes and line ends between the cells (Notebook Kit's own writer normalises all of them).
 */
import {deserialize} from "@observablehq/notebook-kit";
import type {Cell} from "@observablehq/notebook-kit";

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
 * @throws Error saying so when the text holds no `<notebook>`.
 */
export function parseNotebook(text: string, {parser}: {parser?: DOMParser} = {}): NotebookFile {
  if (!/<notebook[\s>]/i.test(text)) throw new Error("This is no notebook: the file holds no <notebook> element.");
  const {title, cells} = deserialize(text, {parser});
  const scripts = findScripts(text);
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
  let head = text.slice(0, text.search(/<notebook[\s>]/i));
  if (pieces.length > 0) {
    const gap = /\s*$/.exec(pieces[0].before)![0];
    head = pieces[0].before.slice(0, pieces[0].before.length - gap.length);
    pieces[0] = {...pieces[0], before: gap};
  } else {
    at = text.search(/\s*<\/notebook/i);
    if (at < 0) at = text.length;
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
        if (!kept.has(cell.id)) orphaned += before.trim() === "" ? "" : before.replace(/\s+$/, "");
        else {
          if (orphaned) commentsBefore.set(cell.id, orphaned);
          orphaned = "";
        }
      }
      for (const cell of now) {
        const piece = byId.get(cell.id);
        body += (commentsBefore.get(cell.id) ?? "") + (piece ? piece.before + writePiece(piece, cell, eol) : usualGap + writeCell(cell, eol));
      }
      const titled = newTitle === title ? head : head.replace(/<title>[^]*?<\/title>/i, () => `<title>${escapeText(newTitle)}</title>`);
      return titled + body + orphaned + tail;
    }
  };
}

function writePiece({open, inner, close, cell: old}: Piece, cell: Cell, eol: string) {
  const sameTag = cell.mode === old.mode && cell.pinned === old.pinned && cell.hidden === old.hidden && cell.output === old.output;
  const tag = sameTag ? open : retag(open, old, cell);
  return tag + (cell.value === old.value ? inner : writeInner(cell.value, eol)) + close;
}

/** Changes what changed in an opening tag and nothing else. */
function retag(open: string, old: Cell, cell: Cell) {
  let tag = open;
  const drop = (name: string) => (tag = tag.replace(new RegExp(`\\s+${name}(\\s*=\\s*("[^"]*"|'[^']*'|[^\\s>]*))?(?=[\\s>])`, "i"), ""));
  const add = (attribute: string) => (tag = tag.replace(/\s*>$/, ` ${attribute}>`));
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

/** Where the script elements inside the notebook stand; comments are passed over. */
function findScripts(text: string) {
  const found: {start: number; openEnd: number; closeStart: number; end: number}[] = [];
  const start = text.search(/<notebook[\s>]/i);
  const tokens = /<!--[^]*?(?:-->|$)|<\/notebook\s*>|<script(?=[\s>/])(?:"[^"]*"|'[^']*'|[^>"'])*>/gi;
  tokens.lastIndex = start;
  for (let match; (match = tokens.exec(text)); ) {
    if (match[0].startsWith("<!--")) continue;
    if (match[0].startsWith("</")) break;
    const openEnd = match.index + match[0].length;
    const close = /<\/script[^>]*>/gi;
    close.lastIndex = openEnd;
    const end = close.exec(text);
    if (!end) break;
    found.push({start: match.index, openEnd, closeStart: end.index, end: end.index + end[0].length});
    tokens.lastIndex = end.index + end[0].length;
  }
  return found;
}
