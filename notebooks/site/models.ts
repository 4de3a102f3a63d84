/** Pretrained models as cells see them. Fetching, keeping and running are the training worker's. */
import type {ModelSpec, Progress, RunInfo} from "../../src/train/protocol.ts";
import type {KeptModel} from "../../src/train/pretrained/model-store.ts";
import type {KeepRequest} from "../../src/train/pretrained/handlers.ts";
import type {Client} from "../../src/rpc/port.ts";
import type {Pairs} from "./diagonal.ts";
import type {Frame} from "./frame-globals.ts";
import {handleOf} from "./run-handle.ts";
import type {RunHandle} from "./run-handle.ts";

export interface Models {
  /**
   * Fetches a model by its name on the hub or its address, or takes dropped files, and keeps it under `name`. Yields progress, and last `{kept}`. Leaving the loop, or
   * aborting, stops; what came so far stays, and the next call goes on from there.
   */
  keep(name: string, options?: Omit<KeepRequest, "name"> & {signal?: AbortSignal}): AsyncIterable<Progress | {kept: KeptModel}>;
  list(): Promise<KeptModel[]>;
  delete(name: string): Promise<void>;
}

export function createModels(client: () => Client): Models {
  return {
    keep: (name, {signal, ...options} = {}) => client().stream("models.keep", {name, ...options}, {signal}),
    list: () => client().call("models.list"),
    delete: (name) => client().call("models.delete", {name})
  };
}

export interface OpenModelOptions extends Omit<ModelSpec, "name" | "pairs"> {
  pairs: Pairs;
  /** Hears how far the loading is. */
  onProgress?: (progress: Progress) => void;
  invalidation?: Promise<unknown>;
}

export async function openModelHandle({client}: Frame, name: string, {pairs, onProgress, invalidation, ...options}: OpenModelOptions): Promise<RunHandle> {
  const closing = new AbortController();
  invalidation?.then(() => closing.abort());
  const life = client.stream<Progress | RunInfo>("model.open", {...options, name, pairs: pairs.key}, {signal: closing.signal});
  for (;;) {
    const {value, done} = await life.next();
    if (done) throw new Error(`the opening of ${name} was cancelled`);
    if (!("id" in value)) {
      onProgress?.(value);
      continue;
    }
    // The stream stays open: while it is, the worker keeps the model.
    void life.next().catch(() => {});
    const goOn = () => Promise.reject(new Error(`${name} is a pretrained model: it is looked at here, not trained`));
    return handleOf({client, info: value, pairs, closing, goOn});
  }
}
