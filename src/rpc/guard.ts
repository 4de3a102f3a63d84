/**
 * Bounds what untrusted code may ask of whoever serves it: messages a second, calls a second and at once, streams, bytes. Calls beyond a bound wait, so that code
 * which waits for its answers is slowed and nothing else; code that does not wait, or sends what takes long to unpack, is a flood, and its owner closes it.
 */
import {sizeOf} from "./size.ts";

export interface Limits {
  /** Of any messages; beyond, they are a flood. */
  messagesPerSecond: number;
  /** Messages that may come at once, before their rate counts. */
  messageBurst: number;
  /** Calls begun a second; further ones wait. */
  callsPerSecond: number;
  callBurst: number;
  /** Calls at work at a time; further ones wait. */
  callsAtOnce: number;
  /** Calls that may wait; beyond, they are a flood. */
  callsWaiting: number;
  /** Streams open at a time; further ones are refused. */
  streams: number;
  /** Bytes of all arguments held at a time; a call that brings more is refused. */
  bytes: number;
  /** Time that unpacking messages may take out of each second, and at once, in ms; beyond, they are a flood. */
  unpackingMsPerSecond: number;
  unpackingBurstMs: number;
}

/** Far more than a page of cells asks that waits for its answers, and little enough for the page to stay at hand. */
export const frameLimits: Limits = {
  messagesPerSecond: 2000,
  messageBurst: 8000,
  callsPerSecond: 600,
  callBurst: 1200,
  callsAtOnce: 64,
  callsWaiting: 2000,
  streams: 256,
  bytes: 512 * 2 ** 20,
  unpackingMsPerSecond: 200,
  unpackingBurstMs: 3000
};

interface GuardOptions {
  limits?: Limits;
  /** Called once; the owner closes the channel. */
  onFlood(why: string): void;
  /** In milliseconds. */
  now?: () => number;
}

/** One for all channels of one far side. */
export class Guard {
  private readonly limits: Limits;
  private readonly onFlood: GuardOptions["onFlood"];
  private readonly messages: Bucket;
  private readonly calls: Bucket;
  private readonly unpacking: Bucket;
  private readonly now: () => number;
  private readonly queue: {isStream: boolean; begin(): void}[] = [];
  private timer?: ReturnType<typeof setTimeout>;
  private atWork = 0;
  private streams = 0;
  private bytes = 0;
  private isFlooded = false;

  constructor({limits = frameLimits, onFlood, now = () => performance.now()}: GuardOptions) {
    this.limits = limits;
    this.onFlood = onFlood;
    this.messages = new Bucket(limits.messagesPerSecond, limits.messageBurst, now);
    this.calls = new Bucket(limits.callsPerSecond, limits.callBurst, now);
    this.unpacking = new Bucket(limits.unpackingMsPerSecond, limits.unpackingBurstMs, now);
    this.now = now;
  }

  /** Counts a message that came, unread, as so many; false where it is one too many, and to be left unread. */
  hears(weight = 1): boolean {
    if (!this.isFlooded && !this.messages.take(weight)) this.flood(`more than ${this.limits.messagesPerSecond.toLocaleString("en")} messages a second`);
    return !this.isFlooded;
  }

  /** What a message holds, which some browsers unpack only now; undefined where it is to be left unread. */
  read(event: MessageEvent): MessageEvent["data"] {
    return this.hears() ? this.timed(() => event.data) : undefined;
  }

  /**
   * Resolves when a call may begin, with a function to be called when it has ended.
   * @throws RangeError where there are too many streams or bytes; the signal's reason where it was given up meanwhile.
   */
  async admit(isStream: boolean, args: unknown, signal: AbortSignal): Promise<() => void> {
    const {limits} = this;
    const bytes = this.timed(() => sizeOf(args, limits.bytes));
    if (isStream && this.streams >= limits.streams) throw new RangeError(`${limits.streams} streams are open, which is the most; leave the loop of one, or end it with \`invalidation\`, and try again`);
    if (this.bytes + bytes > limits.bytes) throw new RangeError(`the arguments of all calls under way take at most ${limits.bytes / 2 ** 20} MB and a million parts together, and this call would make it more; send less at a time`);
    if (this.queue.length >= limits.callsWaiting) {
      this.flood(`more than ${limits.callsWaiting.toLocaleString("en")} calls that wait`);
      throw new RangeError("too many calls wait");
    }
    this.bytes += bytes;
    if (isStream) this.streams++;
    await new Promise<void>((begin) => {
      this.queue.push({isStream, begin});
      this.pump();
    });
    const leave = () => {
      this.bytes -= bytes;
      if (isStream) this.streams--;
      else this.atWork--;
      this.pump();
    };
    if (signal.aborted) {
      leave();
      signal.throwIfAborted();
    }
    return leave;
  }

  /** Lets calls begin that may. */
  private pump() {
    while (this.queue.length > 0 && this.atWork < this.limits.callsAtOnce && this.timer === undefined) {
      if (!this.calls.take()) {
        this.timer = setTimeout(() => {
          this.timer = undefined;
          this.pump();
        }, this.calls.waitMs());
        return;
      }
      const {isStream, begin} = this.queue.shift()!;
      if (!isStream) this.atWork++;
      begin();
    }
  }

  /** Does what a message costs before anything is done for it, and counts the time. */
  private timed<T>(work: () => T): T {
    const began = this.now();
    const done = work();
    if (!this.unpacking.take(this.now() - began)) this.flood("messages that take too long to unpack");
    return done;
  }

  private flood(what: string) {
    if (this.isFlooded) return;
    this.isFlooded = true;
    this.onFlood(what);
  }
}

/** So many a second, and a burst of them at once. */
class Bucket {
  private level: number;
  private filledAt: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    private readonly now: () => number
  ) {
    this.level = burst;
    this.filledAt = now();
  }

  /** Takes some, if there are as many. */
  take(amount = 1): boolean {
    const now = this.now();
    this.level = Math.min(this.burst, this.level + ((now - this.filledAt) / 1000) * this.perSecond);
    this.filledAt = now;
    if (this.level < amount) return false;
    this.level -= amount;
    return true;
  }

  /** How long until there is one, in milliseconds. */
  waitMs(): number {
    return Math.max(1, ((1 - this.level) / this.perSecond) * 1000);
  }
}
