/** Reads a captions file of any public form. The form is told from the content, never from the name. */
import {readCoco, readKarpathy} from "./json.ts";
import {readPipes, readTable, readTokens} from "./text.ts";
import type {CaptionTable} from "./table.ts";

export type {Captioned, CaptionTable} from "./table.ts";

/**
 * Reads captions. `where` is the file's name, for messages. Defects are repaired or left out and listed in `problems`.
 * Throws an Error naming the file when its form is none of those known.
 */
export function readCaptions(content: string | Uint8Array, where: string): CaptionTable {
  const text = typeof content === "string" ? content.replace(/^\uFEFF/, "") : decodeText(content);
  const start = text.trimStart();
  if (start === "") throw new Error(`${where} is empty: expected captions`);
  if (start[0] === "{" || start[0] === "[") return readJson(text, where);

  const lines = start.split(/\r?\n|\r/, 20).filter((line) => line.trim() !== "");
  const most = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length > lines.length / 2;
  if (most(/^[^\t]+#\d+\s*\t/)) return readTokens(text, where);
  if (most(/^[^|]+\|\s*\d+\s*\|/) || /^[^|,\t]+\|[^|]+\|/.test(lines[0])) return readPipes(text, where);
  if (most(/\t/)) return readTable(text, where, "\t");
  if (most(/,/)) return readTable(text, where, ",");
  throw new Error(
    `${where} is a captions file of no form that is known here: its first line is "${shorten(lines[0])}". ` +
      "Known are Flickr30k's results.csv and results_20130124.token, Flickr8k's token file and captions.txt, Karpathy's JSON, COCO's captions JSON, " +
      "and CSV or TSV with a column of image names and a column of captions."
  );
}

function readJson(text: string, where: string): CaptionTable {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${where} begins like JSON but is not: ${(error as Error).message}${lineOfPosition(text, (error as Error).message)}`);
  }
  const top = json as {images?: unknown; annotations?: unknown};
  const images = Array.isArray(top.images) ? (top.images as Record<string, unknown>[]) : [];
  if (images.some((image) => Array.isArray(image?.sentences))) return readKarpathy(images, where);
  if (Array.isArray(top.annotations)) return readCoco(images, top.annotations as Record<string, unknown>[], where);
  const keys = json && typeof json === "object" ? Object.keys(json).slice(0, 6).join(", ") : typeof json;
  throw new Error(`${where} is JSON, but neither Karpathy's form (images with sentences) nor COCO's (images and annotations): it has ${keys || "nothing"}`);
}

/** UTF-8, or UTF-16 with a byte-order mark; what is neither is read as Windows-1252, as old files are. */
function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", {fatal: true}).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function lineOfPosition(text: string, message: string): string {
  const position = /position (\d+)/.exec(message)?.[1];
  return position === undefined || message.includes("line ") ? "" : ` (line ${text.slice(0, Number(position)).split("\n").length})`;
}

const shorten = (text: string) => (text.length > 80 ? `${text.slice(0, 77)}...` : text);
