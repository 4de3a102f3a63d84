/**
 * npm run render -- notebooks/X.html [--set name=value ...] --out DIR
 *
 * Runs a notebook headless in Chromium and writes X.html (static, with its outputs), X.png (the page), X.json
 * (the named values of its cells) and X.csv (the numbers among them). Exits 1, naming the cell, if one fails.
 */
import {existsSync} from "node:fs";
import {mkdir, writeFile} from "node:fs/promises";
import {basename, join, relative, resolve} from "node:path";
import {parseArgs} from "node:util";
import {figuresCsv} from "./figures-csv.ts";
import {renderNotebook} from "./render-notebook.ts";
import {readSettings} from "./render-settings.ts";

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

try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
