/** Image embeddings that another program made, from a file, matched to a set's pictures by their names. Computes nothing. */
import {readIndexTable, readMatrices} from "../data/embeddings.ts";
import type {Matrix} from "../data/embeddings.ts";
import {blobBytes} from "../data/files/files.ts";
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
  const [matrix] = await readMatrices(blobBytes(await read(address, context, "a matrix of embeddings"), address));
  const where = index ?? address.replace(/[^/]*$/, "index.csv");
  const table = readIndexTable(await (await read(where, context, "the table that says which picture each row is of")).text());
  return {match: (pairs) => match(pairs, matrix, table, where)};
}

function match({ids, name}: Pick<PairSet, "ids" | "name">, {values, rows: count, width, name: matrix}: Matrix, table: Record<string, string>[], where: string) {
  const rowOf = new Map(ids.map((id, row) => [plain(id), row]));
  const column = bestColumn(table, rowOf);
  if (!column) throw new Error(`no picture of ${name} is named in ${where}: it has names such as ${JSON.stringify(Object.values(table[0] ?? {}))}, the set such as "${ids[0]}"`);
  const found = new Map<number, number>();
  table.forEach((line, i) => {
    const row = rowOf.get(plain(line[column]));
    const at = line["row"] === undefined ? i : Number(line["row"]);
    if (row === undefined || found.has(row)) return;
    if (!(Number.isInteger(at) && at >= 0 && at < count)) throw new Error(`${where}, line ${i + 2}: row ${line["row"] ?? i} is not in ${matrix}, which has ${count} rows`);
    found.set(row, at);
  });
  const rows = [...found.keys()].sort((a, b) => a - b);
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, i) => data.set(values.subarray(found.get(row)! * width, (found.get(row)! + 1) * width), i * width));
  return {rows, features: {data, width}};
}

/** The column that names most of the pictures; undefined where none names any. */
function bestColumn(table: Record<string, string>[], rowOf: ReadonlyMap<string, number>): string | undefined {
  const hits = Object.keys(table[0] ?? {}).map((column) => ({column, count: table.filter((line) => rowOf.has(plain(line[column]))).length}));
  const best = hits.sort((a, b) => b.count - a.count)[0];
  return best && best.count > 0 ? best.column : undefined;
}

/** A picture's name without folders and ending. */
const plain = (name = "") => name.replace(/^.*\//, "").replace(/\.(jpe?g|png|webp|gif)$/i, "");

async function read(address: string, {baseUrl, signal}: Context, what: string): Promise<Blob> {
  const response = await fetch(new URL(address, baseUrl), {signal}).catch((error: Error) => {
    throw new Error(`${address} could not be read: ${error.message}; expected ${what} there`);
  });
  if (!response.ok) throw new Error(`${address} could not be read (${response.status}): expected ${what} there`);
  return response.blob();
}
