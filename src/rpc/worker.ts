/**
 * The life of a worker: its owner notices that it could not be loaded, stopped at an error of its own, or ended, and every call that waits for it is told.
 * A worker that ends by itself tells nobody; but a lock that it holds is free then.
 */
import {connect} from "./connect.ts";
import type {Connection} from "./connect.ts";
import type {Endpoint, Handlers} from "./endpoint.ts";
import {serve} from "./serve.ts";

/** What a worker says when it serves. */
interface Ready {
  ready: true;
  /** The lock that it holds as long as it lives; none where the page has no locks. */
  life?: string;
}

/** A worker as its owner needs it: `Worker` itself, or a test's. */
export type WorkerLike = Endpoint & {
  terminate(): void;
  addEventListener(type: "error" | "messageerror", listener: (event: Event) => void): void;
};

export interface WorkerConnection extends Connection {
  /** Ends the worker; what waits for it rejects. */
  terminate(): void;
}

interface SuperviseOptions {
  /** What people know it by, with its article: "the training worker". */
  name: string;
  /** Hears once, in a sentence, that the worker is gone, unless its owner ended it. */
  onDeath?(why: string): void;
  locks?: Pick<LockManager, "request">;
}

/** Connects to a new worker whose script calls `serveWorker`. */
export function superviseWorker(worker: WorkerLike, {name, onDeath, locks = globalThis.navigator?.locks}: SuperviseOptions): WorkerConnection {
  const connection = connect(worker);
  let isReady = false;
  let isOver = false;
  const over = (why: string) => {
    if (isOver) return false;
    isOver = true;
    worker.terminate();
    connection.end(why);
    return true;
  };
  const die = (what: string) => {
    const why = `${name[0].toUpperCase()}${name.slice(1)} ${what}. Run the cell again: another is started then.`;
    if (over(why)) onDeath?.(why);
  };
  worker.addEventListener("message", ({data}: MessageEvent<Partial<Ready> | undefined>) => {
    if (data?.ready !== true) return;
    isReady = true;
    if (data.life !== undefined) locks?.request(data.life, () => die("ended by itself")).catch(() => {});
  });
  worker.addEventListener("error", (event) => {
    const {message} = event as Partial<ErrorEvent>;
    // It is told here, and by those who waited; else it would count as the owner's own fault.
    event.preventDefault();
    if (isReady) die(`stopped at an error of its own (${message ?? "unknown"})`);
    else die(message ? `could not be started (${message})` : "could not be loaded: its file is missing, or the connection is");
  });
  worker.addEventListener("messageerror", () => die("sent what could not be unpacked, perhaps for want of memory"));
  return {...connection, terminate: () => void over(`${name} was ended`)};
}

/** Serves in a worker, for an owner that supervises it. */
export function serveWorker(handlers: Handlers): void {
  const scope = self as unknown as Endpoint;
  serve(scope, handlers);
  const ready = (life?: string) => scope.postMessage({ready: true, life} satisfies Ready);
  const {locks} = navigator;
  if (!locks) return ready();
  const life = `diagonal-worker-${crypto.randomUUID()}`;
  // Held until the worker is no more.
  locks.request(life, () => {
    ready(life);
    return new Promise<never>(() => {});
  }).catch(() => ready());
}
