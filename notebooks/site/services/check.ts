/** Holds every call of a frame against the table: what is not in it, and what is of another kind, is refused before anybody reads it. For notebooks of the site and from elsewhere alike. */
import type {Handlers} from "../../../src/rpc/port.ts";
import {argumentsOf, services} from "./table.ts";

/** The handlers of the table's calls, each with its check before it; those that the table does not know are left out. */
export function checkedServices(handlers: Handlers): Handlers {
  return Object.fromEntries(
    Object.keys(services).map((call) => {
      const kind = argumentsOf(call);
      return [
        call,
        (args, signal) => {
          const given = args ?? {};
          const fault = kind.fault(given, "");
          if (fault) throw new RangeError(`${call}: ${fault}`);
          return handlers[call](given, signal);
        }
      ];
    })
  );
}
