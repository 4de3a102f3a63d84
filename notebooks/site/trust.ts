/**
 * What a notebook from elsewhere may ask of the workers: training on the built-in cards with the built-in losses at once;
 * a data set, an address, or code of its own in the training worker only after the reader said yes to exactly that.
 */
import {shownName} from "../../src/notebook/dom.ts";
import type {Handler, Handlers} from "../../src/rpc/port.ts";
import type {PairsSpec, RunSpec} from "../../src/train/protocol.ts";

/** Asks the reader; remembers nothing. */
export type Ask = (question: {title: string; text: string; quote?: string; yes: string}) => Promise<boolean>;

/** Handlers that reach nothing of the reader's. */
const harmless = /^(busy$|run\.|layout\.|pairs\.thumbnails$|train\.)/;

/** The services as a foreign notebook gets them. What was allowed once stays allowed while the page is open. */
export function guardServices(services: Handlers, ask: Ask): Handlers {
  const allowed = new Map<string, Promise<boolean>>();
  const allow = async (key: string, question: Parameters<Ask>[0]) => {
    if (!allowed.has(key)) allowed.set(key, ask(question));
    if (await allowed.get(key)!) return;
    allowed.delete(key);
    throw new Error(`The reader did not allow it: ${question.text}`);
  };

  const questions: Record<string, (args: never) => Promise<void>> = {
    "pairs.open": async ({source, imageTower}: PairsSpec) => {
      if (!/^postcards(:chalk)?$/.test(source)) await allow(`pairs ${source}`, {title: "Let this notebook read a data set?", text: `It asks for “${shownName(source)}”.`, yes: "Let it read this set"});
      if (imageTower !== undefined) await allow(`tower ${imageTower}`, {title: "Let this notebook load a model?", text: `It asks for “${shownName(imageTower)}”.`, yes: "Load it"});
    },
    "run.open": async (spec: RunSpec) => {
      const {from} = spec;
      // What lies beside the site is everybody's; an address of elsewhere would be asked for with the site's own name.
      if (typeof from === "string" && !/^checkpoints\/[\w.-]+$/.test(from)) await allow(`checkpoint ${from}`, {title: "Let this notebook load a checkpoint?", text: `It asks for “${shownName(from)}”.`, yes: "Load it"});
      await allowFunctions(spec);
    },
    "run.set": ({settings}: {settings: RunSpec}) => allowFunctions(settings ?? {})
  };
  async function allowFunctions({functions}: {functions?: RunSpec["functions"]}) {
    const written = Object.entries(functions ?? {});
    if (written.length === 0) return;
    const quote = written.map(([name, {source}]) => `${name}:\n${source}`).join("\n\n");
    await allow(`functions ${quote}`, {
      title: "Let this notebook train with code of its own?",
      text: "This code would run in the training worker, outside the sandbox: with the site's own rights, it could read what the site keeps in this browser.",
      quote,
      yes: "Train with this code"
    });
  }

  return Object.fromEntries(
    Object.entries(services).map(([name, handler]): [string, Handler] => {
      const check = questions[name];
      if (check) return [name, guarded(handler, check)];
      if (harmless.test(name)) return [name, handler];
      return [name, guarded(handler, () => allow(name, {title: "Let this notebook use a service of this site?", text: `It asks for “${name}”.`, yes: "Let it"}))];
    })
  );
}

/** A handler that first waits for the reader. Whether it answers once or with a stream is seen when it answers. */
function guarded(handler: Handler, check: (args: never) => Promise<void>): Handler {
  return (args, signal) => {
    const answer = check(args as never).then(() => handler(args, signal));
    return Object.assign(answer, {
      async *[Symbol.asyncIterator]() {
        yield* (await answer) as AsyncIterable<unknown>;
      }
    });
  };
}
