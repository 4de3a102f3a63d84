/**
 * The services as a notebook from elsewhere gets them: what reaches a file, an address or a thing that the reader keeps waits for the reader's yes to exactly that.
 * Which those are is written in the table.
 */
import type {Handler, Handlers} from "../../../src/rpc/port.ts";
import {services} from "./table.ts";
import type {Row} from "./table.ts";
import {needsOf} from "./uses.ts";
import type {Need} from "./uses.ts";

/** What a reader answers; "never" is a no to everything that is still to come. */
export type Answer = "yes" | "no" | "never";

/** Asks the reader; remembers nothing. `again` where the reader was asked before. */
export type Ask = (need: Need, again: boolean) => Promise<Answer>;

interface GuestOptions {
  ask: Ask;
  /** The site's address, which others are relative to. */
  site: string;
  /** Lets a worker fetch from addresses. */
  allow(worker: Row["worker"], addresses: readonly string[]): Promise<void>;
}

/** A yes and a no hold while the page is open; one question stands at a time. */
export function guestServices(handlers: Handlers, {ask, site, allow}: GuestOptions): Handlers {
  const answers = new Map<string, Promise<Answer>>();
  let asked = 0;
  let isRefusing = false;
  let standing: Promise<unknown> = Promise.resolve();

  const question = (need: Need): Promise<Answer> => {
    const answer = standing.then(async () => {
      if (isRefusing) return "no";
      const said = await ask(need, asked++ > 0);
      isRefusing ||= said === "never";
      return said;
    });
    standing = answer.catch(() => {});
    return answer;
  };

  async function permit(need: Need, worker: Row["worker"]) {
    const key = JSON.stringify([need.title, need.quote]);
    const known = answers.get(key);
    const answer = known ?? question(need);
    answers.set(key, answer);
    const isAllowed = (await answer) === "yes";
    // What is asked for each time is remembered only where it was a no.
    if (isAllowed && need.everyTime) answers.delete(key);
    if (!isAllowed) throw new Error(`The reader did not allow it: ${need.text} ${need.quote?.slice(0, 300) ?? ""} A no holds until the page is loaded again.`);
    if (need.addresses) await allow(worker, need.addresses);
  }

  const guarded = ({asks, worker, answers}: Row, handler: Handler): Handler => {
    const permitted = async (args: Record<string, unknown>) => {
      for (const need of needsOf(asks, args, site)) await permit(need, worker);
    };
    if (answers === "once") return async (args, signal) => (await permitted(args), handler(args, signal));
    return async function* (args, signal) {
      await permitted(args);
      yield* handler(args, signal) as AsyncIterable<unknown>;
    };
  };

  return Object.fromEntries(Object.entries(handlers).map(([call, handler]) => [call, services[call].asks ? guarded(services[call], handler) : handler]));
}
