/**
 * Fetches one large file in ranges into a place that can be gone on with: a dropped connection costs what was under way, a closed page nothing that
 * was written. What is damaged is never kept.
 */
import {sha256} from "../../storage/sha256.ts";
import type {Sha256} from "../../storage/sha256.ts";

/** Where a download goes, and how it stands. */
export interface DownloadPlace {
  /** Bytes that are there already, from the beginning of the file. */
  size(): Promise<number>;
  /** Of which version of the file they are: what `tag` was last told. */
  tag(): Promise<string | undefined>;
  begin(tag: string): Promise<void>;
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** `room` is where they may be put, of at least their length. */
  read(begin: number, end: number, room?: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
  /** Lets go of the place; what was written stays. */
  close(): Promise<void>;
  remove(): Promise<void>;
}

export interface DownloadOptions {
  place: DownloadPlace;
  /** What the file should have, where somebody said so. */
  sizeBytes?: number;
  sha256Hex?: string;
  rangeBytes?: number;
  signal?: AbortSignal;
  onProgress?(what: "fetching" | "checking", done: number, total: number): void;
  fetch?: typeof fetch;
  /** Waits so many milliseconds; injected so that tests need not wait. */
  wait?(ms: number): Promise<void>;
  /** A connection on which nothing comes for so long is given up and made anew. */
  silenceMs?: number;
}

/** In a row, without a byte between them. */
const failuresAllowed = 5;

/** The answer was understood, and trying again would not help. */
class Refusal extends Error {}

/**
 * Resolves with the file's size when all of it is there and right. Rejects with one sentence for people; unless that says the file is damaged, what came so
 * far stays, and a later call goes on from there.
 */
export async function download(url: string, {place, sizeBytes, sha256Hex, rangeBytes = 16 << 20, signal, onProgress, fetch = globalThis.fetch.bind(globalThis), wait = sleep, silenceMs = 30_000}: DownloadOptions): Promise<number> {
  const host = new URL(url).host;
  let at = await place.size();
  let total = sizeBytes;
  let failures = 0;
  let last: Error | undefined;
  let hashed: Hashed = {hash: sha256(), bytes: 0};
  const begin = (tag: string) => {
    hashed = {hash: sha256(), bytes: 0};
    return place.begin(tag);
  };
  while (total === undefined || at < total) {
    signal?.throwIfAborted();
    const before = at;
    try {
      const until = Math.min(at + rangeBytes, total ?? Infinity);
      const answer = await ask(url, {from: at, until, fetch, signal, silenceMs});
      if (answer.total !== undefined && sizeBytes !== undefined && answer.total !== sizeBytes) {
        throw new Refusal(`${host} has a file of ${answer.total.toLocaleString("en")} bytes where ${sizeBytes.toLocaleString("en")} were announced: it was changed, or is the wrong one`);
      }
      if (answer.ended && total !== undefined) throw new Damage(`${host} announced ${total.toLocaleString("en")} bytes and has only ${at.toLocaleString("en")}: nothing was kept`);
      // Another file than the one that was begun, or one that is only given whole: from the beginning.
      if (at > 0 && (answer.from !== at || (answer.tag !== (await place.tag()) && answer.tag !== ""))) {
        at = 0;
        if (answer.from !== 0) {
          await answer.body.cancel();
          await begin(answer.tag);
          continue;
        }
      }
      if (at === 0) await begin(answer.tag);
      total = answer.total ?? total;
      at = await take(answer.body, {place, at, limit: answer.until ?? total, silenceMs, host, hashed: sha256Hex === undefined ? undefined : hashed, onBytes: (done) => onProgress?.("fetching", done, total ?? 0)});
      // The server never said how much there is: a range that comes short is the last.
      if (total === undefined && !(answer.partial && at - before === rangeBytes)) total = at;
    } catch (error) {
      if (signal?.aborted || error instanceof Refusal) {
        if (error instanceof Damage) await place.remove();
        throw error;
      }
      last = error as Error;
      at = await place.size();
    }
    failures = at > before ? 0 : failures + 1;
    if (failures === failuresAllowed) throw new Error(`${host} could not be reached${at > 0 ? ` any more, after ${megabytes(at)}; what came is kept, and the next attempt goes on from there` : ": this needs a connection to the internet"} (${last?.message ?? "it sent nothing"}).`);
    if (failures > 0) await wait(250 * 2 ** failures);
  }
  await check(place, at, hashed, {sha256Hex, onProgress, signal});
  return at;
}

/** The hash of the file's first bytes, taken as they come. */
interface Hashed {
  hash: Sha256;
  bytes: number;
}

/** The bytes are not what they should be. */
class Damage extends Refusal {}

interface Answer {
  from: number;
  /** Not included; undefined where the server does not say. */
  until?: number;
  total?: number;
  /** There is nothing from there on. */
  ended?: boolean;
  /** It was asked for a range and gave one. */
  partial: boolean;
  /** Tells one version of the file from another; empty where the server gives none. */
  tag: string;
  body: ReadableStream<Uint8Array>;
}

async function ask(url: string, {from, until, fetch, signal, silenceMs}: {from: number; until: number; fetch: typeof globalThis.fetch; signal?: AbortSignal; silenceMs: number}): Promise<Answer> {
  const host = new URL(url).host;
  const silence = AbortSignal.timeout(silenceMs);
  const headers = {Range: `bytes=${from}-${until - 1}`};
  const giveUp = new AbortController();
  const tooSilent = () => giveUp.abort(new Error(`nothing came for ${silenceMs / 1000} seconds`));
  silence.addEventListener("abort", tooSilent);
  const response = await fetch(url, {headers, signal: signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal}).finally(() => silence.removeEventListener("abort", tooSilent));
  if (response.status === 404) throw new Refusal(`${host} has no file at ${new URL(url).pathname} (404).`);
  if ([401, 403].includes(response.status)) throw new Refusal(`${host} does not give ${new URL(url).pathname} to everyone (${response.status}): models behind a login cannot be fetched here. Download it, and drop the files on the page.`);
  if (response.status === 429 || response.status >= 500) throw new Error(`the server answered ${response.status}`);
  if (response.status === 416 && from > 0) return {from, total: from, ended: true, partial: true, tag: "", body: new Blob([]).stream()};
  if (!response.ok || !response.body) throw new Refusal(`${host} refused ${new URL(url).pathname} (${response.status}).`);
  const tag = response.headers.get("etag") ?? response.headers.get("last-modified") ?? "";
  const length = response.headers.get("content-length");
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
  // Another origin may show the answer and not the header that says which part it is.
  if (response.status === 206 && !range) return {from, until: length === null ? undefined : from + Number(length), partial: true, tag, body: response.body};
  if (!range) {
    // A compressed answer's length is not the file's.
    const total = length !== null && !response.headers.get("content-encoding") ? Number(length) : undefined;
    return {from: 0, until: total, total, partial: false, tag, body: response.body};
  }
  return {from: Number(range[1]), until: Number(range[2]) + 1, total: range[3] === "*" ? undefined : Number(range[3]), partial: true, tag, body: response.body};
}

interface TakeOptions {
  place: DownloadPlace;
  at: number;
  limit?: number;
  silenceMs: number;
  host: string;
  /** Goes on where the bytes do; those of a former attempt are left to the check at the end. */
  hashed?: Hashed;
  onBytes(done: number): void;
}

/** Writes what comes, as it comes; the place after it. A body cut off is no error here: who asks goes on from there. */
async function take(body: ReadableStream<Uint8Array>, {place, at, limit = Infinity, silenceMs, host, hashed, onBytes}: TakeOptions): Promise<number> {
  const reader = pieceReader(body);
  try {
    for (;;) {
      const value = await orSilence(reader.read(), silenceMs);
      if (!value) return at;
      if (at + value.length > limit) throw new Damage(`${host} sent more bytes than it announced: nothing was kept`);
      await place.write(value, at);
      if (hashed?.bytes === at) {
        hashed.hash.update(value);
        hashed.bytes += value.length;
      }
      at += value.length;
      onBytes(at);
    }
  } catch (error) {
    void reader.cancel().catch(() => {});
    throw error;
  }
}

/**
 * Reads a body's pieces into one buffer, used again for the next piece, so that a large file leaves nothing for the garbage collector; pieces as they come
 * where the browser cannot. Nothing is given at the end.
 */
function pieceReader(body: ReadableStream<Uint8Array>): {read(): Promise<Uint8Array | undefined>; cancel(): Promise<void>} {
  try {
    const reader = body.getReader({mode: "byob"});
    let room = new Uint8Array(1 << 20);
    const read = async () => {
      const {done, value} = await reader.read(room); // the room is the reader's until then
      if (done) return undefined;
      room = new Uint8Array(value.buffer);
      return value;
    };
    return {read, cancel: () => reader.cancel()};
  } catch {
    const reader = body.getReader();
    return {read: async () => (await reader.read()).value, cancel: () => reader.cancel()};
  }
}

async function orSilence<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(`nothing came for ${ms / 1000} seconds`)), ms)));
  return Promise.race([work, silence]).finally(() => clearTimeout(timer));
}

/** Hashes what was not hashed while it came, and compares. */
async function check(place: DownloadPlace, size: number, {hash, bytes}: Hashed, {sha256Hex, onProgress, signal}: Pick<DownloadOptions, "sha256Hex" | "onProgress" | "signal">): Promise<void> {
  if (sha256Hex === undefined) return;
  const step = 8 << 20;
  const room = new Uint8Array(bytes < size ? step : 0);
  for (let at = bytes; at < size; at += step) {
    signal?.throwIfAborted();
    hash.update(await place.read(at, Math.min(at + step, size), room));
    onProgress?.("checking", Math.min(at + step, size), size);
  }
  const found = hash.hex();
  if (found === sha256Hex) return;
  await place.remove();
  throw new Damage(`The file is damaged: its SHA-256 is ${found.slice(0, 16)}…, expected ${sha256Hex.slice(0, 16)}…; nothing was kept.`);
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const megabytes = (bytes: number) => `${(bytes / 1e6).toLocaleString("en", {maximumFractionDigits: bytes < 1e7 ? 1 : 0})} MB`;
