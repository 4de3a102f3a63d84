/** One computation of one cell, which can be let go while it waits: see cells.ts for why. */

/** How long the end of an old generator is waited for, in milliseconds. */
const endLimitMs = 2000;
/** The message of the error with which a replaced run ends. */
export const staleMessage = "\u0000this run was replaced";

/** One computation of one variable. Ends when it is replaced. */
export class Run {
  readonly aborted: Promise<never>;
  isAborted = false;
  displayed = false;
  startedMs = 0;
  private reject!: (error: Error) => void;
  private invalidated: (() => void)[] = [];
  private generator?: Generator | AsyncGenerator;

  constructor() {
    this.aborted = new Promise((_, reject) => (this.reject = reject));
    this.aborted.catch(() => {});
  }

  invalidation() {
    return new Promise<void>((resolve) => (this.isAborted ? resolve() : this.invalidated.push(resolve)));
  }

  /** Lets the run go; resolves when its generator's `finally` is through, or has taken too long. */
  abort(reason = staleMessage): Promise<unknown> {
    if (this.isAborted) return Promise.resolve();
    this.isAborted = true;
    this.reject(new Error(reason));
    this.invalidated.forEach((resolve) => resolve());
    if (!this.generator) return Promise.resolve();
    const ended = Promise.resolve()
      .then(() => this.generator!.return(undefined))
      .catch(() => {});
    return Promise.race([ended, new Promise((resolve) => setTimeout(resolve, endLimitMs))]);
  }

  race<T>(value: T | PromiseLike<T>): Promise<Awaited<T>> {
    return Promise.race([value, this.aborted]) as Promise<Awaited<T>>;
  }

  /** Passes a generator on in a form that can be let go while it waits. */
  follow(value: unknown): unknown {
    if (!isGenerator(value)) return value;
    this.generator = value;
    return {
      next: (sent: unknown) => this.race(value.next(sent as never)),
      return: () => this.abort()
    };
  }
}

function isGenerator(value: unknown): value is Generator | AsyncGenerator {
  return typeof (value as Generator)?.next === "function" && typeof (value as Generator).return === "function";
}
