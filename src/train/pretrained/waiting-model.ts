/** The model that was loaded while it was fetched, until somebody opens it: one at most, and not for long, as it holds the memory of all its weights. */
import type {PretrainedModel} from "./open-model.ts";

export interface WaitingModel {
  put(model: PretrainedModel): void;
  /** The model of that name, now the caller's to dispose; any other is freed. */
  take(name: string): PretrainedModel | undefined;
  /** Frees the model of that name, or whichever there is. */
  free(name?: string): void;
}

/** `restMs` is how long it waits: a page that uses what it fetched opens it as soon as its pictures are there. */
export function waitingModel({restMs = 120_000}: {restMs?: number} = {}): WaitingModel {
  let held: PretrainedModel | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const free = (name = held?.name) => {
    if (held?.name !== name) return;
    clearTimeout(timer);
    held?.clip.dispose();
    held = undefined;
  };
  return {
    put(model) {
      free();
      held = model;
      timer = setTimeout(() => free(), restMs);
    },
    take(name) {
      const model = held?.name === name ? held : undefined;
      if (model) held = undefined;
      clearTimeout(timer);
      free();
      return model;
    },
    free
  };
}
