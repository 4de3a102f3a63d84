/** Whoever takes part: ours and the peers, all asked in the same way. */

/** What can be timed: a training step, or the embedding of the batch's images or captions. */
export type Task = "train" | "images" | "texts";

export interface Contender {
  /** As printed: "pytorch 1 thread". */
  name: string;
  backend: string;
  /** Starts with a preset's weights and batch; the losses of the first three steps. */
  start(preset: string): Promise<number[]>;
  /** Milliseconds of each of so many repetitions. */
  time(task: Task, repeats: number): Promise<number[]>;
  /** Most memory that it has held so far, in MB; absent where it cannot tell. */
  memoryMb?(): Promise<number>;
  close(): Promise<void>;
}

/** What a worker is told. */
export type Order = {start: string; contender: string} | {task: Task; repeats: number} | {products: number[][]} | {memory: true};

/** Answers a worker's orders in turn; what `handle` throws goes back as text. */
export function serveOrders(handle: (order: Order) => Promise<unknown>): void {
  let last: Promise<unknown> = Promise.resolve();
  globalThis.onmessage = ({data}: MessageEvent<Order>) => {
    last = last.then(() => handle(data)).then(
      (answer) => globalThis.postMessage({answer}),
      (error: Error) => globalThis.postMessage({error: error.stack ?? String(error)})
    );
  };
}
