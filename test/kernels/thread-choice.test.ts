import {describe, expect, it} from "vitest";
import {ThreadChoice, type Threads} from "../../src/kernels/thread-choice.ts";

/** Kernels and a clock of the test's own: a piece of work takes what `tookMs` says of its number of threads. */
function machine(available: number, tookMs: (threads: number) => number) {
  const kernels: Threads = {available, threads: available, sparingUntil: 0};
  let nowMs = 0;
  const choice = new ThreadChoice(() => kernels, () => nowMs);
  const used: number[] = [];
  const step = () => choice.do(() => {
    used.push(kernels.threads);
    nowMs += machine.tookMs(kernels.threads);
    return "made";
  });
  const machine = {
    kernels,
    tookMs,
    /** The numbers of threads of so many pieces of work. */
    steps: (count: number) => (used.length = 0, Array.from({length: count}, step), [...used]),
    wait: (ms: number) => (nowMs += ms)
  };
  return machine;
}

describe("a choice of threads", () => {
  it("begins with all, times them in turns after a warm-up, and stays with the fastest", () => {
    const {steps, kernels} = machine(2, (threads) => (threads === 2 ? 6 : 10));
    expect(steps(9)).toEqual([2, 2, 1, 2, 2, 1, 1, 2, 2]);
    expect(steps(100)).toEqual(Array(100).fill(2));
    expect(kernels.threads).toBe(2);
  });

  it("takes fewer where more gain nothing, and more again when they do", () => {
    const all = machine(2, () => 10);
    all.steps(8);
    expect(all.steps(1)).toEqual([1]);
    expect(all.kernels.threads).toBe(1);
    all.tookMs = (threads) => 10 / threads;
    all.wait(10_000);
    expect(all.steps(7)).toEqual([1, 2, 2, 1, 1, 2, 2]);
  });

  it("climbs by halves and doubles to the best of many", () => {
    const {steps, wait} = machine(8, (threads) => Math.abs(threads - 2) + 10);
    steps(2);
    for (let trial = 0; trial < 3; trial++) steps(9), wait(60_000);
    expect(steps(1)).toEqual([1]); // a trial about 2 begins: 1, 2, 4
    expect(steps(8)).toEqual([2, 4, 4, 2, 1, 1, 2, 4]);
    expect(steps(1)).toEqual([2]);
  });

  it("is not led astray by a machine that slows down for a while, nor by one slow piece of work", () => {
    let piece = 0;
    const {steps} = machine(2, (threads) => (12 / threads) * (piece++ === 3 ? 30 : 1));
    steps(8);
    expect(steps(20)).toEqual(Array(20).fill(2));
  });

  it("tries nothing while a core is left to the page, and goes on with the trial afterwards", () => {
    const {steps, kernels} = machine(2, (threads) => 10 / threads);
    steps(3);
    kernels.sparingUntil = Infinity;
    const [first, ...others] = steps(6);
    expect(others).toEqual(Array(5).fill(first));
    kernels.sparingUntil = 0;
    expect(steps(6).slice(0, 5)).toEqual([2, 2, 1, 1, 2]);
  });

  it("takes no more than a small share of the time for its trials", () => {
    const {steps} = machine(2, (threads) => 1000 / threads);
    const tried = steps(400).filter((threads) => threads === 1).length;
    expect(tried).toBeGreaterThan(3); // it looks again
    expect((tried * 500) / (400 * 500)).toBeLessThan(0.04);
  });

  it("hands on what the work gives and throws, and leaves work alone where there is one thread", () => {
    const {kernels} = machine(2, () => 1);
    const choice = new ThreadChoice(() => kernels);
    expect(() => choice.do(() => { throw new Error("a cell's loss"); })).toThrow("a cell's loss");
    expect(kernels.threads).toBe(2);
    expect(new ThreadChoice(() => undefined).do(() => 3)).toBe(3);
    expect(new ThreadChoice(() => ({available: 1, get threads(): number { throw new Error("asked"); }, set threads(_: number) { throw new Error("set"); }, sparingUntil: 0})).do(() => 4)).toBe(4);
  });
});
