/** What the data tests reach in a page: the same functions that the site wires to its notebooks. Not part of the site. */
import {decodeInBrowser} from "../../../src/data/decode.ts";
import {filesOfInput} from "../../../src/data/drop.ts";
import type {ImportProgress} from "../../../src/data/import.ts";
import {openPairs, postcards} from "../../../src/data/index.ts";
import {resizeAndCrop} from "../../../src/data/preprocess.ts";
import type {openStored} from "../../../src/data/storage.ts";
import {superviseWorker} from "../../../src/rpc/port.ts";

const worker = superviseWorker(new Worker("./decode-worker.js", {type: "module"}), {name: "the worker that imports pairs"});

async function hash(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Runs an import to its end; tells what was said on the way. */
async function follow(name: string, args: unknown) {
  const stages: string[] = [];
  let last: ImportProgress | undefined;
  try {
    for await (const progress of worker.stream<ImportProgress>(name, args)) {
      last = progress;
      if (stages.at(-1) !== progress.stage) stages.push(progress.stage);
    }
  } catch (error) {
    return {stages, error: `${(error as Error).name}: ${(error as Error).message}`};
  }
  return {stages, last};
}

const api = {
  hash,
  follow,
  chosen: () => filesOfInput(document.querySelector("input")!),
  list: () => worker.call<{keptIn: string; sets: {name: string}[]}>("data/list"),
  delete: (name: string) => worker.call<void>("data/delete", {name}),
  async openInWorker(name: string) {
    const set = await worker.call<Awaited<ReturnType<typeof openStored>>>("data/open", {name});
    return {ids: set.ids, captions: set.captions, splits: set.splits, sizePx: set.sizePx, hash: await hash(set.pixels)};
  },
  async open(name: string, options = {}) {
    const set = await openPairs(name, options);
    return {ids: set.ids, captions: set.captions, splits: set.splits, sizePx: set.sizePx, hash: await hash(set.pixels), problems: set.problems};
  },
  async postcardsHash(options: object) {
    const set = postcards(options);
    return hash(set.pixels);
  },
  async decode(bytes: number[], sizePx: number) {
    const image = await decodeInBrowser(Uint8Array.from(bytes));
    return {width: image.width, height: image.height, hash: await hash(image.rgb), rgb: image.rgb.length < 60_000 ? [...image.rgb] : [], square: await hash(resizeAndCrop(image, sizePx))};
  }
};
(globalThis as unknown as {data: typeof api}).data = api;
