/** What takes long to measure, as cells ask for it: done in a worker of its own, while the page stays free. */
import type {CorruptionInput} from "../../src/evaluate/corruptions.ts";
import type {ProbeData} from "../../src/evaluate/linear-probe.ts";
import {frame} from "./frame-globals.ts";

export interface FewShotRequest {
  /** What is compared, on the same draws: features, and weights that the probe is held to, where there are any. */
  lines: {train: ProbeData; test: ProbeData; start?: Float32Array; C?: number}[];
  classes: number;
  labels?: readonly string[];
  /** Examples a class, and the seeds of the draws. */
  ks: readonly number[];
  seeds: readonly number[];
  /** See `fewShot`. */
  average?: "rows" | "classes";
}

export interface FewShotDone {
  /** Which of the lines, from 0. */
  line: number;
  k: number;
  seed: number;
  /** Of the test rows named right, or the mean of the classes' own shares. */
  accuracy: number;
}

export interface SweepRequest {
  train: ProbeData;
  /** Rows to be named, by what they are called in the answer. */
  sets: Record<string, ProbeData>;
  classes: number;
  labels?: readonly string[];
  /** Of C. */
  values: readonly number[];
  rounds?: number;
}

export interface SweepDone {
  C: number;
  /** Of each set, the share named right. */
  accuracy: Record<string, number>;
  rounds: number;
  converged: boolean;
}

export interface ProbeCell {
  /** Ends it when the cell runs again. */
  invalidation?: Promise<unknown>;
  /** Ends it when a person asks for that. */
  signal?: AbortSignal;
}

/** `fewShot` in a worker: an answer a fit. Ends early, without an error, where `signal` or `invalidation` ends it. */
export const fewShotInWorker = (request: FewShotRequest, cell?: ProbeCell) => answers<FewShotDone>("probe.fewShot", request, cell);

/** A probe a value of C in a worker: an answer each. Ends early, without an error, where `signal` or `invalidation` ends it. */
export const sweepInWorker = (request: SweepRequest, cell?: ProbeCell) => answers<SweepDone>("probe.sweep", request, cell);

/** `corrupt` in a worker. */
export const corruptInWorker = (request: CorruptionInput): Promise<Uint8Array> => frame().client.call<Uint8Array>("measure.corrupt", request);

async function* answers<T>(name: string, request: unknown, {invalidation, signal}: ProbeCell = {}): AsyncGenerator<T> {
  const ending = new AbortController();
  void invalidation?.then(() => ending.abort());
  if (signal?.aborted) return;
  signal?.addEventListener("abort", () => ending.abort(), {once: true});
  for await (const answer of frame().client.stream<T>(name, request, {signal: ending.signal})) {
    if (ending.signal.aborted) return;
    yield answer;
  }
}
