/**
 * npm run render -- notebooks/X.html [--set name=value ...] --out DIR
 *
 * Runs a notebook headless in Chromium and writes X.html (static, with its outputs), X.png (the page), X.json
 * (the named values of its cells) and X.csv (the numbers among them). Exits 1, naming the cell, if one fails.
 */
import {existsSync, statSync} from "node:fs";
import {mkdir, writeFile} from "node:fs/promises";
import {basename, join, relative, resolve} from "node:path";
import {parseArgs} from "node:util";
import {figuresCsv} from "./figures-csv.ts";
import {renderNotebook} from "./render-notebook.ts";

async function main() {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {
      set: {type: "string", multiple: true, default: []},
      out: {type: "string", default: "out"},
      timeout: {type: "string", default: "900"},
      dark: {type: "boolean", default: false},
      width: {type: "string", default: "1280"}
    }
  });
  if (positionals.length !== 1) throw new Error("render takes one notebook, for example: npm run render -- notebooks/01-first-light.html --out out");
  const file = resolve(positionals[0]);
  if (!existsSync(file)) throw new Error(`no notebook is at ${positionals[0]}`);

  const {settings, mounts} = readSettings(values.set);
  const started = performance.now();
  const {html, png, json, errors} = await renderNotebook({
    notebook: relative(process.cwd(), file),
    settings,
    mounts,
    timeoutMs: Number(values.timeout) * 1000,
    dark: values.dark,
    widthPx: Number(values.width),
    log: (line) => console.log(line)
  });

  const name = join(values.out, basename(file, ".html"));
  await mkdir(values.out, {recursive: true});
  await Promise.all([
    writeFile(`${name}.html`, html),
    writeFile(`${name}.png`, png),
    writeFile(`${name}.json`, JSON.stringify(json, null, 2) + "\n"),
    writeFile(`${name}.csv`, figuresCsv(json))
  ]);
  console.log(`${name}.html, .png, .json and .csv after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  for (const {cell, name, message, line} of errors) {
    console.error(`cell ${cell}${name ? ` (${name})` : ""}${line ? `, line ${line}` : ""}: ${message}`);
  }
  if (errors.length > 0) process.exitCode = 1;
}

/** `name=value` pairs; a value that is a folder or file here is served to the page, which gets its address instead. */
function readSettings(pairs: string[]) {
  const settings: Record<string, string> = {};
  const mounts: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw new Error(`--set takes name=value; it was given "${pair}"`);
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    if (/[/\\]/.test(value) && existsSync(value) && statSync(value).isDirectory()) {
      mounts[name] = resolve(value);
      settings[name] = `mounts/${name}`;
    } else settings[name] = value;
  }
  return {settings, mounts};
}

try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
