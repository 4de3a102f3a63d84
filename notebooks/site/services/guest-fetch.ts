/**
 * What a worker fetches for a notebook from elsewhere: what belongs to the site, and what its reader allowed, address by address. Whatever a file there names (a shard,
 * a picture, another server) is held to the same, so that a yes to one address opens no other.
 */
import type {Handlers} from "../../../src/rpc/port.ts";

/** Of the site, what is everybody's. */
const everybodys = ["wasm/", "workers/", "modules/", "checkpoints/"];

/** Hugging Face hands large files on to servers of its own, which the question says; no other server may hand on. */
const mayHandOn = /(^|\.)(huggingface\.co|hf\.co)$/;

/** Whether an address is allowed: it is one of them, or lies below one that ends in a slash. Fragments, which never leave the browser, do not count. */
export function isAllowed(address: string, allowed: Iterable<string>): boolean {
  const plain = address.replace(/#.*$/, "");
  for (const one of allowed) {
    const open = one.replace(/#.*$/, "");
    if (plain === open || (open.endsWith("/") && plain.startsWith(open))) return true;
  }
  return false;
}

/**
 * Confines this worker's `fetch` where it was started for a guest. Returns the handler by which the host opens addresses.
 * @throws never; a fetch of an address that was not allowed rejects with a sentence.
 */
export function guestFetch(scope: {name: string; location: {href: string}; fetch: typeof fetch} = self as unknown as {name: string; location: {href: string}; fetch: typeof fetch}): Handlers {
  const site = new URL("..", scope.location.href);
  const allowed = new Set(everybodys.map((folder) => new URL(folder, site).href));
  if (scope.name === "guest") {
    const fetchAnything = scope.fetch.bind(scope);
    scope.fetch = async (input, init) => {
      const {href, hostname, protocol} = new URL(input instanceof Request ? input.url : String(input), scope.location.href);
      // What the worker made itself.
      if (protocol === "blob:") return fetchAnything(input, init);
      if (!isAllowed(href, allowed)) throw new TypeError(`${href} is not among the addresses that the reader allowed`);
      const handsOn = mayHandOn.test(hostname);
      const response = await fetchAnything(input, {...init, credentials: "omit", referrerPolicy: "no-referrer", redirect: handsOn ? "follow" : "error"});
      if (handsOn && !mayHandOn.test(new URL(response.url).hostname)) throw new TypeError(`${href} was handed on to ${new URL(response.url).hostname}, which the reader did not allow`);
      return response;
    };
  }
  return {"guest.allow": ({addresses}: {addresses: string[]}) => addresses.forEach((address) => allowed.add(address))};
}
