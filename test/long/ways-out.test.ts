/** Ways out of the sandboxed frame, against listeners on this machine that count requests, connections and packets. The same ways get out of a page without a frame. */
import {createServer} from "node:http";
import type {AddressInfo} from "node:net";
import {deflateRawSync} from "node:zlib";
import {afterAll, beforeAll, expect, it} from "vitest";
import {listenFor, type Listener} from "../../src/cli/attack/listener.ts";
import {waysOut, type WayOut} from "../../src/cli/attack/ways-out.ts";
import {idle, openSite, values, type Site} from "../browser/chromium.ts";

let site: Site;
beforeAll(async () => {
  // Chromium's WebRTC asks no server on this machine by itself.
  site = await openSite({args: ["--allow-loopback-in-peer-connection"]});
});
afterAll(() => site?.close());

interface Try {
  way: WayOut;
  listener: Listener;
}

const tryOf = async (way: WayOut): Promise<Try> => ({way, listener: await listenFor("localhost")});
const named = (name: string) => waysOut.find((way) => way.name === name)!;
/** What a way does, as an expression: whether it ran to its end, or how it failed. */
const attempt = ({way, listener}: Try) => `Promise.race([(async (out) => { ${way.code} })(${JSON.stringify(listener.out)}).then(() => "ran", String), new Promise((end) => setTimeout(end, 2000, "waits"))])`;

/** Tries ways in the frame of one notebook from elsewhere. */
async function tryInFrame(tries: readonly Try[]) {
  const cells = tries.map((one, i) => `<script id="${i + 1}" type="module">const way${i} = await ${attempt(one).replaceAll("</script", "<\\/script")}</script>`);
  const text = `<!doctype html><notebook><title>Ways out</title>${cells.join("\n")}</notebook>`;
  const page = await site.newPage();
  await page.goto(`${site.url}notebook.html#nb=${deflateRawSync(text).toString("base64url")}`);
  await page.waitForFunction(() => "diagonal" in window);
  await page.getByRole("button", {name: "Run it"}).press("Enter");
  return page;
}

/** The same in a page that nothing holds; resolves once something has arrived by each way. Whatever was sent before has arrived by then, too. */
async function getOut(tries: readonly Try[]) {
  const server = createServer((_request, response) => response.writeHead(200, {"Content-Type": "text/html"}).end("<!doctype html><html><head><script></script></head><body></body></html>"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = await site.newPage();
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  for (const one of tries) await page.evaluate(attempt(one));
  await expect.poll(() => tries.filter(({listener: {arrived}}) => arrived.requests + arrived.packets === 0).map(({way}) => way.name)).toEqual([]);
  await page.context().close();
  server.close();
}

const control = ["fetch", "image", "fetch in a worker", "WebRTC", "WebRTC of a blank frame"].map(named);
const arrivals = (tries: readonly Try[]) => tries.map(({way: {name, connects}, listener: {arrived}}) => ({name, ...arrived, connections: connects ? 0 : arrived.connections}));
const nothing = (tries: readonly Try[]) => tries.map(({way: {name}}) => ({name, requests: 0, packets: 0, connections: 0}));

it("no way that stays in the document brings a request, a packet or an unforeseen connection out of the frame", async () => {
  const tries = await Promise.all(waysOut.filter(({leaves}) => !leaves).map(tryOf));
  expect(tries.length).toBeGreaterThan(60);
  const page = await tryInFrame(tries);
  await idle(page);
  expect(Object.keys(await values(page))).toHaveLength(tries.length);
  const free = await Promise.all(control.map(tryOf));
  await getOut(free);
  expect(arrivals(tries)).toEqual(nothing(tries));
  await page.context().close();
  for (const {listener} of [...tries, ...free]) await listener.close();
});

// The others are tried by `npm run attack`: each takes a page of its own.
it.each(["replaced location", "refresh", "form", "link to the page around", "document written anew", "WebRTC after a document was opened"])("no request or packet leaves by a document that goes: %s", async (name) => {
  const tries = [await tryOf(named(name))];
  const page = await tryInFrame(tries);
  const free = [await tryOf(named("fetch"))];
  await page.waitForFunction(() => document.querySelector(".h-consent") === null);
  await getOut(free);
  expect(arrivals(tries)).toEqual(nothing(tries));
  await page.context().close();
  for (const {listener} of [...tries, ...free]) await listener.close();
});
