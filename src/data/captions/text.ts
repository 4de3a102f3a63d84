/** The line-by-line forms of captions: token files, Kaggle's pipes, CSV and TSV. Line numbers are kept for messages. */
import {limits, past} from "../../limits.ts";
import {splitNamed, TableBuilder} from "./table.ts";
import type {CaptionTable} from "./table.ts";

/** Flickr30k's results_20130124.token and Flickr8k's token file: `name.jpg#0<tab>caption`. */
export function readTokens(text: string, where: string): CaptionTable {
  const table = new TableBuilder("a token file", where);
  forEachLine(text, (row, line) => {
    const match = /^(.+?)#\d+\s*\t(.*)$/.exec(row);
    if (match) return table.add(match[1], match[2], {line});
    // Spaces where the tab should be.
    const repaired = /^(\S+\.\w+)#\d+\s+(.+)$/.exec(row);
    if (!repaired) return table.problem(`expected name#number, a tab and a caption; it is "${shorten(row)}"; it was left out`, {line, kept: false});
    table.problem(`the tab after ${repaired[1]} is missing; it was put in`, {line, kept: true});
    table.add(repaired[1], repaired[2], {line});
  });
  return table.build();
}

/** Kaggle's results.csv of Flickr30k: `name.jpg| 0| caption`, with a header. The public file has a row without its second pipe. */
export function readPipes(text: string, where: string): CaptionTable {
  const table = new TableBuilder("Kaggle's results.csv (pipes)", where);
  forEachLine(text, (row, line) => {
    const match = /^([^|]+)\|\s*(\d+)\s*\|(.*)$/.exec(row);
    if (match) return table.add(match[1], match[3], {line});
    if (line === 1 && /image/i.test(row)) return;
    const repaired = /^([^|]+)\|\s*(\d+)\s+(\S.*)$/.exec(row);
    if (!repaired) return table.problem(`expected image| number| caption; it is "${shorten(row)}"; it was left out`, {line, kept: false});
    table.problem(`the second separator is missing after "${repaired[1]}| ${repaired[2]}"; it was put in`, {line, kept: true});
    table.add(repaired[1], repaired[3], {line});
  });
  return table.build();
}

const imageColumns = ["image", "image_name", "filename", "file_name", "filepath", "file", "path", "image_path", "name", "img"];
const captionColumns = ["caption", "captions", "comment", "title", "text", "sentence", "raw", "description"];

/**
 * Rows of separated values: Kaggle's captions.txt of Flickr8k, open_clip's filepath and title, or any two columns. With a
 * header the columns are found by name; without one, the first column is the image and the second its caption.
 */
export function readTable(text: string, where: string, separator: "," | "\t"): CaptionTable {
  const rows = parseSeparated(text, separator, where);
  if (rows.length === 0) throw new Error(`${where} has no rows: expected a column of image names and one of captions`);
  const tooMany = past(limits.tableColumns, rows[0].fields.length);
  if (tooMany) throw new Error(`${where} ${tooMany}`);
  const header = rows[0].fields.map((field) => field.trim().toLowerCase());
  let image = header.findIndex((name) => imageColumns.includes(name));
  let caption = header.findIndex((name, i) => i !== image && captionColumns.includes(name));
  const hasHeader = image >= 0 && caption >= 0;
  if (!hasHeader) [image, caption] = [0, 1];
  const split = hasHeader ? header.indexOf("split") : -1;
  const last = hasHeader ? caption === header.length - 1 : true;
  if (!hasHeader && !/\.\w{2,5}$/.test(rows[0].fields[0].trim())) {
    throw new Error(
      `${where} is a table whose columns are not told: its first line is "${shorten(rows[0].fields.join(separator))}". ` +
        `Expected a header with one of ${imageColumns.slice(0, 5).join(", ")} and one of ${captionColumns.slice(0, 5).join(", ")}, or image file names in the first column.`
    );
  }
  const table = new TableBuilder(separator === "," ? "CSV" : "TSV", where);
  for (const {fields, line, open} of hasHeader ? rows.slice(1) : rows) {
    if (open) table.problem("a quotation mark is never closed; it was taken for a plain character", {line, kept: true});
    if (fields.length <= Math.max(image, caption)) table.problem(`expected at least ${Math.max(image, caption) + 1} columns, found ${fields.length}; it was left out`, {line, kept: false});
    // Commas in a caption that nobody quoted: the caption goes on to the end of the line.
    else table.add(fields[image], last ? fields.slice(caption).join(separator) : fields[caption], {line, split: split < 0 ? undefined : splitNamed(fields[split])});
  }
  return table.build();
}

interface SeparatedRow {
  fields: string[];
  line: number;
  /** A quotation mark opened and never closed. */
  open?: boolean;
}

/**
 * RFC 4180: quoted fields may hold separators, doubled quotes and line ends. An unclosed quote costs its own row only. Throws an Error that begins with `name` where
 * there are more rows than are read.
 */
export function parseSeparated(text: string, separator: string, name: string): SeparatedRow[] {
  const rows: SeparatedRow[] = [];
  const between = separator.charCodeAt(0);
  const endsField = (code: number) => code === between || code === 10 || code === 13 || Number.isNaN(code);
  let line = 1;
  for (let at = 0; at < text.length; line++) {
    const [firstAt, firstLine] = [at, line];
    const fields: string[] = [];
    let open: true | undefined;
    for (let more = true; more; ) {
      if (text.charCodeAt(at) === 34 && !open) {
        const end = closingQuote(text, at + 1);
        if (end < 0 || !endsField(text.charCodeAt(end + 1))) {
          // Not a quoted field after all: read the row again, quotes being plain characters.
          open = true;
          [at, line] = [firstAt, firstLine];
          fields.length = 0;
          continue;
        }
        const field = text.slice(at + 1, end).replaceAll('""', '"');
        if (field.includes("\n")) line += field.split("\n").length - 1;
        fields.push(field);
        at = end + 1;
      } else {
        const start = at;
        while (!endsField(text.charCodeAt(at))) at++;
        fields.push(text.slice(start, at));
      }
      more = text.charCodeAt(at) === between;
      if (more) at++;
    }
    if (text.charCodeAt(at) === 13) at++;
    if (text.charCodeAt(at) === 10) at++;
    if (fields.length > 1 || fields[0].trim() !== "") rows.push({fields, line: firstLine, open});
    const tooMany = past(limits.tableRows, rows.length);
    if (tooMany) throw new Error(`${name} ${tooMany}`);
  }
  return rows;
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at;
  return -1;
}

function forEachLine(text: string, callback: (row: string, line: number) => void) {
  text.split(/\r\n|\n|\r/).forEach((row, i) => row.trim() !== "" && callback(row, i + 1));
}

const shorten = (text: string) => (text.length > 80 ? `${text.slice(0, 77)}...` : text);
