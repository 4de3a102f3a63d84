/** Calls and streams over a channel: values, errors, aborting, abandoned streams, what moves, and a far side that is gone. */
import {afterEach, expect, it} from "vitest";
import {connect, serve, Transfer} from "../../src/rpc/port.ts";
import type {Endpoint, Handlers} from "../../src/rpc/port.ts";

const ports: MessagePort[] = [];
afterEach(() => ports.splice(0).forEach((port) => port.close()));

/** A client of some handlers, and what was posted to them. */
function channel(handlers: Handlers) {
  const {port1, port2} = new MessageChannel();
  ports.push(port1, port2);
  const asked: {kind: string; name?: string}[] = [];
  port2.addEventListener("message", ({data}) => asked.push(data));
  const stop = serve(port2 as unknown as Endpoint, handlers);
  return {client: connect(port1 as unknown as Endpoint), asked, stop};
}

/** A promise that is kept by hand. */
function deferred<T = void>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((keep) => (resolve = keep));
  return {promise, resolve};
}

const aborted = (signal: AbortSignal) => new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve())));

it("answers a call by name, and refuses a name that is not served", async () => {
  const {client} = channel({double: ({n}: {n: number}) => 2 * n});
  expect(await client.call("double", {n: 21})).toBe(42);
  await expect(client.call("triple")).rejects.toThrow('no handler is called "triple"');
  await expect(client.call("toString")).rejects.toThrow('no handler is called "toString"');
});

it("carries an error with its name, message, stack and details", async () => {
  const {client} = channel({
    fail: () => {
      throw Object.assign(new RangeError("n is at least 1"), {details: {line: 3}});
    },
    failText: () => Promise.reject("only text")
  });
  const error = await client.call("fail").catch((error: Error) => error);
  expect(error).toMatchObject({name: "RangeError", message: "n is at least 1", details: {line: 3}});
  expect((error as Error).stack).toContain("port.test.ts");
  await expect(client.call("failText")).rejects.toThrow("only text");
});

it("rejects what cannot be cloned, and forgets it", async () => {
  const {client, asked} = channel({take: () => 1});
  await expect(client.call("take", {f: () => 1})).rejects.toThrow("could not be cloned");
  await expect(client.stream("take", {f: () => 1}).next()).rejects.toThrow("could not be cloned");
  expect(await client.call("take")).toBe(1);
  expect(asked).toHaveLength(1);
});

it("moves what is wrapped in a Transfer, and what a call says moves", async () => {
  const kept: Uint8Array[] = [];
  const {client} = channel({
    give: () => {
      kept.push(Uint8Array.of(1, 2, 3));
      return new Transfer(kept[0], [kept[0].buffer]);
    },
    length: ({bytes}: {bytes: Uint8Array}) => bytes.length
  });
  expect(await client.call("give")).toEqual(Uint8Array.of(1, 2, 3));
  expect(kept[0].length).toBe(0);
  const mine = new Uint8Array(5);
  expect(await client.call("length", {bytes: mine}, {transfer: [mine.buffer]})).toBe(5);
  expect(mine.length).toBe(0);
});

it("aborts a call: it rejects at once, and the handler is told", async () => {
  const told = deferred();
  const {client} = channel({wait: (_, signal) => aborted(signal).then(told.resolve).then(() => new Promise(() => {}))});
  const giving = new AbortController();
  const waiting = client.call("wait", undefined, {signal: giving.signal});
  giving.abort(new Error("the cell ran again"));
  await expect(waiting).rejects.toThrow("the cell ran again");
  await told.promise;
});

it("sends nothing for a signal that was aborted before", async () => {
  const {client, asked} = channel({add: () => 1, async *count() { yield 1; }});
  const signal = AbortSignal.abort(new Error("too late"));
  await expect(client.call("add", undefined, {signal})).rejects.toThrow("too late");
  expect((await client.stream("count", undefined, {signal}).next()).done).toBe(true);
  await client.call("add");
  expect(asked.map(({kind}) => kind)).toEqual(["call"]);
});

it("streams at the reader's pace, and ends where the handler ends", async () => {
  let made = 0;
  const {client, asked} = channel({
    async *count() {
      for (; made < 3; ) yield ++made;
    }
  });
  const seen: number[] = [];
  for await (const n of client.stream<number>("count")) {
    seen.push(n);
    expect(made).toBe(n);
  }
  expect(seen).toEqual([1, 2, 3]);
  await client.call("count").catch(() => {});
  expect(asked.filter(({kind}) => kind === "abort")).toEqual([]);
});

it("ends an abandoned stream on the far side, which frees what it holds", async () => {
  for (const leave of ["loop", "signal", "throw"]) {
    const freed = deferred();
    const {client} = channel({
      async *hold(_, signal) {
        try {
          yield 1;
          await aborted(signal);
        } finally {
          freed.resolve();
        }
      }
    });
    const giving = new AbortController();
    const read = async () => {
      for await (const _ of client.stream("hold", undefined, {signal: giving.signal})) {
        if (leave === "loop") break;
        if (leave === "throw") throw new Error("mine");
        giving.abort();
      }
    };
    if (leave === "throw") await expect(read()).rejects.toThrow("mine");
    else await read();
    await freed.promise;
  }
});

it("ends a stream that is aborted before its first value came", async () => {
  const freed = deferred();
  const {client} = channel({
    async *hold(_, signal) {
      try {
        await aborted(signal);
        yield 1;
      } finally {
        freed.resolve();
      }
    }
  });
  const giving = new AbortController();
  const next = client.stream("hold", undefined, {signal: giving.signal}).next();
  giving.abort();
  expect(await next).toEqual({done: true, value: undefined});
  await freed.promise;
});

it("throws an error of a stream where it is read", async () => {
  const {client} = channel({
    async *count() {
      yield 1;
      throw new RangeError("no more");
    }
  });
  const seen: unknown[] = [];
  await expect((async () => {
    for await (const n of client.stream("count")) seen.push(n);
  })()).rejects.toMatchObject({name: "RangeError", message: "no more"});
  expect(seen).toEqual([1]);
});

it("rejects every waiting call and stream, and every later one, when the far side is gone", async () => {
  const {client} = channel({wait: () => new Promise(() => {}), async *once() { yield 1; await new Promise(() => {}); }});
  const calls = [client.call("wait"), client.call("wait")];
  const stream = client.stream("once");
  expect((await stream.next()).value).toBe(1);
  const next = stream.next();
  const why = "the frame was removed";
  client.end(why);
  client.end("something later");
  for (const waiting of [...calls, next, client.call("wait"), client.stream("once").next()]) await expect(waiting).rejects.toThrow(why);
});

it("aborts what runs when it stops answering", async () => {
  const told = deferred();
  const {client, stop} = channel({wait: (_, signal) => aborted(signal).then(told.resolve), ping: () => 1});
  void client.call("wait");
  await client.call("ping");
  stop();
  await told.promise;
});

it("passes over what is no request, and a second request under a number that is at work", async () => {
  const {port1, port2} = new MessageChannel();
  ports.push(port1, port2);
  let begun = 0;
  serve(port2 as unknown as Endpoint, {count: () => (begun++, new Promise(() => {})), ping: () => "pong"});
  for (const message of [null, 7, "call", {}, {kind: "call"}, {id: 1}, {id: "1", kind: "call", name: "count"}, {id: 2, kind: "nonsense", name: "count"}, {id: 3, kind: "more"}, {id: 4, kind: "abort"}]) port1.postMessage(message);
  port1.postMessage({id: 5, kind: "call", name: "count"});
  port1.postMessage({id: 5, kind: "call", name: "count"});
  expect(await connect(port1 as unknown as Endpoint).call("ping")).toBe("pong");
  expect(begun).toBe(1);
});
