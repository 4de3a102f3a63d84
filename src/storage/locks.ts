/** Who is writing: one at a time under a name, over all tabs and workers of the site where the browser has Web Locks, else in this page or worker alone. */

export type Release = () => void;

export interface Locks {
  /** Whether other tabs and workers are held off as well. */
  reachOthers: boolean;
  /** Takes the lock of `name`, waiting at most `patienceMs`; undefined where somebody else had it all that while. Freed by itself when the page or worker dies. */
  hold(name: string, patienceMs: number): Promise<Release | undefined>;
}

export function webLocks(manager: LockManager): Locks {
  return {
    reachOthers: true,
    hold: (name, patienceMs) =>
      new Promise((resolve, reject) => {
        const options = patienceMs > 0 ? {signal: AbortSignal.timeout(patienceMs)} : {ifAvailable: true};
        const held = (lock: Lock | null) => {
          if (lock) return new Promise<void>((release) => resolve(release));
          resolve(undefined);
        };
        manager.request(name, options, held).catch((error: Error) => (error.name === "TimeoutError" || error.name === "AbortError" ? resolve(undefined) : reject(error)));
      })
  };
}

/** Locks among those who share this object. */
export function ownLocks(): Locks {
  const waiting = new Map<string, Release[]>();
  const release = (name: string) => {
    const next = waiting.get(name)?.shift();
    if (next) next();
    else waiting.delete(name);
  };
  return {
    reachOthers: false,
    async hold(name, patienceMs) {
      let isHeld = true;
      const mine = () => {
        if (isHeld) release(name);
        isHeld = false;
      };
      const queue = waiting.get(name);
      if (!queue) {
        waiting.set(name, []);
        return mine;
      }
      if (patienceMs <= 0) return undefined;
      return new Promise((resolve) => {
        const take = () => {
          clearTimeout(timer);
          resolve(mine);
        };
        const timer = setTimeout(() => {
          queue.splice(queue.indexOf(take), 1);
          resolve(undefined);
        }, patienceMs);
        queue.push(take);
      });
    }
  };
}
