/** What an argument may be: kinds that a table of calls is written in, and the sentence for a value of another kind. Nothing is walked further than its kind allows. */

export type KindName = "number" | "boolean" | "text" | "list" | "record" | "numbers" | "bytes" | "file";

export interface Kind {
  /** What a value basically is; of several where it may be one or another. */
  readonly kinds: readonly KindName[];
  /** What is expected, in words: "a whole number from 1 to 64". */
  readonly says: string;
  /** What is wrong with a value, as the end of a sentence that begins with its name; undefined where nothing is. */
  fault(value: unknown, name: string): string | undefined;
  /** Of a record: its fields. */
  readonly fields?: Record<string, Kind>;
  /** Whether it may be left out. */
  readonly isOptional?: boolean;
}

/** A kind that a look at the value alone decides. */
function simple(kind: KindName, says: string, holds: (value: unknown) => boolean): Kind {
  return {kinds: [kind], says, fault: (value, name) => (holds(value) ? undefined : wrong(name, says, value))};
}

const wrong = (name: string, says: string, value: unknown) => `${name} is ${says}; it was given ${shown(value)}`;

interface Range {
  from?: number;
  to?: number;
}

const inRange = (from: number, to: number) => {
  const [least, most] = [from, to].map((bound) => bound.toLocaleString("en"));
  if (from > -Infinity && to < Infinity) return ` from ${least} to ${most}`;
  return from > -Infinity ? ` of at least ${least}` : to < Infinity ? ` of at most ${most}` : "";
};

/** Any number but NaN; Infinity only where nothing bounds it. */
export const number = ({from = -Infinity, to = Infinity}: Range = {}): Kind => simple("number", `a number${inRange(from, to)}`, (value) => typeof value === "number" && value >= from && value <= to);

export const integer = ({from = -Infinity, to = Number.MAX_SAFE_INTEGER}: Range = {}): Kind =>
  simple("number", `a whole number${inRange(from, to === Number.MAX_SAFE_INTEGER ? Infinity : to)}`, (value) => Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to);

export const boolean: Kind = simple("boolean", "true or false", (value) => typeof value === "boolean");

/** Text of at most so many letters. */
export const text = (letters: number): Kind => simple("text", `text of at most ${letters.toLocaleString("en")} letters`, (value) => typeof value === "string" && value.length <= letters);

/** One of a few words. */
export const word = (...words: string[]): Kind => simple("text", words.map((word) => `"${word}"`).join(" or "), (value) => words.includes(value as string));

/** What a thing is kept under. */
export const name: Kind = simple("text", "a name of 1 to 300 letters", (value) => typeof value === "string" && value.trim() !== "" && value.length <= 300);

/** Where something is to be had: on a web server, or in the site; with no password in it, and nothing that a browser would pass over while it shows or reads it. */
export const address: Kind = simple("text", "an address in this site, or one that begins with https:// or http://", isAddress);

function isAddress(value: unknown): boolean {
  // Browsers drop tabs and line breaks from an address, wherever they stand.
  if (typeof value !== "string" || value.trim() === "" || value.length > 2000 || /[\p{Cc}\p{Cs}]/u.test(value)) return false;
  const url = URL.parse?.(value, "https://site.invalid/") ?? parsed(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

/** For browsers whose URL has no `parse`. */
function parsed(value: string): URL | null {
  try {
    return new URL(value, "https://site.invalid/");
  } catch {
    return null;
  }
}

type BufferClass = {new (length: number): ArrayBufferView; name: string};
const buffer = (kind: KindName, classes: BufferClass[], megabytes: number): Kind =>
  simple(kind, `a ${classes.map(({name}) => name).join(" or ")} of at most ${megabytes} MB`, (value) => classes.some((type) => value instanceof type) && (value as ArrayBufferView).byteLength <= megabytes * 2 ** 20);

/** Bytes: pixels, or a file's. */
export const bytes = (megabytes: number): Kind => buffer("bytes", [Uint8Array, Uint8ClampedArray], megabytes);
/** Numbers in a buffer. */
export const numbers = (type: typeof Float32Array | typeof Int32Array, megabytes = 512): Kind => buffer("numbers", [type], megabytes);

/** A file that the reader chose or dropped: code can make one, but none of the reader's own. */
export const file: Kind = simple("file", "a file", (value) => value instanceof Blob);

/** At most so many values of one kind. */
export const list = (of: Kind, most: number): Kind => ({
  kinds: ["list"],
  says: `a list of at most ${most.toLocaleString("en")}, each ${of.says}`,
  fault(value, name) {
    if (!Array.isArray(value) || value.length > most) return wrong(name, this.says, value);
    for (let i = 0; i < value.length; i++) {
      const fault = of.fault(value[i], `${name}[${i}]`);
      if (fault) return fault;
    }
  }
});

/** Named values; those that are not named here are refused. */
export const record = (fields: Record<string, Kind>): Kind => ({
  kinds: ["record"],
  says: `an object of ${Object.keys(fields).join(", ") || "nothing"}`,
  fields,
  fault(value, name) {
    if (!isPlain(value)) return wrong(name, this.says, value);
    for (const [key, kind] of Object.entries(fields)) {
      const fault = value[key] === undefined ? (kind.isOptional ? undefined : wrong(`${name}${name && "."}${key}`, kind.says, undefined)) : kind.fault(value[key], `${name}${name && "."}${key}`);
      if (fault) return fault;
    }
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(fields, key));
    if (unknown !== undefined) return `${name}${name && "."}${unknown.slice(0, 60)} is not known; ${name || "it"} takes ${Object.keys(fields).join(", ") || "nothing"}`;
  }
});

/** A few values of one kind, by names of the caller's own. */
export const dictionary = (of: Kind, most: number): Kind => ({
  kinds: ["record"],
  says: `an object of at most ${most} values, each ${of.says}`,
  fault(value, name) {
    if (!isPlain(value) || Object.keys(value).length > most) return wrong(name, this.says, value);
    for (const [key, one] of Object.entries(value)) {
      const fault = of.fault(one, `${name}.${key.slice(0, 60)}`);
      if (fault) return fault;
    }
  }
});

/** Of one kind or another. */
export const either = (...of: Kind[]): Kind => ({
  kinds: of.flatMap(({kinds}) => kinds),
  says: of.map(({says}) => says).join(" or "),
  fault(value, name) {
    const faults = of.map((kind) => kind.fault(value, name));
    if (faults.includes(undefined)) return undefined;
    // The sentence of the one that it was meant to be, where that can be told.
    const basically = basicKind(value);
    const meant = of.findIndex(({kinds}) => kinds.includes(basically as KindName));
    return meant >= 0 && of.filter(({kinds}) => kinds.includes(basically as KindName)).length === 1 ? faults[meant] : wrong(name, this.says, value);
  }
});

/** A kind that may be left out. */
export const optional = (kind: Kind): Kind => ({...kind, isOptional: true});

/** Which kind a value basically is; undefined for what no kind takes, such as null. */
export function basicKind(value: unknown): KindName | undefined {
  if (typeof value === "string") return "text";
  if (typeof value === "number" || typeof value === "boolean") return typeof value as KindName;
  if (Array.isArray(value)) return "list";
  if (value instanceof Uint8Array || value instanceof Uint8ClampedArray) return "bytes";
  if (value instanceof Float32Array || value instanceof Int32Array) return "numbers";
  if (value instanceof Blob) return "file";
  return isPlain(value) ? "record" : undefined;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** A value as a sentence tells of it, short. */
function shown(value: unknown): string {
  if (typeof value === "string") return value.length > 60 ? `"${value.slice(0, 60)}…" (${value.length.toLocaleString("en")} letters)` : `"${value}"`;
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `a list of ${value.length.toLocaleString("en")}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${value.byteLength.toLocaleString("en")} bytes`;
  return isPlain(value) ? "an object" : `a ${value.constructor?.name ?? "value"}`;
}
