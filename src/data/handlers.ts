/** What a notebook's frame may ask the host about data: import, list, open and delete pair sets. Passes everything on to the decode worker. */
import type {Client, Handlers} from "../rpc/port.ts";

/**
 * Services for the host's table:
 * - `data/import` (stream): `{name, files: [{path, file}], sizePx, limit?, split?, seed?}` -> progress, with the summary at the end
 * - `data/import-from-hub` (stream): `{name, sizePx, limit, server?, dataset?, config?, split?}` -> the same
 * - `data/list`: -> `{keptIn, sets, quota, usage, notes}`
 * - `data/open`: `{name, sizePx?, split?, limit?}` -> a PairSet
 * - `data/delete`: `{name}`
 *
 * Leaving a stream, or aborting it, cancels the import and leaves nothing behind. `worker` is asked for when it is first
 * needed and kept: sets that live in memory live in it.
 */
export function dataHandlers(worker: () => Client): Handlers {
  let client: Client | undefined;
  const its = () => (client ??= worker());
  return {
    "data/import": (args: unknown, signal) => its().stream("import", args, {signal}),
    "data/import-from-hub": (args: unknown, signal) => its().stream("importFromHub", args, {signal}),
    "data/list": (args: unknown, signal) => its().call("list", args, {signal}),
    "data/open": (args: unknown, signal) => its().call("open", args, {signal}),
    "data/delete": (args: unknown, signal) => its().call("delete", args, {signal})
  };
}
