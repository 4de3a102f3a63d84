/**
 * What a command says while it works: on a terminal one line that is written over, elsewhere a line now and then. It goes to standard error, so that
 * standard output holds results alone.
 */

/** A place for words, such as `process.stderr`. */
export interface ProgressStream {
  isTTY?: boolean;
  /** Of a terminal, in characters. */
  columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  stream?: ProgressStream;
  /** Milliseconds on any clock. */
  now?(): number;
  /** Where lines stay: between two about the same thing, in milliseconds. */
  everyMs?: number;
}

export interface Progress {
  /** What is at work, such as a cell, and how far it has come. */
  show(what: string, how?: string): void;
  /** The same at once, for what keeps the command from saying anything more until it is done. */
  begin(what: string, how?: string): void;
  /** A line that stays. */
  say(line: string): void;
  /** Takes the line away that was written over. */
  end(): void;
}

/** A terminal is written to at most so often, in milliseconds; elsewhere another thing gets a line of its own after `otherMs`. */
const [terminalMs, otherMs] = [100, 1000];

/** Begins to tell of progress. */
export function createProgress({stream = process.stderr, now = Date.now, everyMs = 10_000}: ProgressOptions = {}): Progress {
  const isTerminal = stream.isTTY === true;
  let shown: {what: string; atMs: number} | undefined;
  let isLineUp = false;
  const clear = () => {
    if (isLineUp) stream.write("\r\x1b[K");
    isLineUp = false;
  };
  const begin = (what: string, how = "") => {
    shown = {what, atMs: now()};
    const line = how ? `${what}: ${how}` : what;
    // A line that is broken could not be written over.
    stream.write(isTerminal ? `\r${line.slice(0, (stream.columns || 80) - 1)}\x1b[K` : `${line}\n`);
    isLineUp = isTerminal;
  };
  return {
    begin,
    show(what, how) {
      const restMs = isTerminal ? terminalMs : shown?.what === what ? everyMs : otherMs;
      if (!shown || now() - shown.atMs >= restMs) begin(what, how);
    },
    say(line) {
      clear();
      stream.write(`${line}\n`);
    },
    end: clear
  };
}

export interface Estimate {
  /** Seconds until `total`, or undefined as long as nothing can be said. */
  secondsLeft(done: number, total: number): number | undefined;
}

/**
 * Time left, from the pace of the last `windowMs`: a machine gets busy and idle again. Another total, or fewer things done, is the
 * beginning of something else, whose pace is measured anew.
 */
export function createEstimate({now = Date.now, windowMs = 30_000}: {now?(): number; windowMs?: number} = {}): Estimate {
  let seen: {atMs: number; done: number}[] = [];
  let of = NaN;
  return {
    secondsLeft(done, total) {
      if (total !== of || done < (seen.at(-1)?.done ?? 0)) seen = [];
      of = total;
      if (seen.at(-1)?.done !== done || seen.length === 0) seen.push({atMs: now(), done});
      // One from before the window stays, so that slow things have a pace as well.
      while (seen.length > 2 && seen[1].atMs < now() - windowMs) seen.shift();
      const [first, last] = [seen[0], seen.at(-1)!];
      if (done >= total) return 0;
      if (last.done === first.done) return undefined;
      const secondsEach = (last.atMs - first.atMs) / 1000 / (last.done - first.done);
      return Math.max(0, secondsEach * (total - done) - (now() - last.atMs) / 1000);
    }
  };
}

/** "about 40 s left", "about 3 min left"; nothing where nothing can be said. */
export function timeLeft(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return "";
  const whole = Math.max(1, Math.ceil(seconds));
  return whole < 100 ? `about ${whole} s left` : `about ${Math.round(whole / 60)} min left`;
}

/** "image 1,200 of 2,048, about 40 s left" */
export function counted(noun: string, done: number, total: number, estimate: Estimate): string {
  const left = timeLeft(estimate.secondsLeft(done, total));
  return `${noun} ${done.toLocaleString("en")} of ${total.toLocaleString("en")}${left && done < total ? `, ${left}` : ""}`;
}
