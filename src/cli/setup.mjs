/**
 * Brings a fresh machine to where Diagonal can run: packages, with `--browser` a Chromium, and with `--browsers` the others that the tests drive, too.
 * Plain JavaScript on Node's own modules, because it runs before anything is installed.
 */
import {execFileSync, spawnSync} from "node:child_process";
import {existsSync, readFileSync} from "node:fs";
import {join} from "node:path";
import {fileURLToPath, pathToFileURL} from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const browserNames = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const browserPlaces = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium"
];

/** The path of a Chrome or Chromium on this machine (`CHROME_PATH` first), or undefined. */
export function findBrowser() {
  if (process.env.CHROME_PATH && existsSync(process.env.CHROME_PATH)) return process.env.CHROME_PATH;
  for (const folder of (process.env.PATH ?? "").split(":")) {
    for (const name of browserNames) if (existsSync(join(folder, name))) return join(folder, name);
  }
  return browserPlaces.find((path) => existsSync(path));
}

/** The path of a Firefox on this machine (`FIREFOX_PATH` first), or undefined. */
export function findFirefox() {
  return [process.env.FIREFOX_PATH, "/usr/bin/firefox-esr", "/usr/bin/firefox"].find((path) => path && existsSync(path));
}

/** What drives WebKit, with the Debian package that each comes in: a screen, and a driver, which brings its browser. */
export const webkitPrograms = [
  {name: "xvfb", path: "/usr/bin/Xvfb"},
  {name: "webkit2gtk-driver", path: "/usr/bin/WebKitWebDriver"}
];

/** Installs what package-lock.json asks for, unless it is there already. */
export function installPackages() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (existsSync(installed) && sameVersions(installed, join(root, "package-lock.json"))) return;
  console.log("Installing packages (once; about a minute) …");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], {cwd: root, stdio: "inherit"});
}

function sameVersions(installedFile, wantedFile) {
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(wantedFile, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, {version, optional}]) => path === "" || optional || installed[path]?.version === version
  );
}

/** Installs Debian's Chromium where no Chrome or Chromium is found; throws a sentence where that is not possible. */
export function installBrowser() {
  if (findBrowser()) return;
  const apt = spawnSync("apt-get", ["--version"]);
  if (apt.status !== 0) {
    throw new Error("Diagonal's tests drive a real browser. Install Chrome or Chromium, or set CHROME_PATH to one, and run this again.");
  }
  console.log("Installing Chromium from Debian's packages (once; one to three minutes) …");
  installDebian(["chromium", "fonts-dejavu-core"]);
  if (!findBrowser()) throw new Error("apt-get installed the package chromium, but no Chromium is on PATH. Set CHROME_PATH to one.");
}

/** Installs what is missing of Debian's Firefox and WebKit. Where that is not possible it says so and goes on: their tests are left out, each with its reason. */
export function installOtherBrowsers() {
  const missing = webkitPrograms.filter(({path}) => !existsSync(path)).map(({name}) => name);
  if (!findFirefox()) missing.push("firefox-esr");
  if (missing.length === 0) return;
  console.log(`Installing ${missing.join(", ")} from Debian's packages (once; one to three minutes) …`);
  // One that this system does not know keeps no other from being installed.
  for (const name of missing) {
    try {
      installDebian([name]);
    } catch (error) {
      console.log(`${name} could not be installed, so its tests are left out: ${error.message}`);
    }
  }
}

let isListFresh = false;

/** Installs packages; throws an Error with apt-get's own words where it cannot. */
function installDebian(names) {
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const run = (...words) => {
    const [command, ...rest] = [...sudo, "apt-get", ...words];
    const {status, error, stderr} = spawnSync(command, rest, {stdio: ["ignore", "ignore", "pipe"], encoding: "utf8", env: {...process.env, DEBIAN_FRONTEND: "noninteractive"}});
    if (status !== 0) throw new Error(error?.message ?? (stderr.trim().split("\n").at(-1) || `apt-get ${words[0]} ended with ${status}`));
  };
  if (!isListFresh) run("update");
  isListFresh = true;
  run("install", "-y", "--no-install-recommends", ...names);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    installPackages();
    if (process.argv.some((word) => /^--browsers?$/.test(word))) installBrowser();
    if (process.argv.includes("--browsers")) installOtherBrowsers();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
