/**
 * Loads the first pairs of a public data set from the Hugging Face datasets server, row by row, without an account.
 * Source: the server's "rows" endpoint, at most 100 rows a request.
 */
import {isObject, parseObject, shown} from "../json.ts";
import {limits} from "../limits.ts";
import {readAtMost, textAtMost} from "./files/read-at-most.ts";
import type {ImportOptions, ImportProgress} from "./import.ts";
import {keepPairs} from "./import.ts";
import type {Problem, Split} from "./pairs.ts";
import {splitNamed} from "./captions/table.ts";

/** Which rows of which data set; Flickr30k's public mirror unless given. */
export interface HubSource {
  server?: string;
  dataset?: string;
  config?: string;
  split?: string;
}

interface Row {
  row_idx: number;
  row: Record<string, unknown>;
}

interface HubPair {
  id: string;
  path: string;
  captions: string[];
  split: Split;
}

const rowsARequest = 100;

/** Imports the first `limit` pairs under `name`. Throws an Error in plain words when the server cannot be reached. */
export async function* importFromHub(
  {server = "https://datasets-server.huggingface.co", dataset = "lmms-lab/flickr30k", config = "default", split = "test"}: HubSource,
  options: ImportOptions & {limit: number; fetch?: typeof fetch}
): AsyncGenerator<ImportProgress> {
  const {name, sizePx, limit, storage, signal, fetch = globalThis.fetch.bind(globalThis)} = options;
  const pairs: HubPair[] = [];
  const problems: Problem[] = [];
  while (pairs.length < limit) {
    yield {stage: "reading", done: pairs.length, total: limit, note: `Asking ${new URL(server).host} for ${dataset}`};
    const offset = pairs.length + problems.length;
    const query = new URLSearchParams({dataset, config, split, offset: String(offset), length: String(Math.min(rowsARequest, limit - pairs.length))});
    const answer = await getJson<{rows?: Row[]; num_rows_total?: number}>(`${server}/rows?${query}`, {fetch, signal, server});
    const rows: unknown[] = Array.isArray(answer.rows) ? answer.rows : [];
    for (const row of rows) {
      const pair = isRow(row) ? pairOf(row) : ({what: `is ${shown(row)}, expected {row_idx, row}; it was left out`, kept: false} as const);
      if ("what" in pair) problems.push({...pair, where: dataset});
      else pairs.push(pair);
    }
    // A server may give rows without end, none of them of use.
    if (problems.length > limits.problems.most) break;
    if (rows.length === 0 || offset + rows.length >= (answer.num_rows_total ?? Infinity)) break;
  }
  if (pairs.length === 0) throw new Error(`${dataset} gave no rows with an image and captions${problems.length > 0 ? `; the first one ${problems[0].what}` : ""}`);
  // Everything comes from one split of theirs: a tenth for validation and for tests, by place.
  if (pairs.every((pair) => pair.split === pairs[0].split)) pairs.forEach((pair, i) => (pair.split = i % 10 === 8 ? "val" : i % 10 === 9 ? "test" : "train"));
  const read = async ({id, path}: HubPair) => readAtMost((await get(path, {fetch, signal, server})).body ?? new Blob([]).stream(), limits.imageBytes, id);
  yield* keepPairs(pairs, {...options, note: `${dataset}, from ${new URL(server).host}`, problems, whereOf: ({id}) => `${dataset}/${id}`, read, writer: await storage.create(name, {sizePx, images: pairs.length})});
}

const isRow = (row: unknown): row is Row => isObject(row) && isObject(row.row) && Number.isSafeInteger(row.row_idx);

/** The image is the value with an address in `src`; captions are the longest list of texts, or a text by a telling name. */
function pairOf({row_idx, row}: Row): HubPair | Omit<Problem, "where"> {
  const image = Object.values(row).find((value): value is {src: string} => isObject(value) && typeof value.src === "string");
  const lists = Object.values(row).filter((value): value is string[] => Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === "string" && /\s/.test(text.trim())));
  const single = ["caption", "text", "sentence", "title"].map((key) => row[key]).find((value): value is string => typeof value === "string" && value.trim() !== "");
  const captions = (lists.sort((a, b) => b.length - a.length)[0] ?? (single ? [single] : [])).map((text) => text.trim()).filter((text) => text !== "");
  if (!image || captions.length === 0) return {line: row_idx + 1, what: `has ${image ? "no captions" : "no image"}; it was left out`, kept: false};
  const id = typeof row.filename === "string" ? row.filename : `row-${row_idx}`;
  return {id, path: image.src, captions, split: splitNamed(row.split) ?? "train"};
}

interface GetOptions {
  fetch: typeof fetch;
  signal?: AbortSignal;
  server: string;
}

async function getJson<T>(address: string, options: GetOptions): Promise<T> {
  const response = await get(address, options);
  const name = `the answer of ${new URL(options.server).host}`;
  return parseObject(await textAtMost(response.body ?? new Blob([]).stream(), limits.textBytes, name), {name}) as T;
}

/** A busy server (429, 5xx) is asked again, three times, waiting longer each time. */
async function get(address: string, {fetch, signal, server}: GetOptions): Promise<Response> {
  const host = new URL(server).host;
  for (let attempt = 0; ; attempt++) {
    const response = await fetch(address, {signal}).catch((error: Error) => {
      if (signal?.aborted) throw error;
      throw new Error(`${host} could not be reached: this needs a connection to the internet. What is kept in this browser works without one, and so do the postcards.`);
    });
    if (response.ok) return response;
    if ((response.status !== 429 && response.status < 500) || attempt === 3) {
      const said = await response.json().then((body: {error?: string}) => body.error, () => undefined);
      throw new Error(`${host} refused (${response.status})${said ? `: ${said}` : ""}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
  }
}
