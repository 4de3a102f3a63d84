import {expect, test, vi} from "vitest";
import {Run} from "../../src/train/run.ts";
import {Queue} from "../../src/train/turns.ts";
import type {Learner} from "../../src/train/run-parts.ts";
import type {Course} from "../../src/train/course.ts";
import type {EmbeddedPairs} from "../../src/train/protocol.ts";

/** A learner whose loss is 4 / (steps taken), and which counts what is asked of it. */
function fakeLearner({failAt = Infinity} = {}) {
  const calls = {steps: 0, restored: 0, resets: 0, disposed: 0, rates: [] as number[]};
  let t = 2.6593;
  const embedded = (step: number): EmbeddedPairs => ({
    step,
    indices: Int32Array.of(0, 1),
    captionIndices: Int32Array.of(0, 0),
    imageEmbeddings: Float32Array.of(1, 0, 0, 1),
    captionEmbeddings: Float32Array.of(1, 0, 0, 1),
    width: 2
  });
  const learner: Learner = {
    async learn(learningRate) {
      if (calls.steps + 1 === failAt) return {loss: NaN, gradientNorm: NaN, blame: "visual.proj"};
      calls.steps++;
      calls.rates.push(learningRate);
      return {loss: 4 / calls.steps, gradientNorm: 1};
    },
    get logitScaleLog() {
      return t;
    },
    setLogitScaleLog: (value) => void (t = value),
    embedWatched: async (step) => embedded(step),
    embedMap: async (step) => embedded(step),
    measureRecall: async (step) => ({step, imageToText: {1: 1, 5: 1}, textToImage: {1: 1, 5: 1}, gallery: 2, captions: 2}),
    embed: async () => ({width: 2}),
    attention: async () => ({}),
    parameters: async () => ({}),
    save: async (course) => new TextEncoder().encode(JSON.stringify({course, steps: calls.steps, t})),
    async restore(bytes) {
      const saved = JSON.parse(new TextDecoder().decode(bytes)) as {course: Course; steps: number; t: number};
      calls.restored++;
      calls.steps = saved.steps;
      t = saved.t;
      return saved.course;
    },
    reset: () => void (calls.resets++, (calls.steps = 0)),
    dispose: () => void calls.disposed++
  };
  return {learner, calls};
}

const plan = {
  steps: 10,
  batchSize: 2,
  learningRate: 0.1,
  keep: 4,
  schedule: (step: number, peak: number, steps: number) => peak * (1 - step / steps),
  halves: () => ({lossImage: 1, lossText: 2})
};

async function until(run: Run, state: string) {
  for await (const snapshot of run.snapshots()) if (snapshot.state === state) return snapshot;
  throw new Error("the stream ended");
}

test("play trains until the last step and finishes there", async () => {
  const {learner, calls} = fakeLearner();
  const run = new Run(learner, plan);
  await run.play();
  const {step, lossHistory, heldOut, loss} = await until(run, "finished");
  expect(step).toBe(10);
  expect(Array.from(lossHistory)).toEqual(calls.rates.map((_, i) => Math.fround(4 / (i + 1))));
  expect(loss).toBe(0.4);
  expect(heldOut?.step).toBe(10);
  expect(calls.rates[5]).toBeCloseTo(0.05);
  await run.play();
  expect(run.state).toBe("finished");
  await run.dispose();
});

test("step takes exactly so many steps and pauses", async () => {
  const {learner, calls} = fakeLearner();
  const run = new Run(learner, plan);
  const snapshot = await run.step(3);
  expect([snapshot.step, snapshot.state, calls.steps]).toEqual([3, "paused", 3]);
  await expect(run.step(0)).rejects.toThrow("whole number of at least 1; it was given 0");
  await run.dispose();
});

test("pause holds the run, play goes on, restart begins again with the same weights", async () => {
  const {learner, calls} = fakeLearner();
  const run = new Run(learner, plan);
  await run.step(2);
  await run.play();
  await run.pause();
  const held = calls.steps;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(calls.steps).toBe(held);
  await run.restart();
  expect(calls.resets).toBe(1);
  expect((await run.snapshot()).step).toBe(0);
  expect((await run.snapshot()).lossHistory.length).toBe(0);
  await run.dispose();
});

test("paused and played again while a step is under way, a run has one loop: nothing waits twice for the learner", async () => {
  const {learner} = fakeLearner();
  const {learn} = learner;
  let release = () => {};
  let hasBegun = () => {};
  const began = new Promise<void>((resolve) => (hasBegun = resolve));
  learner.learn = async (rate) => {
    hasBegun();
    await new Promise<void>((resolve) => (release = resolve));
    return learn(rate);
  };
  const waiting = vi.spyOn(Queue.prototype, "add");
  try {
    const run = new Run(learner, plan);
    await run.play();
    await began;
    for (let i = 0; i < 3; i++) {
      void run.pause();
      await run.play();
    }
    // One step of the loop, and an observation for each pause: a second loop would have asked for a step as well.
    expect(waiting).toHaveBeenCalledTimes(1 + 3);
    learner.learn = learn;
    release();
    expect((await until(run, "finished")).step).toBe(10);
    await run.dispose();
  } finally {
    waiting.mockRestore();
  }
});

test("set changes what the next step uses, and refuses nonsense by name", async () => {
  const {learner, calls} = fakeLearner();
  const run = new Run(learner, plan);
  await run.set({learningRate: 1, temperature: 0.05});
  expect(learner.logitScaleLog).toBeCloseTo(Math.log(20));
  await run.set({temperature: 0.0001});
  expect(learner.logitScaleLog).toBeCloseTo(Math.log(100)); // clamped as the paper clamps it
  await run.step(1);
  expect(calls.rates[0]).toBe(1);
  await expect(run.set({learningRate: -1})).rejects.toThrow("learningRate is a number above 0; it was given -1");
  await expect(run.set({momentum: 1} as never)).rejects.toThrow('it was given "momentum"');
  await run.dispose();
});

test("a loss that is not a number stops the run, names step and parameter, and brings it back to the last good state", async () => {
  const {learner, calls} = fakeLearner({failAt: 5});
  const run = new Run(learner, {...plan, steps: 8});
  await run.play();
  const {error, step, lossHistory} = await until(run, "failed");
  // The parameters after step 4 gave no number; those after step 3 did.
  expect(error).toMatch(/NaN at step 5.*visual\.proj.*after step 3/);
  expect([step, calls.steps]).toEqual([3, 3]);
  expect(Array.from(lossHistory)).toEqual([4, 2, Math.fround(4 / 3)]);
  expect(JSON.parse(new TextDecoder().decode(await run.checkpoint())).steps).toBe(3);
  // A step that fails when asked for says so to whoever asked.
  await expect(run.step(2)).rejects.toThrow(/NaN at step 5/);
  await run.dispose();
});

test("where no states are kept, the weights of the step before stay", async () => {
  const {learner, calls} = fakeLearner({failAt: 4});
  const run = new Run(learner, {...plan, keep: 0});
  await run.play();
  const {error, step} = await until(run, "failed");
  expect([step, calls.restored]).toEqual([3, 0]);
  expect(error).toMatch(/NaN at step 4.*weights of the step before are kept/);
  await run.dispose();
});

test("an earlier step's checkpoint is made by going back and forth, with what was changed on the way", async () => {
  const {learner, calls} = fakeLearner();
  const run = new Run(learner, {...plan, steps: 100});
  await run.step(25);
  await run.set({learningRate: 0.5, temperature: 0.05});
  await run.step(10);
  const read = async (step: number) => JSON.parse(new TextDecoder().decode(await run.checkpoint({step}))) as {course: Course; t: number};
  const [before, after] = [await read(24), await read(30)];
  expect([before.course.step, before.course.peak, before.t]).toEqual([24, 0.1, 2.6593]);
  expect([after.course.step, after.course.peak]).toEqual([30, 0.5]);
  expect(after.t).toBeCloseTo(Math.log(20));
  expect([calls.steps, (await run.snapshot()).step]).toEqual([35, 35]);
  await expect(run.checkpoint({step: 36})).rejects.toThrow("a checkpoint of step 36 cannot be had: steps 0 to 35 are taken");
  await run.dispose();
});

test("a disposed run ends its streams and frees its learner once", async () => {
  const {learner, calls} = fakeLearner();
  const run = new Run(learner, plan);
  const reading = (async () => {
    let count = 0;
    for await (const _ of run.snapshots()) count++;
    return count;
  })();
  await run.step(1);
  await run.dispose();
  expect(await reading).toBeGreaterThan(0);
  expect(calls.disposed).toBe(1);
});
