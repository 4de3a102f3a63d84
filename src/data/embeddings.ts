/**
 * Matrices that other programs made: embeddings, similarities, and the tables that say what their rows are. .npy, .npz,
 * .safetensors, .csv and .parquet. Computes nothing with them; all that a file claims is checked before memory is asked for.
 */
import {shown} from "../json.ts";
import {limits, past} from "../limits.ts";
import {openSafetensors} from "../tensor/safetensors.ts";
import {parseSeparated} from "./captions/text.ts";
import type {Bytes} from "./files/files.ts";
import {readNpy} from "./npy.ts";
import {readParquet} from "./parquet.ts";

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
  const tooLarge = past(limits.fileBytes, bytes.size);
  if (tooLarge) throw new Error(`${bytes.name} ${tooLarge}`);
  const start = await bytes.read(0, 9);
  const ascii = String.fromCharCode(...start);
  if (ascii.startsWith("\x93NUMPY")) return [readNpy(await bytes.read(0, bytes.size), bytes.name)];
  if (ascii.startsWith("PK")) return readNpz(bytes);
  if (ascii.startsWith("PAR1")) return readParquet(bytes);
  // Eight bytes of length, and its header begins.
  if (ascii[8] === "{") return readSafetensors(bytes);
  return [readCsvMatrix(new TextDecoder().decode(await bytes.read(0, bytes.size)), bytes.name)];
}

async function readNpz(bytes: Bytes): Promise<Matrix[]> {
  const {openZip} = await import("./files/zip.ts");
  const zip = await openZip(bytes);
  try {
    const members = zip.entries.filter(({path}) => path.endsWith(".npy"));
    if (members.length === 0) throw new Error(`${bytes.name} is a zip without .npy members: expected what numpy.savez writes`);
    const found: Matrix[] = [];
    for (const {path} of members) {
      const npy = await zip.read(path).catch((error: Error) => {
        throw new Error(`${bytes.name}: ${shown(path)} ${error.message}`);
      });
      found.push({...readNpy(npy, `${bytes.name}: ${path}`), name: path.replace(/\.npy$/, "")});
      checkNumbers(found, bytes.name);
    }
    return found;
  } finally {
    await zip.close();
  }
}

/** Every tensor of one or two dimensions; others are passed over. */
async function readSafetensors(bytes: Bytes): Promise<Matrix[]> {
  const file = await openSafetensors({byteLength: bytes.size, read: bytes.read.bind(bytes)}, bytes.name);
  const found: Matrix[] = [];
  for (const [name, {shape}] of file.entries) {
    const [rows = 0, width = 1] = shape;
    if (shape.length < 1 || shape.length > 2 || rows * width === 0) continue;
    const values = await file.values(name);
    found.push({name, values: values instanceof Float32Array ? values : Float32Array.from(values), rows, width});
    checkNumbers(found, bytes.name);
  }
  if (found.length === 0) throw new Error(`${bytes.name} holds no matrix: expected a tensor of one or two dimensions; it has ${[...file.entries.keys()].slice(0, 5).map(shown).join(", ") || "no tensors"}`);
  return found;
}

function checkNumbers(matrices: readonly Matrix[], name: string): void {
  const tooMany = past(limits.matrixNumbers, matrices.reduce((sum, {values}) => sum + values.length, 0));
  if (tooMany) throw new Error(`${name} ${tooMany}`);
}

/** Rows of numbers, with or without a header. Errors name the line. */
export function readCsvMatrix(text: string, name: string): Matrix {
  const separator = text.slice(0, 10_000).includes("\t") ? "\t" : ",";
  let rows = parseSeparated(text.replace(/^\uFEFF/, ""), separator, name);
  if (rows.length === 0) throw new Error(`${name} is empty: expected rows of numbers`);
  if (rows[0].fields.some((field) => !isNumber(field))) rows = rows.slice(1);
  if (rows.length === 0) throw new Error(`${name} has no rows of numbers: expected .npy, .npz, .safetensors or .parquet, or a table of numbers`);
  const width = rows[0].fields.length;
  const values = new Float32Array(rows.length * width);
  rows.forEach(({fields, line}, r) => {
    if (fields.length !== width) throw new Error(`${name}, line ${line}: ${fields.length} numbers, expected ${width} as in the first row`);
    fields.forEach((field, c) => {
      const value = field.trim() === "" ? NaN : Number(field);
      if (Number.isNaN(value)) throw new Error(`${name}, line ${line}: ${shown(field)} is no number; expected .npy, .npz, .safetensors or .parquet, or a table of numbers`);
      values[r * width + c] = value;
    });
  });
  return {name, values, rows: rows.length, width};
}

/** What the rows of a matrix are: a table with a header, one object a row, values as text; a cell that is missing is not there. Throws an Error naming the file. */
export function readIndexTable(text: string, name = "the table"): Record<string, string>[] {
  const clean = text.replace(/^\uFEFF/, "");
  const [header, ...rows] = parseSeparated(clean, clean.split("\n", 1)[0].includes("\t") ? "\t" : ",", name);
  if (!header || rows.length === 0) throw new Error(`${name} has no rows: expected a header, and a line for each row of the matrix`);
  const tooMany = past(limits.tableColumns, header.fields.length);
  if (tooMany) throw new Error(`${name} ${tooMany}`);
  const columns = header.fields.map((column) => column.trim());
  return rows.map(({fields}) => Object.fromEntries(fields.slice(0, columns.length).map((field, i) => [columns[i], field])));
}

const isNumber = (text: string) => text.trim() !== "" && !Number.isNaN(Number(text));
