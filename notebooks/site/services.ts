/** What the host lets a notebook's frame ask for. */
import type {Handlers} from "../../src/notebook/port.ts";

export function createServices(): Handlers {
  return {};
}
