/** What `--set name=value` says to `npm run render`: values for the notebook's cells, and folders of this machine that its page may read. */
import {existsSync, statSync} from "node:fs";
import {basename, dirname, resolve} from "node:path";

/**
 * `name=value` pairs. A value that is a folder or a file here is served to the page, which gets its address instead; so is the folder in "cosines:FOLDER".
 * @throws Error where a pair has no name, or no equals sign.
 */
export function readSettings(pairs: readonly string[]): {settings: Record<string, string>; mounts: Record<string, string>} {
  const settings: Record<string, string> = {};
  const mounts: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw new Error(`--set takes name=value; it was given "${pair}"`);
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const [, kind, path] = /^(cosines:)?(.*)$/s.exec(value)!;
    settings[name] = value;
    if (!/[/\\]/.test(path) || !existsSync(path)) continue;
    const isFolder = statSync(path).isDirectory();
    mounts[name] = resolve(isFolder ? path : dirname(path));
    settings[name] = `${kind ?? ""}mounts/${name}${isFolder ? "" : `/${basename(path)}`}`;
  }
  return {settings, mounts};
}

/**
 * Seconds of `--limit`.
 * @throws Error where it is no number above 0.
 */
export function readSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === "" || !Number.isFinite(seconds) || seconds <= 0) throw new Error(`--limit takes seconds, a number above 0; it was given "${text}"`);
  return seconds;
}

/**
 * What `--gates` says.
 * @throws Error where it is neither of the two.
 */
export function readGates(text: string): "open" | "shut" {
  if (text !== "open" && text !== "shut") throw new Error(`--gates is open or shut; it was given "${text}"`);
  return text;
}
