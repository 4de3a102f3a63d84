/**
 * Brings a fresh machine to where Diagonal can run: packages, and with `--browser` a Chromium.
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
  const sudo = process.getuid?.() === 0 ? [] : ["sudo"];
  const run = (...words) => execFileSync(words[0], words.slice(1), {stdio: ["ignore", "ignore", "inherit"], env: {...process.env, DEBIAN_FRONTEND: "noninteractive"}});
  run(...sudo, "apt-get", "update");
  run(...sudo, "apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core");
  if (!findBrowser()) throw new Error("apt-get installed the package chromium, but no Chromium is on PATH. Set CHROME_PATH to one.");
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    installPackages();
    if (process.argv.includes("--browser")) installBrowser();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
