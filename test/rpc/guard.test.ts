/** What untrusted code may ask at once, and what is a flood. */
import {expect, it} from "vitest";
import {frameLimits, Guard} from "../../src/rpc/port.ts";
import type {Limits} from "../../src/rpc/port.ts";
import {sizeOf} from "../../src/rpc/size.ts";

const never = new AbortController().signal;

/** A guard on a clock that is moved by hand. */
function guardAt(limits: Partial<Limits> = {}) {
  const clock = {ms: 0};
  const floods: string[] = [];
  const guard = new Guard({limits: {...frameLimits, ...limits}, onFlood: (why) => floods.push(why), now: () => clock.ms});
  return {guard, clock, floods};
}

/** Lets everything that was promised happen. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Begins some calls; tells how many have begun. */
function begin(guard: Guard, count: number, args?: unknown) {
  const begun: (() => void)[] = [];
  const refused: string[] = [];
  for (let i = 0; i < count; i++) guard.admit(false, args, never).then((leave) => begun.push(leave), (error: Error) => refused.push(error.message));
  return {begun, refused};
}

it("hears what comes at a fair rate for ever, and names a flood once", () => {
  const {guard, clock, floods} = guardAt({messagesPerSecond: 1000, messageBurst: 50});
  for (let i = 0; i < 5000; i++) {
    clock.ms += 1;
    expect(guard.hears()).toBe(true);
  }
  clock.ms += 1000;
  const heard = Array.from({length: 200}, () => guard.hears());
  expect(heard.filter(Boolean)).toHaveLength(50);
  clock.ms += 60_000;
  expect(guard.hears()).toBe(false);
  expect(floods).toEqual(["more than 1,000 messages a second"]);
});

it("does not unpack a message of a flood", () => {
  const {guard} = guardAt({messageBurst: 2, messagesPerSecond: 0});
  let unpacked = 0;
  const message = {get data() { return ++unpacked; }} as unknown as MessageEvent;
  expect([guard.read(message), guard.read(message), guard.read(message), guard.read(message)]).toEqual([1, 2, undefined, undefined]);
  expect(unpacked).toBe(2);
});

it("takes messages for a flood that take too long to unpack", () => {
  const {guard, clock, floods} = guardAt({unpackingMsPerSecond: 200, unpackingBurstMs: 1000});
  const slow = (ms: number) => ({get data() { return (clock.ms += ms); }}) as unknown as MessageEvent;
  for (let i = 0; i < 20; i++) {
    guard.read(slow(100));
    clock.ms += 1000;
  }
  expect(floods).toEqual([]);
  for (let i = 0; i < 4; i++) guard.read(slow(400));
  expect(floods).toEqual(["messages that take too long to unpack"]);
});

it("lets so many calls work at a time, and the others wait their turn", async () => {
  const {guard, floods} = guardAt({callsAtOnce: 3});
  const {begun} = begin(guard, 5);
  await turn();
  expect(begun).toHaveLength(3);
  begun[0]();
  await turn();
  expect(begun).toHaveLength(4);
  begun[1]();
  begun[2]();
  await turn();
  expect(begun).toHaveLength(5);
  expect(floods).toEqual([]);
});

it("takes calls that nobody waits for as a flood", async () => {
  const {guard, floods} = guardAt({callsAtOnce: 1, callsWaiting: 10});
  const {refused} = begin(guard, 20);
  await turn();
  expect(refused.length).toBeGreaterThan(0);
  expect(floods).toEqual(["more than 10 calls that wait"]);
});

it("slows calls to a rate, and takes no one for a flood who waits for the answers", async () => {
  const {guard, clock, floods} = guardAt({callsPerSecond: 1000, callBurst: 2, callsWaiting: 3});
  const order: number[] = [];
  for (let i = 0; i < 5; i++) {
    const entering = guard.admit(false, undefined, never);
    clock.ms += 2;
    (await entering)();
    order.push(i);
  }
  expect(order).toEqual([0, 1, 2, 3, 4]);
  expect(floods).toEqual([]);
});

it("refuses streams and bytes beyond the bound in a sentence, and takes them again when others have ended", async () => {
  const {guard, floods} = guardAt({streams: 1, bytes: 2 ** 20});
  const leave = await guard.admit(true, undefined, never);
  await expect(guard.admit(true, undefined, never)).rejects.toThrow("1 streams are open, which is the most");
  leave();
  (await guard.admit(true, undefined, never))();
  const half = {pixels: new Uint8Array(600_000)};
  const leaveHalf = await guard.admit(false, half, never);
  await expect(guard.admit(false, half, never)).rejects.toThrow("at most 1 MB");
  leaveHalf();
  (await guard.admit(false, half, never))();
  expect(floods).toEqual([]);
});

it("gives way to a call that was given up while it waited", async () => {
  const {guard} = guardAt({callsAtOnce: 1});
  const leave = await guard.admit(false, undefined, never);
  const giving = new AbortController();
  const waiting = guard.admit(false, undefined, giving.signal);
  giving.abort(new Error("given up"));
  leave();
  await expect(waiting).rejects.toThrow("given up");
  (await guard.admit(false, undefined, never))();
});

it("weighs buffers and strings without walking them, and gives up on what has no end", () => {
  expect(sizeOf({pixels: new Uint8Array(1000), name: "ab"}, 1e9)).toBe(1000 + 4 + 16);
  expect(sizeOf([new Float64Array(10), new ArrayBuffer(7), new Map([["a", 1]])], 1e9)).toBe(80 + 7 + 2 + 8 + 32);
  expect(sizeOf({file: new Blob([new Uint8Array(5000)])}, 1e9)).toBeLessThan(100);
  const endless: unknown[] = [];
  endless.push(endless, endless);
  expect(sizeOf(endless, Infinity)).toBe(Infinity);
  expect(sizeOf(new Array(2_000_000).fill(0), Infinity)).toBe(Infinity);
  expect(sizeOf(["x".repeat(1000), "x".repeat(1000)], 100)).toBeGreaterThan(100);
});
