/** Whose turn it is in a worker: work that must not overlap, and a pause in which messages are heard. */

/** Runs pieces of work one after another, in the order in which they were asked for; an error in one leaves the others alone. */
export class Queue {
  private last: Promise<unknown> = Promise.resolve();

  add<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => {});
    return result;
  }

  /** Resolves when everything asked for so far is done. */
  async empty(): Promise<void> {
    await this.last;
  }
}

/** Work that is done once, when first asked for, and its result remembered; a failure is not: whoever asks next tries again. */
export function remembered<T>(work: () => Promise<T>): {get(): Promise<T>; become(other: () => Promise<T>): Promise<T>} {
  let result: Promise<T> | undefined;
  const become = (other: () => Promise<T>) => {
    const mine = (async () => other())();
    result = mine;
    mine.catch(() => result === mine && (result = undefined));
    return mine;
  };
  return {get: () => result ?? become(work), become};
}

/** Wakes all who wait for it. */
export class Bell {
  private readonly waiting = new Set<() => void>();

  ring(): void {
    for (const wake of [...this.waiting]) wake();
  }

  /** Resolves when it rings next, or when `signal` aborts. */
  next(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.waiting.delete(done);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      this.waiting.add(done);
      signal?.addEventListener("abort", done);
    });
  }
}

/** Resolves in a task of its own, so that waiting messages come first. A message channel is not slowed down in hidden tabs, as timers are. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const {port1, port2} = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
