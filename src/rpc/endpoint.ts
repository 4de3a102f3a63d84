/** What both ends of a channel share: how it is spoken over, what a handler is, and how an error crosses. */

/** Either end of a channel: a MessagePort, a Worker, or a worker's own global scope. */
export interface Endpoint {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  removeEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  start?(): void;
}

/** A handler answers with a value, a promise, or an async iterable (a stream). Wrap in `Transfer` what should move. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- arguments come from outside: kinds.ts checks those of the frame
export type Handler = (args: any, signal: AbortSignal) => unknown;
export type Handlers = Record<string, Handler>;

/** Marks a result whose buffers are moved to the other side instead of being copied. */
export class Transfer<T> {
  constructor(
    readonly value: T,
    readonly transfer: Transferable[]
  ) {}
}

export interface Request {
  id: number;
  kind: "call" | "stream" | "abort" | "more";
  name?: string;
  args?: unknown;
}

export interface Reply {
  id: number;
  reply: "value" | "next" | "end" | "error";
  value?: unknown;
}

/** An error as plain data, for the other side. */
export function describeError(error: unknown) {
  if (!(error instanceof Error)) return {name: "Error", message: String(error)};
  return {name: error.name, message: error.message, stack: error.stack, details: (error as {details?: unknown}).details};
}

/** The error that `describeError` told of. */
export function reviveError(value: unknown): Error {
  const {name, message, stack, details} = value as {name: string; message: string; stack?: string; details?: unknown};
  const error = new Error(message);
  error.name = name;
  if (stack) error.stack = stack;
  return details === undefined ? error : Object.assign(error, {details});
}
