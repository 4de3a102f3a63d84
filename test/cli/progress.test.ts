/** What commands say while they work, on a terminal and elsewhere, and the time left. */
import {beforeEach, describe, expect, it} from "vitest";
import {counted, createEstimate, createProgress, timeLeft} from "../../src/cli/progress.ts";

let timeMs = 0;
const now = () => timeMs;
beforeEach(() => {
  timeMs = 0;
});

function stream(isTTY: boolean, columns?: number) {
  const written: string[] = [];
  return {isTTY, columns, written, write: (text: string) => written.push(text)};
}

describe("progress on a terminal", () => {
  it("is one line, written over at most ten times a second, no longer than the terminal is wide, and taken away at the end", () => {
    const terminal = stream(true, 20);
    const progress = createProgress({stream: terminal, now});
    progress.show("cell 3", "step 1 of 100");
    timeMs = 50;
    progress.show("cell 3", "step 2 of 100");
    timeMs = 120;
    progress.show("cell 4", "step 3 of 100, about 40 s left");
    expect(terminal.written).toEqual(["\rcell 3: step 1 of 1\x1b[K", "\rcell 4: step 3 of 1\x1b[K"]);
    progress.say("a warning");
    progress.end();
    expect(terminal.written.slice(2)).toEqual(["\r\x1b[K", "a warning\n"]);
    timeMs = 300;
    progress.show("cell 5");
    progress.end();
    expect(terminal.written.slice(4)).toEqual(["\rcell 5\x1b[K", "\r\x1b[K"]);
  });
});

describe("progress elsewhere", () => {
  it("is a line every ten seconds, and one when something else is at work, but no flood of them", () => {
    const pipe = stream(false);
    const progress = createProgress({stream: pipe, now});
    for (timeMs = 0; timeMs <= 25_000; timeMs += 500) progress.show("cell 3", `${timeMs / 1000} s`);
    expect(pipe.written).toEqual(["cell 3: 0 s\n", "cell 3: 10 s\n", "cell 3: 20 s\n"]);
    pipe.written.length = 0;
    for (let cell = 4; cell < 30; cell++) {
      timeMs += 100;
      progress.show(`cell ${cell}`);
    }
    expect(pipe.written).toEqual(["cell 4\n", "cell 14\n", "cell 24\n"]);
    progress.begin("at once", "part 2 of 3");
    expect(pipe.written.at(-1)).toBe("at once: part 2 of 3\n");
    progress.end();
    expect(pipe.written.join("")).not.toContain("\r");
  });
});

describe("the time left", () => {
  it("follows the pace, says nothing before there is one, and counts down between two steps", () => {
    const estimate = createEstimate({now});
    expect(estimate.secondsLeft(0, 100)).toBeUndefined();
    timeMs = 2000;
    expect(estimate.secondsLeft(0, 100)).toBeUndefined();
    expect(estimate.secondsLeft(10, 100)).toBe(18);
    timeMs = 3000;
    expect(estimate.secondsLeft(10, 100)).toBe(17);
    expect(estimate.secondsLeft(100, 100)).toBe(0);
  });

  it("forgets a pace of half a minute ago, and begins anew with the next run", () => {
    const estimate = createEstimate({now, windowMs: 30_000});
    // One step a second for a minute, then four.
    let step = 0;
    for (; timeMs <= 60_000; timeMs += 1000) estimate.secondsLeft(step++, 1000);
    for (; timeMs <= 100_000; timeMs += 1000) estimate.secondsLeft((step += 4), 1000);
    const left = estimate.secondsLeft(step, 1000)!;
    expect(left / ((1000 - step) / 4)).toBeGreaterThan(0.9);
    expect(left / ((1000 - step) / 4)).toBeLessThan(1.1);
    expect(estimate.secondsLeft(1, 1000)).toBeUndefined();
  });

  it("is told in seconds, then in minutes", () => {
    expect([undefined, Infinity, 0, 40.2, 99, 100, 200].map(timeLeft)).toEqual(["", "", "about 1 s left", "about 41 s left", "about 99 s left", "about 2 min left", "about 3 min left"]);
    const estimate = createEstimate({now});
    expect(counted("image", 0, 2048, estimate)).toBe("image 0 of 2,048");
    timeMs = 1000;
    expect(counted("image", 1024, 2048, estimate)).toBe("image 1,024 of 2,048, about 1 s left");
    expect(counted("image", 2048, 2048, estimate)).toBe("image 2,048 of 2,048");
  });
});
