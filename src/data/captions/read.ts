/** Reads a captions file of any public form. The form is told from the content, never from the name. */
import {isObject, parseJson, shown} from "../../json.ts";
import {limits, past} from "../../limits.ts";
import {readCoco, readKarpathy} from "./json.ts";
import {readPipes, readTable, readTokens} from "./text.ts";
import type {CaptionTable} from "./table.ts";

export type {Captioned, CaptionTable} from "./table.ts";

/**
 * Reads captions. `where` is the file's name, for messages. Defects are repaired or left out and listed in `problems`.
 * Throws an Error naming the file when its form is none of those known.
 */
export function readCaptions(content: string | Uint8Array, where: string): CaptionTable {
  const tooLong = past(limits.textBytes, content.length);
  if (tooLong) throw new Error(`${where} ${tooLong}`);
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
    `${where} is a captions file of no form that is known here: its first line is ${shown(lines[0])}. ` +
      "Known are Flickr30k's results.csv and results_20130124.token, Flickr8k's token file and captions.txt, Karpathy's JSON, COCO's captions JSON, " +
      "and CSV or TSV with a column of image names and a column of captions."
  );
}

function readJson(text: string, where: string): CaptionTable {
  const json = parseJson(text, {name: where});
  const {images = [], annotations} = isObject(json) ? json : {};
  if (Array.isArray(images) && images.some((image) => isObject(image) && Array.isArray(image.sentences))) return readKarpathy(images, where);
  if (Array.isArray(annotations)) return readCoco(Array.isArray(images) ? images : [], annotations, where);
  const found = isObject(json) ? Object.keys(json).slice(0, 6).map(shown).join(", ") || "nothing" : shown(json);
  throw new Error(`${where} is JSON, but neither Karpathy's form (images with sentences) nor COCO's (images and annotations): expected one of these, it has ${found}`);
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
