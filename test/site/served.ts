/** What each worker really serves, seen in Node: its entry is loaded with a `serveWorker` that keeps the table. */
import {vi} from "vitest";
import type {Handlers} from "../../src/rpc/port.ts";

/** Loads a worker's entry. The test mocks `src/rpc/port.ts` with `keeping`. */
export async function servedBy(file: string): Promise<Handlers> {
  vi.stubGlobal("self", {location: {href: "https://site.example/workers/worker.js"}, name: "own", fetch: globalThis.fetch, addEventListener() {}, postMessage() {}});
  kept.length = 0;
  await import(/* @vite-ignore */ `../../notebooks/site/${file}`);
  if (kept.length !== 1) throw new Error(`${file} served ${kept.length} tables`);
  return kept[0];
}

const kept: Handlers[] = [];

/** The module that serves, with its tables kept and not served. */
export const keeping = async (original: () => Promise<unknown>) => ({...((await original()) as object), serveWorker: (handlers: Handlers) => void kept.push(handlers)});
