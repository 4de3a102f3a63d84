/** What the frame may tell the page and ask of it over the control port, and of which kind each argument is. All else is refused. */
import {boolean, file, integer, list, number, optional, record, text, word} from "../rpc/kinds.ts";
import type {Kind} from "../rpc/kinds.ts";
import type {Handlers} from "../rpc/port.ts";
import type {FrameNews} from "./messages.ts";

const id = integer({from: 0});
/** A place in a document, in CSS pixels: taller ones no browser shows. */
const px = number({from: -1e7, to: 1e7});
const problem = record({message: text(100_000), line: optional(number()), column: optional(number())});

/** What the frame asks of the page: parts of the site, and the notebook's own files. */
export type FrameQuestion = "module" | "font" | "attachment";

/** Arguments by name; `null` where there are none. */
export const newsKinds: Record<keyof FrameNews | FrameQuestion, Kind | null> = {
  report: record({id, status: word("waiting", "running", "gated", "done", "failed", "blocked", "interrupted"), timeMs: optional(number()), error: optional(problem), blockedBy: optional(id)}),
  layout: record({heightPx: px, cells: list(record({id, topPx: px, codeTopPx: px, bottomPx: px}), 10_000)}),
  touched: record({id}),
  key: record({key: text(40), shift: boolean, control: boolean, alt: boolean}),
  reveal: record({id: optional(id), topPx: optional(px)}),
  dragging: null,
  hands: null,
  file: record({name: text(100_000), blob: file}),
  module: record({name: text(300)}),
  font: record({index: integer({from: 0, to: 1000})}),
  attachment: record({name: text(1000)})
};

/** Handlers that look at their arguments first. */
export function checkedNews(handlers: Handlers): Handlers {
  return Object.fromEntries(
    Object.entries(newsKinds).map(([name, kind]) => [
      name,
      (args, signal) => {
        const fault = kind?.fault(args, "");
        if (fault) throw new RangeError(`${name}: ${fault}`);
        return handlers[name](kind ? args : null, signal);
      }
    ])
  );
}
