/** Drives Debian's WebKitGTK (packages webkit2gtk-driver and xvfb) over WebDriver: as much of that protocol as our tests need, and no more. */
import {spawn, type ChildProcess} from "node:child_process";
import {existsSync} from "node:fs";
import {createServer, type AddressInfo} from "node:net";
import {webkitPrograms} from "../../src/cli/setup.mjs";
import type {Driver, World} from "./in-another-browser.ts";

/** The driver's code of a key. */
const keys = {Enter: "\uE007", Control: "\uE009"} as const;

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
  await listening(`${address}/status`);
  const {sessionId} = (await send(`${address}/session`, {capabilities: {}})) as {sessionId: string};
  return driverOf(`${address}/session/${sessionId}`, [program, screen]);
}

/** Waits until the driver answers: it does so a moment after it was started. */
async function listening(address: string, patienceMs = 60_000): Promise<void> {
  const began = performance.now();
  while (!(await fetch(address).then(({ok}) => ok, () => false))) {
    if (performance.now() - began > patienceMs) throw new Error(`WebKit's driver does not answer at ${address}`);
    await new Promise((after) => setTimeout(after, 100));
  }
}

async function driverOf(session: string, processes: ChildProcess[]): Promise<Driver> {
  const call = (path: string, body?: unknown) => send(`${session}/${path}`, body);
  // As long as a person on a busy machine would wait.
  await call("timeouts", {script: 600_000, pageLoad: 600_000});
  await call("window/rect", {x: 0, y: 0, width: 1280, height: 900});
  const script = (code: string) => call("execute/sync", {script: code, args: []}) as Promise<{x: number; y: number}>;
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
    async press(selector) {
      // By pointer: nothing in a frame of another origin takes the focus before a pointer was there, and the driver's own click finds nothing in it.
      await enter("frame");
      const inFrame = await script(`const {x, y, width, height} = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect(); return {x: x + width / 2, y: y + height / 2};`);
      await enter("page");
      const place = await script(`
        const frame = document.querySelector("iframe");
        scrollBy(0, frame.getBoundingClientRect().top + ${inFrame.y} - innerHeight / 2);
        const {x, y} = frame.getBoundingClientRect();
        return {x: Math.round(x + ${inFrame.x}), y: Math.round(y + ${inFrame.y})};`);
      const actions = [{type: "pointerMove", duration: 0, ...place}, {type: "pointerDown", button: 0}, {type: "pointerUp", button: 0}];
      await call("actions", {actions: [{type: "pointer", id: "mouse", actions}]});
    },
    async type(selector, text, {control = false} = {}) {
      await enter("page");
      await script(`document.querySelector(${JSON.stringify(selector)}).focus();`);
      const pressed = text === "Enter" ? [keys.Enter] : [...text];
      const strokes = pressed.flatMap((value) => [{type: "keyDown", value}, {type: "keyUp", value}]);
      const held = [{type: "keyDown", value: keys.Control}, ...strokes, {type: "keyUp", value: keys.Control}];
      await call("actions", {actions: [{type: "key", id: "keyboard", actions: control ? held : strokes}]});
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
