/** A worker's death is noticed, however it comes, and every call that waits is told what died. */
import {expect, it} from "vitest";
import {superviseWorker} from "../../src/rpc/port.ts";
import type {WorkerLike} from "../../src/rpc/worker.ts";

/** A worker that answers nothing, and locks that are given when the test says so. */
function stage() {
  const target = new EventTarget();
  let ended = 0;
  const worker = Object.assign(target, {postMessage() {}, terminate: () => void ended++}) as unknown as WorkerLike;
  const lives = new Map<string, () => void>();
  const locks = {request: async (name: string, take: () => void) => void lives.set(name, take)} as unknown as LockManager;
  const deaths: string[] = [];
  const connection = superviseWorker(worker, {name: "the training worker", onDeath: (why) => deaths.push(why), locks});
  return {
    connection,
    deaths,
    lives,
    ended: () => ended,
    ready: (life?: string) => target.dispatchEvent(Object.assign(new Event("message"), {data: {ready: true, life}})),
    error: (message?: string) => target.dispatchEvent(Object.assign(new Event("error"), {message})),
    garbled: () => target.dispatchEvent(new Event("messageerror"))
  };
}

const cases: [string, (worker: ReturnType<typeof stage>) => void, string][] = [
  ["its file is missing", ({error}) => error(), "The training worker could not be loaded: its file is missing, or the connection is."],
  ["its script throws", ({error}) => error("Uncaught TypeError: x is undefined"), "The training worker could not be started (Uncaught TypeError: x is undefined)."],
  ["it fails at work", ({ready, error}) => (ready(), error("Uncaught RangeError: memory")), "The training worker stopped at an error of its own (Uncaught RangeError: memory)."],
  ["it closes itself", ({ready, lives}) => (ready("a-life"), lives.get("a-life")!()), "The training worker ended by itself."],
  ["what it sends cannot be unpacked", ({ready, garbled}) => (ready(), garbled()), "The training worker sent what could not be unpacked, perhaps for want of memory."]
];

for (const [how, kill, says] of cases) {
  it(`notices that ${how}`, async () => {
    const worker = stage();
    const call = worker.connection.call("train.loss");
    const stream = worker.connection.stream("run.open").next();
    kill(worker);
    const sentence = `${says} Run the cell again: another is started then.`;
    for (const waiting of [call, stream, worker.connection.call("later")]) await expect(waiting).rejects.toThrow(sentence);
    expect(worker.deaths).toEqual([sentence]);
    expect(worker.ended()).toBe(1);
  });
}

it("lives on while it holds its lock, and tells nobody of an end that its owner wanted", async () => {
  const {connection, deaths, lives, ready, error, ended} = stage();
  ready("a-life");
  expect(deaths).toEqual([]);
  const call = connection.call("train.loss");
  connection.terminate();
  await expect(call).rejects.toThrow("the training worker was ended");
  lives.get("a-life")!();
  error("late");
  expect(deaths).toEqual([]);
  expect(ended()).toBe(1);
});
