/** The training worker's table: a start that failed is tried again, what is left is freed. */
import "@tensorflow/tfjs-backend-cpu";
import {afterEach, beforeEach, expect, test, vi} from "vitest";
import {connect, serve} from "../../src/rpc/port.ts";
import * as tf from "../../src/tensor/tf.ts";
import {remembered} from "../../src/train/turns.ts";
import {trainingHandlers} from "../../src/train/worker.ts";

// Where a worker would be: relative addresses are the site's.
beforeEach(() => vi.stubGlobal("self", {location: {href: "https://here.example/workers/train.js"}}));
afterEach(() => vi.unstubAllGlobals());

function worker(startBackend = async () => ({backend: "cpu", reason: "a test"})) {
  const {port1, port2} = new MessageChannel();
  const stop = serve(port1, trainingHandlers({startBackend: startBackend as never, library: {}}));
  return {
    client: connect(port2),
    close() {
      stop();
      port1.close();
      port2.close();
    }
  };
}

test("a start of the backend that failed is not remembered: the next one who asks tries again", async () => {
  const outcomes = [() => Promise.reject(new Error("the first start failed")), () => Promise.resolve({backend: "cpu", reason: "the second start"})];
  let starts = 0;
  await tf.setBackend("cpu");
  const {client, close} = worker((async () => outcomes[Math.min(starts++, 1)]()) as never);
  const loss = () => client.call<{loss: number}>("train.loss", {images: [[1, 0], [0, 1]], captions: [[1, 0], [0, 1]], t: 0});
  await expect(loss()).rejects.toThrow("the first start failed");
  for (let i = 0; i < 2; i++) expect((await loss()).loss).toBeCloseTo(Math.log(1 + Math.exp(-1)));
  expect(starts).toBe(2);
  close();
});

test("work is remembered once it is done; a failure, also one that is thrown at once, is not", async () => {
  let tries = 0;
  const {get, become} = remembered(async () => {
    if (++tries < 3) throw new Error(`try ${tries}`);
    return tries;
  });
  await expect(get()).rejects.toThrow("try 1");
  await expect(get()).rejects.toThrow("try 2");
  expect([await get(), await get(), tries]).toEqual([3, 3, 3]);
  await expect(become(() => { throw new Error("another"); })).rejects.toThrow("another");
  expect([await get(), tries]).toEqual([4, 4]);
});

test("pairs whose opening is left at any moment keep no set", async () => {
  const handlers = trainingHandlers({startBackend: async () => ({backend: "cpu", reason: "a test"}) as never, library: {}});
  for (let i = 0; i < 125; i++) {
    const closing = new AbortController();
    // As whoever serves it reads: left where the signal came while it opened, else read on.
    const reading = (async () => {
      for await (const _ of handlers["pairs.open"]({source: "postcards", limit: 2, sizePx: 16, seed: i}, closing.signal) as AsyncIterable<unknown>) if (closing.signal.aborted) break;
    })();
    for (let turn = 0; turn < i; turn++) await Promise.resolve();
    closing.abort();
    await reading.catch((error: Error) => expect(error.name).toBe("AbortError"));
  }
  expect((handlers["train.memory"](undefined, new AbortController().signal) as {sets: number}).sets).toBe(0);
});
