/** Image embeddings that another program made, from a file, matched to a set's pictures by their names. Computes nothing. */
import {shown} from "../json.ts";
import {limits} from "../limits.ts";
import {readIndexTable, readMatrices} from "../data/embeddings.ts";
import type {Matrix} from "../data/embeddings.ts";
import {readAtMost} from "../data/files/read-at-most.ts";
import type {PairSet} from "../data/pairs.ts";

export interface FileFeatures {
  /**
   * The rows of the set whose picture has an embedding, and those embeddings, in the same order, [rows.length, width].
   * @throws Error with an example of both kinds of names where none match.
   */
  match(pairs: Pick<PairSet, "ids" | "name">): {rows: number[]; features: {data: Float32Array; width: number}};
}

interface Context {
  baseUrl: string;
  signal?: AbortSignal;
}

/**
 * Reads the matrix and its table, a header and a line for each row of the matrix; a column "row" (from 0) overrides the order of the lines.
 * @throws Error naming the address that could not be read, or a line that contradicts the matrix.
 */
export async function openFileFeatures({address, index}: {address: string; index?: string}, context: Context): Promise<FileFeatures> {
  const bytes = await read(address, context, "a matrix of embeddings");
  const [matrix] = await readMatrices({name: address, size: bytes.length, read: async (start, end) => bytes.subarray(start, end)});
  const where = index ?? address.replace(/[^/]*$/, "index.csv");
  const table = readIndexTable(new TextDecoder().decode(await read(where, context, "the table that says which picture each row is of")), where);
  return {match: (pairs) => match(pairs, matrix, table, where)};
}

function match({ids, name}: Pick<PairSet, "ids" | "name">, {values, rows: count, width, name: matrix}: Matrix, table: Record<string, string>[], where: string) {
  const rowOf = new Map(ids.map((id, row) => [plain(id), row]));
  const column = bestColumn(table, rowOf);
  if (!column) throw new Error(`no picture of ${name} is named in ${where}: it has names such as [${Object.values(table[0]).slice(0, 4).map(shown).join(", ")}], the set such as ${shown(ids[0])}`);
  const found = new Map<number, number>();
  table.forEach((line, i) => {
    const row = rowOf.get(plain(line[column]));
    const told = Object.hasOwn(table[0], "row") ? (line["row"] ?? "").trim() : String(i);
    if (row === undefined || found.has(row)) return;
    const at = /^\d+$/.test(told) ? Number(told) : NaN;
    if (!(at < count)) throw new Error(`${where}, line ${i + 2}: row ${told === "" ? "(left out)" : told.slice(0, 20)} is not in ${matrix}, which has ${count} rows; expected one from 0 to ${count - 1}`);
    if (!values.subarray(at * width, (at + 1) * width).every(Number.isFinite)) throw new Error(`${matrix}, row ${at}: a number of it is not finite; expected an embedding of finite numbers`);
    found.set(row, at);
  });
  const rows = [...found.keys()].sort((a, b) => a - b);
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, i) => data.set(values.subarray(found.get(row)! * width, (found.get(row)! + 1) * width), i * width));
  return {rows, features: {data, width}};
}

/** The column that names most of the pictures; undefined where none names any. */
function bestColumn(table: Record<string, string>[], rowOf: ReadonlyMap<string, number>): string | undefined {
  const hits = new Map<string, number>();
  for (const line of table) for (const [column, text] of Object.entries(line)) if (rowOf.has(plain(text))) hits.set(column, (hits.get(column) ?? 0) + 1);
  return [...hits].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** A picture's name without folders and ending. */
const plain = (name = "") => name.replace(/^.*\//, "").replace(/\.(jpe?g|png|webp|gif)$/i, "");

async function read(address: string, {baseUrl, signal}: Context, what: string): Promise<Uint8Array> {
  const response = await fetch(new URL(address, baseUrl), {signal}).catch((error: Error) => {
    throw new Error(`${address} could not be read: ${signal?.aborted ? error.message : "there is no connection"}; expected ${what} there`);
  });
  if (!response.ok) throw new Error(`${address} could not be read (${response.status}): expected ${what} there`);
  return readAtMost(response.body ?? new Blob([]).stream(), limits.fileBytes, address);
}
