/** What a browser finds installed: fonts of Debian packages, unpacked under .cache/fonts, so that the machine's own fonts stay as they are. */
import {execFileSync} from "node:child_process";
import {existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync} from "node:fs";
import {join, resolve} from "node:path";

const cache = resolve(".cache/fonts");

/** The fonts of each set: where one names a file, that file alone. */
const sets = {
  "DejaVu Sans alone": ["fonts-dejavu-core/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"],
  "Noto, STIX and Liberation": ["fonts-dejavu-core", "fonts-noto-core", "fonts-stix", "fonts-liberation"]
};
export type FontSet = keyof typeof sets;

/** Fetches the packages where they are not here yet; returns a sentence where that is not possible. */
export function obtainFonts(): string | undefined {
  const lacking = [...new Set(Object.values(sets).flat().map((place) => place.split("/")[0]))].filter((name) => !existsSync(join(cache, name)));
  if (lacking.length === 0) return;
  try {
    mkdirSync(cache, {recursive: true});
    for (const name of lacking) unpack(name);
  } catch (error) {
    return `${lacking.join(", ")} could not be fetched with apt-get: ${(error as Error).message.split("\n")[0]}`;
  }
}

function unpack(name: string) {
  const folder = mkdtempSync(join(cache, "part-"));
  const run = (...words: string[]) => execFileSync(words[0], words.slice(1), {cwd: folder, stdio: "ignore"});
  try {
    run("apt-get", "download", name);
  } catch {
    // A fresh machine knows no packages yet.
    run(...(process.getuid?.() === 0 ? [] : ["sudo", "-n"]), "apt-get", "update");
    run("apt-get", "download", name);
  }
  run("dpkg-deb", "-x", readdirSync(folder).find((file) => file.endsWith(".deb"))!, "unpacked");
  renameSync(join(folder, "unpacked"), join(cache, name));
  rmSync(folder, {recursive: true});
}

/** Writes the configuration that shows a browser this set and nothing else; returns its path, for `FONTCONFIG_FILE`. */
export function fontConfig(set: FontSet): string {
  const folder = join(cache, "sets", set.replace(/\W+/g, "-"));
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(join(folder, "fonts"), {recursive: true});
  for (const [k, place] of sets[set].entries()) symlinkSync(join(cache, place), join(folder, "fonts", /\.\w+$/.exec(place) ? place.split("/").at(-1)! : String(k)));
  const file = join(folder, "fonts.conf");
  // With the preferences of the machine's own configuration, but for its folders.
  writeFileSync(file, `<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/cache</cachedir><include ignore_missing="yes">/etc/fonts/conf.d</include></fontconfig>\n`);
  return file;
}
