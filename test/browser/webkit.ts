/** Drives Debian's WebKitGTK (packages webkit2gtk-driver and xvfb) over WebDriver: as much of that protocol as our tests need, and no more. */
import {spawn, type ChildProcess} from "node:child_process";
import {existsSync} from "node:fs";
import {createServer, type AddressInfo} from "node:net";
import {expect} from "vitest";
import {webkitPrograms} from "../../src/cli/setup.mjs";
import type {Driver, World} from "./in-another-browser.ts";

/** The driver's code of a key. */
const keys = {Enter: "\uE007", Control: "\uE009"} as const;

/** How WebDriver calls an element in its messages. */
const elementKey = "element-6066-11e4-a52e-4f735466cecf";

/** Why WebKit cannot be driven here, or undefined. */
export function lackOfWebkit(): string | undefined {
  const absent = webkitPrograms.filter(({path}) => !existsSync(path)).map(({name}) => name);
  return absent.length === 0 ? undefined : `WebKit is not installed here (Debian's packages ${absent.join(" and ")})`;
}

/** Starts a screen, the driver, and a browser window on it; `close` ends all three. */
export async function launchWebkit(): Promise<Driver> {
  const [xvfb, driver] = webkitPrograms.map(({path}) => path);
  const screen = spawn(xvfb, ["-displayfd", "3", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], {stdio: ["ignore", "ignore", "ignore", "pipe"]});
  const display = await new Promise<string>((found) => screen.stdio[3]!.once("data", (data) => found(String(data).trim())));
  const port = await freePort();
  const program = spawn(driver, [`--port=${port}`, "--host=127.0.0.1"], {env: {...process.env, DISPLAY: `:${display}`}, stdio: "ignore"});
  const address = `http://127.0.0.1:${port}`;
  await expect.poll(() => fetch(`${address}/status`).then(({ok}) => ok, () => false)).toBe(true);
  const {sessionId} = (await send(`${address}/session`, {capabilities: {}})) as {sessionId: string};
  return driverOf(`${address}/session/${sessionId}`, [program, screen]);
}

async function driverOf(session: string, processes: ChildProcess[]): Promise<Driver> {
  const call = (path: string, body?: unknown) => send(`${session}/${path}`, body);
  // As long as a person on a busy machine would wait.
  await call("timeouts", {script: 600_000, pageLoad: 600_000});
  await call("window/rect", {x: 0, y: 0, width: 1280, height: 900});
  const enter = async (world: World) => {
    await call("frame", {id: null});
    if (world === "frame") await call("frame", {id: 0});
  };
  return {
    open: async (address) => void (await call("url", {url: address})),
    async run<T>(world: World, code: string) {
      await enter(world);
      const script = `const done = arguments[0]; (async () => {${code}})().then((value) => done({value}), (error) => done({error: String(error)}));`;
      const {value, error} = (await call("execute/async", {script, args: []})) as {value: T; error?: string};
      if (error !== undefined) throw new Error(`in WebKit's ${world}: ${error}`);
      return value;
    },
    async type(world, selector, text, {control = false} = {}) {
      await enter(world);
      const found = (await call("element", {using: "css selector", value: selector})) as Record<string, string>;
      const code = text === "Enter" ? keys.Enter : text;
      await call(`element/${found[elementKey]}/value`, {text: control ? `${keys.Control}${code}` : code});
    },
    async screenshot() {
      await enter("page");
      return Buffer.from((await call("screenshot")) as string, "base64");
    },
    async close() {
      await fetch(session, {method: "DELETE"}).catch(() => {});
      for (const process of processes) process.kill();
    }
  };
}

async function send(address: string, body?: unknown): Promise<unknown> {
  const response = await fetch(address, body === undefined ? {} : {method: "POST", body: JSON.stringify(body)});
  const {value} = (await response.json()) as {value: {error?: string; message?: string} | null};
  if (!response.ok) throw new Error(`WebKit's driver answered ${new URL(address).pathname} with "${value?.error}": ${value?.message}`);
  return value;
}

/** A port that nobody uses now: the driver takes a number and tells none. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const {port} = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
