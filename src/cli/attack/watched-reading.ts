/** Reads hostile files in a process beside this one, and tells of each what became of it, how long it computed, and how much memory was taken at most. Linux. */
import {fork} from "node:child_process";
import type {ChildProcess} from "node:child_process";
import {readFileSync} from "node:fs";
import type {Outcome} from "./complaints.ts";
import type {HostileCase} from "./hostile-case.ts";
import type {HostileResult} from "./readers.ts";

/** "hung": it was killed after the most that it may take. "died": it ended by itself. */
export interface WatchedResult extends Outcome {
  cpuSeconds: number;
  /** Of the process so far. */
  peakBytes: number;
}

export interface WatchOptions {
  /** The bundle of child.ts. */
  program: string;
  /** Of the processor's time, which another program on the machine does not lengthen. */
  mostCpuSeconds?: number;
  /** For what waits for ever and computes nothing. */
  mostSeconds?: number;
}

type Answer = Pick<WatchedResult, "outcome"> & Partial<Omit<HostileResult, "outcome">>;

/** Yields a result a file, in their order; a process that was lost is begun anew. */
export async function* watchedReading(cases: AsyncIterable<HostileCase>, {program, mostCpuSeconds = 5, mostSeconds = 240}: WatchOptions): AsyncGenerator<WatchedResult> {
  let child: ChildProcess | undefined;
  try {
    for await (const one of cases) {
      child ??= await begun(program);
      const before = cpuSecondsOf(child.pid!);
      const answer = new Promise<Answer>((resolve) => {
        child!.once("message", (result) => resolve(result as HostileResult));
        child!.once("exit", () => resolve({outcome: "died"}));
      });
      child.send(one);
      const hung = watch(child.pid!, before + mostCpuSeconds, mostSeconds);
      const result = await Promise.race([answer, hung.happens]);
      hung.stop();
      const [cpuSeconds, peakBytes] = [cpuSecondsOf(child.pid!) - before, peakOf(child.pid!)];
      child.removeAllListeners();
      if (result.outcome === "hung") child.kill("SIGKILL");
      if (result.outcome === "hung" || result.outcome === "died") child = undefined;
      yield {said: [], ...result, case: one, cpuSeconds, peakBytes};
    }
  } finally {
    child?.kill("SIGKILL");
  }
}

async function begun(program: string): Promise<ChildProcess> {
  const child = fork(program, {serialization: "advanced", stdio: ["ignore", "ignore", "ignore", "ipc"]});
  await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", () => reject(new Error(`${program} ended before it began: bundle src/cli/attack/child.ts anew`)));
  });
  child.removeAllListeners();
  return child;
}

function watch(pid: number, mostCpu: number, mostSeconds: number) {
  const end = performance.now() + mostSeconds * 1000;
  let timer: NodeJS.Timeout;
  const happens = new Promise<{outcome: "hung"}>((resolve) => {
    timer = setInterval(() => (cpuSecondsOf(pid) > mostCpu || performance.now() > end) && resolve({outcome: "hung"}), 100);
  });
  return {happens, stop: () => clearInterval(timer)};
}

/** Hundredths of seconds, by all its threads; 0 once it is gone. Source: proc(5). */
function cpuSecondsOf(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).replace(/^.*\) /s, "").split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
