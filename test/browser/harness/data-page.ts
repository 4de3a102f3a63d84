/** What the data tests reach in a page: the same functions that the site wires to its notebooks. Not part of the site. */
import {decodeInBrowser} from "../../../src/data/decode.ts";
import {filesOfInput} from "../../../src/data/drop.ts";
import {dataHandlers} from "../../../src/data/handlers.ts";
import type {ImportProgress} from "../../../src/data/import.ts";
import {openPairs, postcards} from "../../../src/data/index.ts";
import {resizeAndCrop} from "../../../src/data/preprocess.ts";
import type {openStored} from "../../../src/data/storage.ts";
import {connect} from "../../../src/rpc/port.ts";
import type {Endpoint} from "../../../src/rpc/port.ts";

const services = dataHandlers(() => connect(new Worker("./decode-worker.js", {type: "module"}) as unknown as Endpoint));
const never = new AbortController().signal;

async function hash(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Runs an import to its end; tells what was said on the way. */
async function follow(name: string, args: unknown) {
  const stages: string[] = [];
  let last: ImportProgress | undefined;
  try {
    for await (const progress of services[name](args, never) as AsyncIterable<ImportProgress>) {
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
  list: () => services["data/list"]({}, never) as Promise<{keptIn: string; sets: {name: string}[]}>,
  delete: (name: string) => services["data/delete"]({name}, never) as Promise<void>,
  async openInWorker(name: string) {
    const set = (await services["data/open"]({name}, never)) as Awaited<ReturnType<typeof openStored>>;
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
