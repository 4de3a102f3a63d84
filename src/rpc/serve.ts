/**
 * The answering side of a channel: a fixed table of handlers. Not a general object proxy: the far side can name a handler and nothing else, because it may be
 * foreign code.
 */
import {describeError, Transfer} from "./endpoint.ts";
import type {Endpoint, Handlers, Reply, Request} from "./endpoint.ts";
import type {Guard} from "./guard.ts";

interface Running {
  controller: AbortController;
  /** Lets the stream go on to its next value. */
  more?: () => void;
}

export interface ServeOptions {
  /** Bounds what the far side may ask at once; nothing is bounded without one. */
  guard?: Guard;
}

/** Answers the requests that arrive at `endpoint` from `handlers`; returns a function that stops answering and aborts what runs. */
export function serve(endpoint: Endpoint, handlers: Handlers, {guard}: ServeOptions = {}): () => void {
  const running = new Map<number, Running>();

  const send = (reply: Reply) => {
    if (reply.value instanceof Transfer) endpoint.postMessage({...reply, value: reply.value.value}, reply.value.transfer);
    else endpoint.postMessage(reply);
  };

  const answer = async ({id, kind, name, args}: Request, entry: Running) => {
    let leave = () => {};
    try {
      if (!Object.hasOwn(handlers, name!)) throw new RangeError(`no handler is called "${String(name).slice(0, 100)}"`);
      if (guard) leave = await guard.admit(kind === "stream", args, entry.controller.signal);
      const result = handlers[name!](args, entry.controller.signal);
      if (kind === "call") send({id, reply: "value", value: await result});
      else await sendAll(id, result as AsyncIterable<unknown>, entry);
    } catch (error) {
      send({id, reply: "error", value: describeError(error)});
    } finally {
      leave();
      running.delete(id);
    }
  };

  /** One value is sent for each that the reader asked for, so a slow reader is never flooded. */
  const sendAll = async (id: number, values: AsyncIterable<unknown>, entry: Running) => {
    const {signal} = entry.controller;
    for await (const value of values) {
      if (signal.aborted) break;
      send({id, reply: "next", value});
      await new Promise<void>((resolve) => {
        const goOn = () => {
          signal.removeEventListener("abort", goOn);
          resolve();
        };
        entry.more = goOn;
        signal.addEventListener("abort", goOn);
      });
    }
    send({id, reply: "end"});
  };

  const listener = (event: MessageEvent) => {
    // Counted before it is unpacked: a flood must cost next to nothing.
    const data = guard ? guard.read(event) : event.data;
    if (typeof data?.kind !== "string" || typeof data.id !== "number") return;
    if (data.kind === "abort") running.get(data.id)?.controller.abort();
    else if (data.kind === "more") running.get(data.id)?.more?.();
    else if ((data.kind === "call" || data.kind === "stream") && !running.has(data.id)) {
      const entry = {controller: new AbortController()};
      running.set(data.id, entry);
      void answer(data, entry);
    }
  };
  endpoint.addEventListener("message", listener);
  endpoint.start?.();
  return () => {
    endpoint.removeEventListener("message", listener);
    for (const {controller} of running.values()) controller.abort();
  };
}
