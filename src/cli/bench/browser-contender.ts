/** A contender that runs in a worker of the measured browser. */
import type {Page} from "playwright-core";
import type {Contender, Order} from "./contender.ts";

/** Workers by contender, in the page. */
declare global {
  var contenders: Map<string, Worker> | undefined;
}

/** Sends one order to the contender's worker, which starts with its first; an answer with `error` is thrown. */
export function order<Answer>(page: Page, contender: string, script: string, message: Order): Promise<Answer> {
  return page.evaluate(([contender, script, message]) => new Promise<Answer>((resolve, reject) => {
    const workers = (globalThis.contenders ??= new Map<string, Worker>());
    let worker = workers.get(contender);
    if (!worker) workers.set(contender, (worker = new Worker(`/${script}.js`, {type: "module"})));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = ({data}) => (data.error ? reject(new Error(data.error)) : resolve(data.answer));
    worker.postMessage(message);
  }), [contender, script, message] as const);
}

/** A contender by the name that its worker knows. */
export function inBrowser(page: Page, name: string, script: string): Contender {
  const close = () => page.evaluate((name) => {
    globalThis.contenders?.get(name)?.terminate();
    globalThis.contenders?.delete(name);
  }, name);
  return {
    name,
    backend: "wasm",
    async start(preset) {
      await close();
      return order<number[]>(page, name, script, {start: preset, contender: name});
    },
    ...(script === "worker" && {memoryMb: () => order<number>(page, name, script, {memory: true})}),
    time: (task, repeats) => order<number[]>(page, name, script, {task, repeats}),
    close
  };
}
