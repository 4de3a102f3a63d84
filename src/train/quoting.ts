/** How a value that came from a file is put into a text that a program or a person reads: a word of a shell script, a number in it, Markdown. The only place that does so. */

/** A value of more letters is no value of ours: it is cut. */
const mostLetters = 200;

/** Any text as one word of a POSIX shell: nothing in it is expanded, and it arrives as it is. Throws a RangeError for the one character that no argument can hold. */
export function shellWord(text: string): string {
  if (text.includes("\0")) throw new RangeError("a word of a script cannot hold the character 0");
  return /^[\w./:=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A number as a word of a script, so written that every language reads it back as it was. Throws a RangeError naming it where it is none, or not from `least` to `most`. */
export function shellNumber(name: string, value: unknown, {least = -Number.MAX_VALUE, most = Number.MAX_VALUE, whole = false} = {}): string {
  const isFitting = typeof value === "number" && value >= least && value <= most && (!whole || Number.isSafeInteger(value));
  if (!isFitting) throw new RangeError(`${name} is ${shortened(JSON.stringify(value) ?? String(value))}; a script can only be given a ${whole ? "whole " : ""}number${least > -Number.MAX_VALUE ? ` of at least ${least}` : ""}${most < Number.MAX_VALUE ? ` and at most ${most}` : ""}`);
  return shellWord(String(value));
}

/** A text as code inside a line of Markdown. */
export function markdownCode(text: string): string {
  const line = shortened(oneLine(text));
  // A fence longer than any inside; and a space that keeps it apart from one at an end.
  const fence = "`".repeat(Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return /^`|`$|^ .* $/.test(line) ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`;
}

/** A text as words inside a line of Markdown, with none of its own marks. */
export function markdownWords(text: string): string {
  // An underscore inside a word is one.
  return oneLine(text).replaceAll(/[\\`*{}[\]<>#|~!&]|(?<!\w)_|_(?!\w)/g, "\\$&");
}

const oneLine = (text: string) => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
const shortened = (text: string) => (text.length > mostLetters ? `${text.slice(0, mostLetters - 1)}…` : text);
