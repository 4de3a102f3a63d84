/** Numbers and words as people read them. */

/** At most three significant digits, with a minus sign that is one; what is not finite is said in words. */
export function number(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text =
    size >= 1e6 || size < 1e-4
      ? value.toExponential(Math.max(0, digits - 2)).replace(/e([+-])(\d+)/, (_, sign: string, power: string) => `\u00a0×\u00a010${superscript((sign === "-" ? "-" : "") + power)}`)
      : size >= 1000
        ? Math.round(value).toLocaleString("en-US")
        : String(Number(value.toPrecision(digits)));
  return text.replace("-", "−");
}

/** Always `digits` places after the point, so that a changing read-out does not jump. */
export function fixed(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return number(value);
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/** A share as per cent: "59 %", "0.4 %", "under 0.1 %". */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return number(share);
  const value = share * 100;
  if (value > 0 && value < 0.1) return "under 0.1 %";
  if (value > 99.5 && value < 100) return "over 99 %";
  return `${value < 1 && value > 0 ? value.toFixed(1) : Math.round(value)} %`;
}

function superscript(text: string): string {
  return [...text].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)])).join("");
}

/** Seconds in words: "8 s", "1 min 20 s". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "";
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** "1 step", "200 steps". */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${number(amount)} ${amount === 1 ? one : many}`;
}

/** The text, cut at a word where it is longer than `length` characters. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, Math.max(1, length - 1));
  const space = cut.lastIndexOf(" ");
  return `${(space > length * 0.6 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

/** Words in quotes within a sentence: signs in them that turn the direction of writing turn nothing behind them (Unicode Standard Annex 9, isolates). */
export function quoted(words: string): string {
  return `“\u2068${words.replace(/[\u2066-\u2069]/g, "")}\u2069”`;
}

/** A file's or set's name with such signs shown as what they are: "photo⟨U+202E⟩gpj.exe". */
export function shownName(name: string): string {
  return name.replace(/[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, (sign) => `⟨U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}⟩`);
}
