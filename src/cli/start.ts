/**
 * `npm start`: builds, serves, rebuilds on every change and tells the open pages.
 *
 *   PORT=4000 npm start -- --open --mount photos=../photos
 *
 * `--mount NAME=DIR` serves DIR as /mount/NAME/; data/ is served as /data/.
 */
import {spawn} from "node:child_process";
import {existsSync} from "node:fs";
import {resolve} from "node:path";
import {parseArgs} from "node:util";
import {pageStream} from "./page-stream.ts";
import {keepBuilt} from "./rebuilds.ts";
import {serveSite} from "./serve.ts";

const defaultPort = 3000;

const {values} = parseArgs({
  options: {
    open: {type: "boolean", default: false},
    port: {type: "string", default: process.env.PORT ?? String(defaultPort)},
    mount: {type: "string", multiple: true, default: []}
  }
});

function parsePort(text: string) {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new RangeError(`PORT must be a whole number from 0 to 65535, not "${text}".`);
  return port;
}

/** `["photos=../photos"]` -> `{"/mount/photos/": "../photos"}`; throws where the form or the folder is wrong. */
export function parseMounts(mounts: string[]): Record<string, string> {
  return Object.fromEntries(
    mounts.map((mount) => {
      const [, name, folder] = /^([\w.-]+)=(.+)$/.exec(mount) ?? [];
      if (!name) throw new RangeError(`--mount expects NAME=DIR, for instance photos=../photos, not "${mount}".`);
      if (!existsSync(folder)) throw new RangeError(`--mount ${name}: there is no folder ${resolve(folder)}.`);
      return [`/mount/${name}/`, folder];
    })
  );
}

function openBrowser(url: string) {
  const [command, ...args] = process.platform === "darwin" ? ["open"] : process.platform === "win32" ? ["cmd", "/c", "start", ""] : ["xdg-open"];
  spawn(command, [...args, url], {stdio: "ignore", detached: true})
    .on("error", () => console.log("No browser could be opened; open the address above by hand."))
    .unref();
}

async function main() {
  const pages = pageStream();
  const site = await keepBuilt({
    log: (line) => console.error(line),
    onState: (news) => pages.tellState(news),
    onContent: (paths) => pages.tellContent(paths)
  });
  pages.tellState(site.news());
  const server = await serveSite({
    root: () => site.folder(),
    mounts: {"/data/": "data", ...parseMounts(values.mount)},
    port: parsePort(values.port),
    notebooks: "notebooks",
    pages,
    version: () => site.news().version,
    saved: () => site.settled()
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      site.close();
      process.exit();
    });
  }
  console.log(`\n  Diagonal is at ${server.url}\n`);
  if (values.open) openBrowser(server.url);
}

try {
  await main();
} catch (error) {
  const {code, message} = error as NodeJS.ErrnoException;
  console.error(code === "EADDRINUSE" ? `Port ${values.port} is taken. Choose another: PORT=4000 npm start` : message);
  process.exit(1);
}
