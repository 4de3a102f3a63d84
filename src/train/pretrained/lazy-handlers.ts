/** The handlers of pretrained models, whose code comes when the first of them is asked for: few notebooks do. */
import type {Handlers} from "../../rpc/port.ts";
import {remembered} from "../turns.ts";
import type {ModelServices} from "./handlers.ts";

/** The table of `modelHandlers`, by the same names. */
export function lazyModelHandlers(services: ModelServices): Handlers {
  const {get: loaded} = remembered(async (): Promise<Handlers> => (await import("./handlers.ts")).modelHandlers(services));
  const call = (name: string) => async (args: unknown, signal: AbortSignal) => (await loaded())[name](args, signal);
  const stream = (name: string) =>
    async function* (args: unknown, signal: AbortSignal) {
      yield* (await loaded())[name](args, signal) as AsyncGenerator<unknown>;
    };
  return {"models.keep": stream("models.keep"), "models.list": call("models.list"), "models.delete": call("models.delete"), "model.open": stream("model.open")};
}
