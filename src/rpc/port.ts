/**
 * Calls and streams over a MessagePort (or a Worker): a fixed table of handlers on one side, a client on the other.
 * Not a general object proxy: the far side can name a handler and nothing else, because it may be foreign code.
 */

/** Either end of a channel: a MessagePort, a Worker, or a worker's own global scope. */
export interface Endpoint {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  removeEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  start?(): void;
}

/** A handler answers with a value, a promise, or an async iterable (a stream). Wrap in `Transfer` what should move. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- arguments come from outside: each handler checks its own
export type Handler = (args: any, signal: AbortSignal) => unknown;
export type Handlers = Record<string, Handler>;

/** Marks a result whose buffers are moved to the other side instead of being copied. */
export class Transfer<T> {
  constructor(
    readonly value: T,
    readonly transfer: Transferable[]
  ) {}
}

export interface CallOptions {
  transfer?: Transferable[];
  signal?: AbortSignal;
}

export interface Client {
  /** Calls the handler `name` once. Rejects with an Error that carries the far side's message, name and stack. */
  call<T = unknown>(name: string, args?: unknown, options?: CallOptions): Promise<T>;
  /** Reads the stream of handler `name`; leaving the loop, or aborting, ends it on the far side as well. */
  stream<T = unknown>(name: string, args?: unknown, options?: CallOptions): AsyncIterableIterator<T>;
}

interface Request {
  id: number;
  kind: "call" | "stream" | "abort" | "more";
  name?: string;
  args?: unknown;
}

interface Reply {
  id: number;
  reply: "value" | "next" | "end" | "error";
  value?: unknown;
}

/** Answers the requests that arrive at `endpoint` from `handlers`; returns a function that stops answering. */
export function serve(endpoint: Endpoint, handlers: Handlers): () => void {
  const running = new Map<number, {controller: AbortController; more?: () => void}>();

  const send = (reply: Reply) => {
    if (reply.value instanceof Transfer) endpoint.postMessage({...reply, value: reply.value.value}, reply.value.transfer);
    else endpoint.postMessage(reply);
  };

  const answer = async ({id, kind, name, args}: Request) => {
    const controller = new AbortController();
    const entry: {controller: AbortController; more?: () => void} = {controller};
    running.set(id, entry);
    try {
      if (!Object.hasOwn(handlers, name!)) throw new RangeError(`no handler is called "${name}"`);
      const result = handlers[name!](args, controller.signal);
      if (kind === "call") send({id, reply: "value", value: await result});
      else {
        // One value is sent for each that the reader asked for, so a slow reader is never flooded.
        for await (const value of result as AsyncIterable<unknown>) {
          if (controller.signal.aborted) break;
          send({id, reply: "next", value});
          await new Promise<void>((resolve) => {
            entry.more = resolve;
            controller.signal.addEventListener("abort", () => resolve(), {once: true});
          });
        }
        send({id, reply: "end"});
      }
    } catch (error) {
      send({id, reply: "error", value: describeError(error)});
    } finally {
      running.delete(id);
    }
  };

  const listener = ({data}: MessageEvent) => {
    if (typeof data?.kind !== "string" || typeof data.id !== "number") return;
    if (data.kind === "abort") running.get(data.id)?.controller.abort();
    else if (data.kind === "more") running.get(data.id)?.more?.();
    else void answer(data);
  };
  endpoint.addEventListener("message", listener);
  endpoint.start?.();
  return () => {
    endpoint.removeEventListener("message", listener);
    for (const {controller} of running.values()) controller.abort();
  };
}

/** The calling side of a channel whose other end is `serve`d. */
export function connect(endpoint: Endpoint): Client {
  let lastId = 0;
  const waiting = new Map<number, (reply: Reply) => void>();
  endpoint.addEventListener("message", ({data}: MessageEvent) => {
    if (typeof data?.reply === "string") waiting.get(data.id)?.(data);
  });
  endpoint.start?.();

  return {
    call<T>(name: string, args?: unknown, {transfer = [], signal}: CallOptions = {}) {
      const id = ++lastId;
      return new Promise<T>((resolve, reject) => {
        waiting.set(id, ({reply, value}) => {
          waiting.delete(id);
          if (reply === "error") reject(reviveError(value));
          else resolve(value as T);
        });
        signal?.addEventListener("abort", () => endpoint.postMessage({id, kind: "abort"}), {once: true});
        endpoint.postMessage({id, kind: "call", name, args}, transfer);
      });
    },
    async *stream<T>(name: string, args?: unknown, {transfer = [], signal}: CallOptions = {}) {
      const id = ++lastId;
      const queue: Reply[] = [];
      let wake = () => {};
      waiting.set(id, (reply) => {
        queue.push(reply);
        wake();
      });
      const abort = () => {
        endpoint.postMessage({id, kind: "abort"});
        queue.push({id, reply: "end"});
        wake();
      };
      signal?.addEventListener("abort", abort, {once: true});
      endpoint.postMessage({id, kind: "stream", name, args}, transfer);
      try {
        while (true) {
          while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
          const {reply, value} = queue.shift()!;
          if (reply === "end") return;
          if (reply === "error") throw reviveError(value);
          yield value as T;
          endpoint.postMessage({id, kind: "more"});
        }
      } finally {
        waiting.delete(id);
        signal?.removeEventListener("abort", abort);
        endpoint.postMessage({id, kind: "abort"});
      }
    }
  };
}

function describeError(error: unknown) {
  if (!(error instanceof Error)) return {name: "Error", message: String(error)};
  return {name: error.name, message: error.message, stack: error.stack, details: (error as {details?: unknown}).details};
}

function reviveError(value: unknown) {
  const {name, message, stack, details} = value as {name: string; message: string; stack?: string; details?: unknown};
  const error = new Error(message);
  error.name = name;
  if (stack) error.stack = stack;
  return details === undefined ? error : Object.assign(error, {details});
}
