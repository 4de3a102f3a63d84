/** Matrices out of Parquet files, through hyparquet: columns of numbers, and of lists of numbers of one length. */
import {shown} from "../json.ts";
import {limits, past} from "../limits.ts";
import type {Matrix} from "./embeddings.ts";
import type {Bytes} from "./files/files.ts";
import {checkParquet} from "./parquet-check.ts";

/** Throws an Error that begins with the file's name where it cannot be read, or has no column of numbers. */
export async function readParquet(bytes: Bytes): Promise<Matrix[]> {
  const {parquetReadObjects, snappyUncompress} = await import("hyparquet");
  const whole = new Uint8Array(await bytes.read(0, bytes.size));
  let columns: string[];
  let rows: Record<string, unknown>[];
  try {
    columns = checkParquet(whole, snappyUncompress);
    const file = {byteLength: whole.length, slice: (start: number, end = whole.length) => whole.slice(start, end).buffer};
    rows = columns.length === 0 ? [] : await parquetReadObjects({file, columns});
  } catch (error) {
    throw new Error(`${bytes.name} begins like Parquet but cannot be read: ${reasonOf(error as Error)}`);
  }
  const found = Object.entries(rows[0] ?? {}).flatMap(([column, first]) => {
    const width = typeof first === "number" ? 1 : isNumbers(first) ? first.length : 0;
    return width === 0 ? [] : [matrixOf(rows, column, width, bytes.name)];
  });
  if (found.length === 0) throw new Error(`${bytes.name} has no column of numbers: expected one of numbers, or of lists of them; its columns are ${columns.slice(0, 8).map(shown).join(", ") || "of other kinds"}`);
  return found;
}

function matrixOf(rows: Record<string, unknown>[], column: string, width: number, name: string): Matrix {
  const tooMany = past(limits.matrixNumbers, rows.length * width);
  if (tooMany) throw new Error(`${name} ${tooMany}`);
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, r) => {
    const value = row[column];
    const list = typeof value === "number" ? [value] : value;
    if (!isNumbers(list) || list.length !== width) throw new Error(`${name}, row ${r + 1}: column ${shown(column)} has ${isNumbers(list) ? list.length : "no"} numbers, expected ${width} as in the first row`);
    values.set(Array.from(list), r * width);
  });
  return {name: column, values, rows: rows.length, width};
}

/** Ours are sentences; hyparquet's speak of its insides. */
function reasonOf({message}: Error): string {
  return message.startsWith("it ") ? message : "it is cut off or damaged, so write it anew";
}

const isNumbers = (value: unknown): value is ArrayLike<number> => (Array.isArray(value) && value.every((v) => typeof v === "number")) || (ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof BigInt64Array) && !(value instanceof BigUint64Array));
