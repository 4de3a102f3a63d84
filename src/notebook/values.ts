/** Cells' values as JSON, for files and tests that read what a notebook computed. */

export interface JsonLimits {
  /** Longest array, typed or not, that is written out; longer ones are cut. */
  maxLength?: number;
  maxDepth?: number;
  /** Most numbers, texts and so on in all. */
  maxLeaves?: number;
}

/** Marks what has no form in JSON. */
const leaveOut = Symbol("left out");

/**
 * The values that can be written as JSON; functions, nodes, promises and the like are left out, wherever they stand.
 * Typed arrays become arrays, NaN and infinities null, dates and maps what one expects. Arrays past `maxLength` are cut there.
 */
export function valuesToJson(values: Iterable<[string, unknown]>, {maxLength = 100_000, maxDepth = 8, maxLeaves = 2_000_000}: JsonLimits = {}): Record<string, unknown> {
  let leaves = 0;

  const convert = (value: unknown, depth: number, seen: object[]): unknown => {
    if (value === null || typeof value === "boolean" || typeof value === "string") return leaves++, value;
    if (typeof value === "number") return leaves++, Number.isFinite(value) ? value : null;
    if (typeof value === "bigint") return leaves++, String(value);
    if (typeof value !== "object" || depth > maxDepth || seen.includes(value) || leaves > maxLeaves) return leaveOut;
    if (isForeign(value)) return leaveOut;
    if (value instanceof Date) return value.toISOString();
    const path = [...seen, value];
    const inside = (item: unknown) => convert(item, depth + 1, path);
    if (ArrayBuffer.isView(value)) return value instanceof DataView ? leaveOut : convertList(Array.from(value as unknown as ArrayLike<number>), inside);
    if (Array.isArray(value)) return convertList(value, inside);
    if (value instanceof Set) return convertList([...value], inside);
    const entries = value instanceof Map ? [...value] : Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => [String(key), inside(item)]).filter(([, item]) => item !== leaveOut));
  };
  const convertList = (list: readonly unknown[], inside: (item: unknown) => unknown) =>
    list.slice(0, maxLength).map((item) => {
      const converted = inside(item);
      return converted === leaveOut ? null : converted;
    });

  return Object.fromEntries([...values].map(([name, value]) => [name, convert(value, 0, [])]).filter(([, value]) => value !== leaveOut));
}

/** Objects that stand for something outside: nodes, promises, generators, handles with methods. */
function isForeign(value: object) {
  if (typeof Node !== "undefined" && value instanceof Node) return true;
  if (value instanceof Promise || value instanceof ArrayBuffer) return true;
  if (ArrayBuffer.isView(value) || Array.isArray(value) || value instanceof Map || value instanceof Set || value instanceof Date) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype !== null && prototype !== Object.prototype) return true;
  return Object.values(value).some((item) => typeof item === "function");
}
