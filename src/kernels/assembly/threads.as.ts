// One job on several threads that share the memory. AssemblyScript, not TypeScript.
//
// A job is cut into parts, and whoever is free takes the next: a thread that wakes late delays nobody. The control block, in
// 32-bit words: [0] the job's number above 8 bits of the next part; [1] parts that are done; [2] the kernel; [3] the address of
// its arguments; [4] how many parts; [5] how many threads may take part.

/** Loads before a waiting thread sleeps: some 100 microseconds, longer than the JavaScript between two jobs. */
const SPINS: i32 = 100000;
/** Loads before who waits for the last parts sleeps, where that is allowed: longer than a part takes. */
const LAST_SPINS: i32 = 4 * SPINS;
/** How long it sleeps before it looks again, in ns. */
const NAP: i64 = 100000;

/** Set by each instance for itself. */
export let threadIndex: i32 = 0;
export let scratch: usize = 0;
let maySleep: bool = false;

/** The part of the job at hand, and how many there are. */
export let part: i32 = 0;
export let parts: i32 = 1;

export function configure(index: i32, scratchAddress: usize, sleeps: bool): void {
  threadIndex = index;
  scratch = scratchAddress;
  maySleep = sleeps;
}

export function setPart(index: i32, count: i32): void {
  part = index;
  parts = count;
}

/** Offers a job to all threads; gives its number. Who comes late to the job before must find no part left while the block is written. */
export function offer(control: usize, kernel: i32, args: usize, count: i32, threads: i32): i32 {
  const before = atomic.load<i32>(control) & ~255;
  atomic.store<i32>(control, before | 255);
  store<i32>(control, kernel, 8);
  store<i32>(control, <i32>args, 12);
  store<i32>(control, count, 16);
  store<i32>(control, threads, 20);
  atomic.store<i32>(control, 0, 4);
  const job = before + 256;
  atomic.store<i32>(control, job);
  atomic.notify(control);
  return job;
}

/** Takes the next part of a job: its index, or -1 when none is left. What the block says of a job holds until all its parts are done. */
export function take(control: usize, job: i32, count: i32): i32 {
  while (true) {
    const word = atomic.load<i32>(control);
    const next = word & 255;
    if ((word & ~255) != job || next >= count) return -1;
    if (atomic.cmpxchg<i32>(control, word, word + 1) == word) return next;
  }
}

export function done(control: usize): void {
  atomic.add<i32>(control, 1, 4);
}

/**
 * Waits until all parts are done. What is left is under way, so it spins; but where that lasts, a thread with a part has lost its core, mostly to the page,
 * and this one's is left to them. The page's main thread may not sleep.
 */
export function finishAll(control: usize, count: i32): void {
  for (let spin = 0; spin < LAST_SPINS || !maySleep; spin++) if (atomic.load<i32>(control, 4) >= count) return;
  for (let finished = atomic.load<i32>(control, 4); finished < count; finished = atomic.load<i32>(control, 4)) atomic.wait<i32>(control + 4, finished, NAP);
}

/** Waits for another job than `seen` and returns its number: spins a while if it is patient, then sleeps. */
export function nextJob(control: usize, seen: i32, patient: bool): i32 {
  for (let spin = 0; patient && spin < SPINS; spin++) {
    const job = atomic.load<i32>(control) & ~255;
    if (job != seen) return job;
  }
  while (true) {
    const word = atomic.load<i32>(control);
    if ((word & ~255) != seen) return word & ~255;
    atomic.wait<i32>(control, word, -1);
  }
}

/** Where part `index` of `count` of `total` units begins. */
// @ts-ignore: decorator
@inline
export function partBegin(total: i32, index: i32, count: i32): i32 {
  return <i32>((<i64>total * <i64>index) / <i64>count);
}
