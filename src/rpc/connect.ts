/** The calling side of a channel whose other end is served (serve.ts). */
import {describeError, reviveError} from "./endpoint.ts";
import type {Endpoint, Reply, Request} from "./endpoint.ts";

export interface CallOptions {
  transfer?: Transferable[];
  /** Aborting a call rejects it at once; aborting a stream ends it. The other side is told, and stops. */
  signal?: AbortSignal;
}

export interface Client {
  /** Calls the handler `name` once. Rejects with an Error that carries the far side's message, name and stack. */
  call<T = unknown>(name: string, args?: unknown, options?: CallOptions): Promise<T>;
  /** Reads the stream of handler `name`; leaving the loop, or aborting, ends it on the far side as well. */
  stream<T = unknown>(name: string, args?: unknown, options?: CallOptions): AsyncIterableIterator<T>;
}

/** A client that knows when there is nobody left to answer. */
export interface Connection extends Client {
  /** Rejects everything that waits, and every later call, with `why`: a sentence that names what is gone. */
  end(why: string): void;
}

type Hear = (reply: Reply) => void;

/** Opens a channel. Whoever owns the far side calls `end` when it is gone: a port tells nobody. */
export function connect(endpoint: Endpoint): Connection {
  let lastId = 0;
  let gone: Error | undefined;
  const waiting = new Map<number, Hear>();
  endpoint.addEventListener("message", ({data}: MessageEvent) => {
    if (typeof data?.reply === "string") waiting.get(data.id)?.(data);
  });
  endpoint.start?.();

  const begin = (kind: Request["kind"], name: string, args: unknown, transfer: Transferable[], hear: Hear) => {
    if (gone) throw gone;
    const id = ++lastId;
    endpoint.postMessage({id, kind, name, args}, transfer);
    waiting.set(id, hear);
    return id;
  };
  const tell = (id: number, kind: Request["kind"]) => void (gone ?? endpoint.postMessage({id, kind}));

  return {
    call<T>(name: string, args?: unknown, {transfer = [], signal}: CallOptions = {}) {
      return new Promise<T>((resolve, reject) => {
        signal?.throwIfAborted();
        const id = begin("call", name, args, transfer, ({reply, value}) => {
          settle();
          if (reply === "error") reject(reviveError(value));
          else resolve(value as T);
        });
        const settle = () => {
          waiting.delete(id);
          signal?.removeEventListener("abort", abort);
        };
        const abort = () => {
          settle();
          tell(id, "abort");
          reject(signal!.reason as Error);
        };
        signal?.addEventListener("abort", abort);
      });
    },
    async *stream<T>(name: string, args?: unknown, {transfer = [], signal}: CallOptions = {}) {
      if (signal?.aborted) return;
      const queue: Reply[] = [];
      let wake = () => {};
      const hear = (reply: Reply) => {
        queue.push(reply);
        wake();
      };
      const id = begin("stream", name, args, transfer, hear);
      const abort = () => hear({id, reply: "end"});
      signal?.addEventListener("abort", abort);
      let isOver = false;
      try {
        while (true) {
          while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
          const {reply, value} = signal?.aborted ? {reply: "end"} : queue.shift()!;
          isOver = reply !== "next" && !signal?.aborted;
          if (reply === "end") return;
          if (reply === "error") throw reviveError(value);
          yield value as T;
          if (!signal?.aborted) tell(id, "more");
        }
      } finally {
        waiting.delete(id);
        signal?.removeEventListener("abort", abort);
        if (!isOver) tell(id, "abort");
      }
    },
    end(why) {
      if (gone) return;
      gone = new Error(why);
      for (const [id, hear] of [...waiting]) hear({id, reply: "error", value: describeError(gone)});
    }
  };
}
