/**
 * OpenAI's cleaning of captions, with the way back: every cleaned character knows which characters of the caption it came from.
 * It does not repair wrongly decoded text (ftfy); see `repair`.
 */
import {decodeHTML} from "entities";

/** Cleaned text; its UTF-16 unit i came from the caption's units begin[i] up to, not including, end[i]. */
export interface CleanText {
  text: string;
  begin: number[];
  end: number[];
}

export interface CleanOptions {
  /** Runs first, on the whole caption: a library that repairs wrongly decoded text. Offsets then point into what it returns. */
  repair?: (text: string) => string;
}

/** Unescapes HTML twice, strips, collapses white space and lowers case. */
export function cleanText(caption: string, {repair}: CleanOptions = {}): CleanText {
  const raw = repair ? repair(caption) : caption;
  let clean: CleanText = {text: raw, begin: Array.from(raw, (_, i) => i), end: []};
  clean.begin = Array.from({length: raw.length}, (_, i) => i);
  clean.end = clean.begin.map((i) => i + 1);
  // Captions scraped from pages are often escaped twice.
  for (let i = 0; i < 2; i++) clean = replaceAll(clean, entity, unescape);
  // Python's strip and its regular expressions disagree on four control characters; both are followed.
  clean = replaceAll(clean, /^[\p{White_Space}\x1c-\x1f]+|[\p{White_Space}\x1c-\x1f]+$/gu, () => "");
  clean = replaceAll(clean, /\p{White_Space}+/gu, () => " ");
  clean = replaceAll(clean, /^ | $/g, () => "");
  return lowerCase(clean);
}

/** Python's idea of a character reference. */
const entity = /&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/g;

function unescape(reference: string): string {
  return decodeHTML(reference);
}

/** As String.replaceAll; what replaces a match points back to the whole match. */
function replaceAll(clean: CleanText, pattern: RegExp, replacement: (match: string) => string): CleanText {
  const result: CleanText = {text: "", begin: [], end: []};
  let at = 0;
  const keep = (to: number) => {
    result.text += clean.text.slice(at, to);
    for (; at < to; at++) {
      result.begin.push(clean.begin[at]);
      result.end.push(clean.end[at]);
    }
  };
  for (const {0: match, index} of clean.text.matchAll(pattern)) {
    const text = replacement(match);
    if (text === match) continue;
    keep(index);
    at += match.length;
    result.text += text;
    for (let i = 0; i < text.length; i++) {
      result.begin.push(clean.begin[index]);
      result.end.push(clean.end[at - 1]);
    }
  }
  keep(clean.text.length);
  return result;
}

function lowerCase(clean: CleanText): CleanText {
  const text = clean.text.toLowerCase();
  if (text.length === clean.text.length) return {...clean, text};
  // A few letters become longer: the Turkish İ is two characters when small.
  const result: CleanText = {text, begin: [], end: []};
  let at = 0;
  for (const letter of clean.text) {
    for (let i = 0; i < letter.toLowerCase().length; i++) {
      result.begin.push(clean.begin[at]);
      result.end.push(clean.end[at + letter.length - 1]);
    }
    at += letter.length;
  }
  return result;
}
