/**
 * Matrices that other programs made: embeddings, similarities, and the tables that say what their rows are. .npy, .npz,
 * .safetensors, .csv and .parquet. Computes nothing with them.
 */
import {parseSeparated} from "./captions/text.ts";
import type {Bytes} from "./files/files.ts";

export interface Matrix {
  /** The array's name in its file, or the file's. */
  name: string;
  /** [rows, width], row-major. */
  values: Float32Array;
  rows: number;
  width: number;
}

/**
 * Reads every matrix of a file, in its order; a vector becomes one column. The kind is told from the content. Throws an
 * Error naming the file when there is none.
 */
export async function readMatrices(bytes: Bytes): Promise<Matrix[]> {
  const start = await bytes.read(0, 8);
  const ascii = String.fromCharCode(...start);
  if (ascii.startsWith("\x93NUMPY")) return [readNpy(await bytes.read(0, bytes.size), bytes.name)];
  if (ascii.startsWith("PK")) return readNpz(bytes);
  if (ascii.startsWith("PAR1")) return readParquet(bytes);
  const headerBytes = new DataView(start.buffer, start.byteOffset).getUint32(0, true);
  if (start.length === 8 && headerBytes < bytes.size && String.fromCharCode((await bytes.read(8, 9))[0]) === "{") return readSafetensors(bytes, headerBytes);
  return [readCsvMatrix(new TextDecoder().decode(await bytes.read(0, bytes.size)), bytes.name)];
}

/** NumPy's format, versions 1 to 3; numbers of any kind become float32. Source: numpy.lib.format. */
export function readNpy(bytes: Uint8Array, name: string): Matrix {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6] >= 2;
  const headerBytes = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const begin = (wide ? 12 : 10) + headerBytes;
  const header = new TextDecoder("latin1").decode(bytes.subarray(wide ? 12 : 10, begin));
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1].split(",").map((part) => part.trim()).filter((part) => part !== "").map(Number);
  if (!descr || !shape) throw new Error(`${name} is an .npy file whose header cannot be read: ${header.slice(0, 80)}`);
  if (shape.length === 0 || shape.length > 2) throw new Error(`${name} has the shape (${shape.join(", ")}): expected a matrix or a vector`);
  const [rows, width] = [shape[0], shape[1] ?? 1];
  const values = readNumbers(view, begin, rows * width, descr, name);
  if (!/'fortran_order':\s*True/.test(header) || width === 1) return {name, values, rows, width};
  const turned = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < width; c++) turned[r * width + c] = values[c * rows + r];
  return {name, values: turned, rows, width};
}

async function readNpz(bytes: Bytes): Promise<Matrix[]> {
  const {openZip} = await import("./files/zip.ts");
  const zip = await openZip(bytes);
  const members = zip.entries.filter(({path}) => path.endsWith(".npy"));
  if (members.length === 0) throw new Error(`${bytes.name} is a zip without .npy members`);
  const found: Matrix[] = [];
  for (const {path} of members) found.push(readNpy(await zip.read(path), path.replace(/\.npy$/, "")));
  await zip.close();
  return found;
}

/** Every float tensor of one or two dimensions; others are passed over. Source: the safetensors format. */
async function readSafetensors(bytes: Bytes, headerBytes: number): Promise<Matrix[]> {
  const header = JSON.parse(new TextDecoder().decode(await bytes.read(8, 8 + headerBytes))) as Record<string, {dtype: string; shape: number[]; data_offsets: [number, number]}>;
  const types: Record<string, string> = {F16: "<f2", BF16: "bf", F32: "<f4", F64: "<f8", I32: "<i4", U8: "|u1"};
  const found: Matrix[] = [];
  for (const [name, {dtype, shape, data_offsets: [from, to]}] of Object.entries(header)) {
    if (name === "__metadata__" || !types[dtype] || shape.length < 1 || shape.length > 2) continue;
    const data = await bytes.read(8 + headerBytes + from, 8 + headerBytes + to);
    const [rows, width] = [shape[0], shape[1] ?? 1];
    found.push({name, values: readNumbers(new DataView(data.buffer, data.byteOffset, data.byteLength), 0, rows * width, types[dtype], `${bytes.name}: ${name}`), rows, width});
  }
  if (found.length === 0) throw new Error(`${bytes.name} holds no matrix: its tensors are ${Object.keys(header).slice(0, 5).join(", ")}`);
  return found;
}

/** Columns of numbers, or of lists of numbers of one length. */
async function readParquet(bytes: Bytes): Promise<Matrix[]> {
  const {parquetReadObjects} = await import("hyparquet");
  const file = {byteLength: bytes.size, slice: async (start: number, end = bytes.size) => new Uint8Array(await bytes.read(start, end)).buffer};
  const rows = await parquetReadObjects({file}).catch((error: Error) => {
    const hint = /compression codec/.test(error.message) ? "; write it with Snappy, which pyarrow, pandas and the hub use by themselves, or uncompressed" : "";
    throw new Error(`${bytes.name} begins like Parquet but cannot be read: ${error.message}${hint}`);
  });
  const found: Matrix[] = [];
  for (const [name, first] of Object.entries(rows[0] ?? {})) {
    const width = typeof first === "number" ? 1 : isNumbers(first) ? first.length : 0;
    if (width === 0) continue;
    const values = new Float32Array(rows.length * width);
    rows.forEach((row, r) => {
      const value = (row as Record<string, unknown>)[name];
      const list = typeof value === "number" ? [value] : value;
      if (!isNumbers(list) || list.length !== width) throw new Error(`${bytes.name}, row ${r + 1}: column "${name}" has ${isNumbers(list) ? list.length : "no"} numbers, expected ${width} as in the first row`);
      values.set(Array.from(list), r * width);
    });
    found.push({name, values, rows: rows.length, width});
  }
  if (found.length === 0) throw new Error(`${bytes.name} has no column of numbers: its columns are ${Object.keys(rows[0] ?? {}).join(", ")}`);
  return found;
}

const isNumbers = (value: unknown): value is ArrayLike<number> => (Array.isArray(value) && value.every((v) => typeof v === "number")) || (ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof BigInt64Array));

/** Rows of numbers, with or without a header. Errors name the line. */
export function readCsvMatrix(text: string, name: string): Matrix {
  const separator = text.slice(0, 10_000).includes("\t") ? "\t" : ",";
  let rows = parseSeparated(text.replace(/^\uFEFF/, ""), separator);
  if (rows.length === 0) throw new Error(`${name} is empty: expected rows of numbers`);
  if (rows[0].fields.some((field) => !isNumber(field))) rows = rows.slice(1);
  const width = rows[0]?.fields.length ?? 0;
  const values = new Float32Array(rows.length * width);
  rows.forEach(({fields, line}, r) => {
    if (fields.length !== width) throw new Error(`${name}, line ${line}: ${fields.length} numbers, expected ${width} as in the first row`);
    fields.forEach((field, c) => {
      if (!isNumber(field)) throw new Error(`${name}, line ${line}: "${field.slice(0, 40)}" is no number`);
      values[r * width + c] = Number(field);
    });
  });
  if (rows.length === 0) throw new Error(`${name} has a header and no rows of numbers`);
  return {name, values, rows: rows.length, width};
}

/** What the rows of a matrix are: a table with a header, one object a row, values as text. */
export function readIndexTable(text: string): Record<string, string>[] {
  const clean = text.replace(/^\uFEFF/, "");
  const [header, ...rows] = parseSeparated(clean, clean.split("\n", 1)[0].includes("\t") ? "\t" : ",");
  return rows.map(({fields}) => Object.fromEntries((header?.fields ?? []).map((name, i) => [name.trim(), fields[i] ?? ""])));
}

const isNumber = (text: string) => text.trim() !== "" && !Number.isNaN(Number(text));

function readNumbers(view: DataView, begin: number, count: number, descr: string, name: string): Float32Array {
  const little = descr[0] !== ">";
  const kind = descr.replace(/^[<>|=]/, "");
  const readers: Record<string, [bytes: number, read: (at: number) => number]> = {
    f2: [2, (at) => half(view.getUint16(at, little))],
    bf: [2, (at) => bfloat(view.getUint16(at, true))],
    f4: [4, (at) => view.getFloat32(at, little)],
    f8: [8, (at) => view.getFloat64(at, little)],
    i1: [1, (at) => view.getInt8(at)],
    u1: [1, (at) => view.getUint8(at)],
    b1: [1, (at) => view.getUint8(at)],
    i2: [2, (at) => view.getInt16(at, little)],
    i4: [4, (at) => view.getInt32(at, little)],
    i8: [8, (at) => Number(view.getBigInt64(at, little))]
  };
  const reader = readers[kind];
  if (!reader) throw new Error(`${name} holds values of the type ${descr}: expected numbers (${Object.keys(readers).join(", ")})`);
  const [bytes, read] = reader;
  if (begin + count * bytes > view.byteLength) throw new Error(`${name} is cut off: ${count} values of ${bytes} bytes were announced, ${view.byteLength - begin} bytes are there`);
  return Float32Array.from({length: count}, (_, i) => read(begin + i * bytes));
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function bfloat(bits: number): number {
  return new Float32Array(new Uint32Array([bits << 16]).buffer)[0];
}
