/** On how many threads a kind of work is fastest, found out on the work itself: other programs come and go on the machine's cores. */
import {nativeKernels} from "./assembly/native.ts";

/** What a choice needs of the kernels. */
export interface Threads {
  /** Threads that there are, this one among them. */
  readonly available: number;
  /** How many may work on a job. */
  threads: number;
  /** Until when a core is left to the page, by the same clock. */
  sparingUntil: number;
}

/** Times that each number of threads has in a trial. */
const rounds = 3;
/** From one trial to the next: at least so long, and at least so many times as long as the trial took. */
const [everyMs, everyTrials] = [10_000, 20];
/** More threads must gain this much: they take cores from others. */
const worthwhile = 0.95;
/** The first pieces of work are not timed, for their code is still being compiled. */
const warmUp = 2;

/**
 * Chooses for one kind of work that is done again and again, such as a run's training step. Every few seconds it tries half as many threads and twice as many on the
 * next pieces of work; what else the kernels do in between is done on as many as were fastest. The numbers stay the same to the last bit, for jobs are cut for all threads whoever takes the parts.
 */
export class ThreadChoice {
  /** The fastest so far; all of them before the first trial. */
  private best?: number;
  /** Numbers of threads that the trial under way has still to time, and what it has timed. */
  private waiting: number[] = [];
  private readonly times = new Map<number, number[]>();
  private untimed = warmUp;
  private nextTrialMs = 0;

  constructor(private readonly kernels: () => Threads | undefined = nativeKernels, private readonly now = () => performance.now()) {}

  /** Does a piece of the work, which must be done when it returns; where our WebAssembly kernels have no threads, that is all. */
  do<T>(work: () => T): T {
    const kernels = this.kernels();
    if (!kernels || kernels.available === 1) return work();
    const beganMs = this.now();
    this.best ??= kernels.available;
    if (this.waiting.length === 0 && this.untimed === 0 && beganMs >= this.nextTrialMs) this.waiting = trialOf(this.best, kernels.available);
    const threads = this.waiting[0] ?? this.best;
    kernels.threads = threads;
    try {
      const made = work();
      // With a core left to the page, time tells nothing about the threads.
      if (kernels.sparingUntil <= beganMs) this.note(threads, beganMs);
      return made;
    } finally {
      kernels.threads = this.best;
    }
  }

  private note(threads: number, beganMs: number): void {
    if (this.untimed > 0) this.untimed--;
    if (this.waiting.length === 0) return;
    const tookMs = this.now() - beganMs;
    this.times.set(threads, [...(this.times.get(threads) ?? []), tookMs]);
    this.waiting.shift();
    if (this.waiting.length > 0) return;
    this.best = fastest(this.times);
    const trialMs = [...this.times.values()].flat().reduce((sum, ms) => sum + ms, 0);
    this.nextTrialMs = this.now() + Math.max(everyMs, everyTrials * trialMs);
    this.times.clear();
  }
}

/** The numbers of threads to time, in turns: up, down and up again, so that a machine that becomes slower wrongs none. */
function trialOf(best: number, available: number): number[] {
  const counts = [...new Set([Math.max(1, best >> 1), best, Math.min(available, 2 * best)])];
  return Array.from({length: rounds}, (_, round) => (round % 2 === 0 ? counts : [...counts].reverse())).flat();
}

/** By the median; more threads only where they gain enough. */
function fastest(times: Map<number, number[]>): number {
  const medians = [...times].sort(([a], [b]) => a - b).map(([threads, list]) => ({threads, ms: list.sort((a, b) => a - b)[list.length >> 1]}));
  return medians.reduce((best, other) => (other.ms < worthwhile * best.ms ? other : best)).threads;
}
