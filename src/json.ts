/** JSON that strangers wrote: parsed within limits, with an error in plain words that says where it goes wrong. It imports the limits alone, and every folder may import it. */
import {limits, past} from "./limits.ts";

/** Any JSON object. */
export type Json = Record<string, unknown>;

export interface ParseOptions {
  /** What errors call the text: a file's name. */
  name: string;
  /** Refuses an object that has one key twice: the two readers of a file might each take another. */
  uniqueKeys?: boolean;
}

/** Parses JSON. Throws an Error that begins with the name where it is none, nested too deep, or has a key twice where that is asked. */
export function parseJson(text: string, {name, uniqueKeys = false}: ParseOptions): unknown {
  const {levels, twice} = survey(text, uniqueKeys);
  const deep = past(limits.jsonLevels, levels);
  if (deep) throw new Error(`${name} ${deep}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is no JSON: ${breakingPoint(text, (error as Error).message)}; write it anew`);
  }
  if (twice !== undefined) throw new Error(`${name} has the key ${shown(twice)} twice in one object: expected each once`);
  return value;
}

/** The same for what has to be an object. */
export function parseObject(text: string, options: ParseOptions): Json {
  const value = parseJson(text, options);
  if (!isObject(value)) throw new Error(`${options.name} is ${shown(value)}: expected a JSON object, {…}`);
  return value;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in a few words, for an error: nothing of it is longer than a line. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length <= 8 && value.every((item) => typeof item === "number") ? `[${value.join(", ")}]` : `a list of ${value.length.toLocaleString("en")}`;
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
  return typeof value === "object" && value !== null ? "an object" : typeof value === "function" ? "a function" : String(value);
}

/** How deep brackets go, and the first key that an object has twice. One pass; what is not JSON may give anything. */
function survey(text: string, uniqueKeys: boolean): {levels: number; twice?: string} {
  let levels = 0;
  let twice: string | undefined;
  /** The keys of every open object; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === 0x22) {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys && isKey(text, end)) {
        const key = nameOf(text.slice(at, end));
        if (keys.has(key)) twice ??= key;
        keys.add(key);
      }
      at = end - 1;
    } else if (character === 0x7b || character === 0x5b) {
      open.push(character === 0x7b && uniqueKeys ? new Set() : undefined);
      levels = Math.max(levels, open.length);
      if (levels > limits.jsonLevels.most) return {levels, twice};
    } else if (character === 0x7d || character === 0x5d) open.pop();
  }
  return {levels, twice};
}

/** One key can be written in several ways: with and without escapes. */
function nameOf(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}

/** Behind the closing quotation mark; the text's end where there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === 0x5c) at++;
    else if (character === 0x22) return at + 1;
  }
  return text.length;
}

function isKey(text: string, at: number): boolean {
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return text[at] === ":";
}

/** Where parsing stopped, by the position that the engine's message tells in one way or another. */
function breakingPoint(text: string, message: string): string {
  if (text.trim() === "") return "it is empty";
  const told = /position (\d+)|line (\d+) column (\d+)/.exec(message);
  if (!told) return /end of|unterminated/i.test(message) ? "it ends in the middle" : `it begins with ${shown(text.trimStart().slice(0, 20))}`;
  const at = told[1] === undefined ? undefined : Number(told[1]);
  const line = at === undefined ? Number(told[2]) : text.slice(0, at).split("\n").length;
  return at !== undefined && at >= text.trimEnd().length ? "it ends in the middle" : `it goes wrong in line ${line.toLocaleString("en")}${at === undefined ? "" : `, at ${shown(text.slice(at, at + 20))}`}`;
}
