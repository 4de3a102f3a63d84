// One job on several threads that share the memory. AssemblyScript, not TypeScript.
//
// The control block, in 32-bit words: [0] the job's number, raised to start it; [1] threads that have finished;
// [2] the kernel; [3] the address of its arguments; [4] how many threads take part; [5] 1 ends the threads.

/** Loads before a waiting thread sleeps: some 20 microseconds, longer than the JavaScript between two jobs. */
const SPINS: i32 = 20000;

/** Set by each instance for itself. */
export let threadIndex: i32 = 0;
export let threadCount: i32 = 1;
export let scratch: usize = 0;

export function configure(index: i32, scratchAddress: usize): void {
  threadIndex = index;
  scratch = scratchAddress;
}

export function setThreadCount(count: i32): void {
  threadCount = count;
}

/** Starts a job for the other threads. */
export function begin(control: usize, kernel: i32, args: usize, threads: i32): void {
  store<i32>(control, kernel, 8);
  store<i32>(control, <i32>args, 12);
  store<i32>(control, threads, 16);
  atomic.store<i32>(control, 0, 4);
  atomic.add<i32>(control, 1);
  atomic.notify(control);
}

/** Waits until the other threads have finished. Spins only: the page's main thread may not sleep, and jobs are short. */
export function finishAll(control: usize, others: i32): void {
  while (atomic.load<i32>(control, 4) < others) {}
}

/** Waits for the job after `seen` and returns its number: spins a while, then sleeps. */
export function nextJob(control: usize, seen: i32): i32 {
  for (let spin = 0; spin < SPINS; spin++) {
    const job = atomic.load<i32>(control);
    if (job != seen) return job;
  }
  while (atomic.load<i32>(control) == seen) atomic.wait<i32>(control, seen, -1);
  return atomic.load<i32>(control);
}

/** Where part `index` of `parts` of `total` units begins. */
// @ts-ignore: decorator
@inline
export function partBegin(total: i32, index: i32, parts: i32): i32 {
  return <i32>((<i64>total * <i64>index) / <i64>parts);
}
