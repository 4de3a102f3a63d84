/** What a notebook may ask about pretrained models: fetch and keep, list, delete, open as a run. */
import type {Handlers} from "../../rpc/port.ts";
import * as tf from "../../tensor/tf.ts";
import type {BackendChoice, ModelSpec, Progress, RunInfo} from "../protocol.ts";
import {memoryLimits} from "./memory.ts";
import {openModelStore} from "./model-store.ts";
import type {KeptModel} from "./model-store.ts";
import {keepModel, loadModel} from "./open-model.ts";
import type {PretrainedModel} from "./open-model.ts";
import type {GivenFile} from "./sources.ts";
import {waitingModel} from "./waiting-model.ts";
import {siteAddress} from "../open-pairs.ts";
import {progressQueue} from "../progress-queue.ts";

export interface ModelServices {
  /** Resolves when the backend is chosen. */
  ready(): Promise<BackendChoice>;
  /** Yields what is known of the model behind a run's handle, and ends and frees both when the signal comes. Throws where the set does not fit the model. */
  open(spec: ModelSpec, choice: BackendChoice, model: PretrainedModel, signal: AbortSignal): AsyncGenerator<RunInfo>;
}

/** What `models.keep` is asked. */
export interface KeepRequest {
  /** A name on the hub or an address; of dropped files, what they shall be called. */
  name: string;
  files?: GivenFile[];
  /** Where names are looked up, in place of huggingface.co. */
  hub?: string;
}

/**
 * - `models.keep` (stream): a KeepRequest -> progress, and last `{kept}`. Leaving the stream stops the fetching; what came stays, and is gone on with. Unless another
 *   pretrained model is open, which may leave no room for a second, the weights go to the backend as they arrive, and `model.open` finds them there.
 * - `models.list`, `models.delete` `{name}`
 * - `model.open` (stream): a ModelSpec -> progress, then a RunInfo; the model is freed when the stream is left.
 */
export function modelHandlers({ready, open}: ModelServices): Handlers {
  const waiting = waitingModel();
  let opened = 0;
  return {
    async *"models.keep"({name, files, hub}: KeepRequest, signal: AbortSignal): AsyncGenerator<Progress | {kept: KeptModel}> {
      const choice = await ready();
      const progress = progressQueue();
      waiting.free();
      const onLoaded = opened === 0 ? waiting.put : undefined;
      const keeping = keepModel(name, {given: files, hub, baseUrl: siteAddress(), store: await openModelStore(), limits: limitsOf(choice), signal, onProgress: progress.pass, onLoaded}).finally(progress.end);
      yield* progress.drain();
      yield {kept: await keeping};
    },
    "models.list": async () => (await openModelStore()).list(),
    async "models.delete"({name}: {name: string}) {
      waiting.free(name);
      await (await openModelStore()).delete(name);
    },

    async *"model.open"(spec: ModelSpec, signal: AbortSignal): AsyncGenerator<Progress | RunInfo> {
      const choice = await ready();
      opened++;
      try {
        const model = waiting.take(spec.name) ?? (yield* loaded(spec.name, choice, signal));
        try {
          yield* open(spec, choice, model, signal);
        } catch (error) {
          model.clip.dispose();
          throw error;
        }
      } finally {
        opened--;
      }
    }
  };
}

/** Yields progress, and returns the model. */
async function* loaded(name: string, choice: BackendChoice, signal: AbortSignal): AsyncGenerator<Progress, PretrainedModel> {
  const progress = progressQueue();
  const loading = loadModel(name, {store: await openModelStore(), limits: limitsOf(choice), signal, onProgress: progress.pass}).finally(progress.end);
  let isTaken = false;
  try {
    yield* progress.drain();
    const model = await loading;
    isTaken = true;
    return model;
  } finally {
    // Left while it loaded: the last of it may have come before the signal.
    if (!isTaken) void loading.then(({clip}) => clip.dispose(), () => {});
  }
}

/** One tensor on a graphics card may have what its device binds at once. */
function limitsOf({backend}: BackendChoice) {
  const device = backend === "webgpu" ? (tf.backend() as unknown as {device?: GPUDevice}).device : undefined;
  return memoryLimits(backend, {tensorBytes: device?.limits.maxStorageBufferBindingSize});
}
