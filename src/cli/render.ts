/**
 * npm run render -- notebooks/X.html [--set name=value ...] --out DIR
 *
 * Runs a notebook headless in Chromium and writes X.html (static, with its outputs), X.png (the page), X.json
 * (the named values of its cells) and X.csv (the numbers among them). Exits 1, naming the cell, if one fails or is not done in time.
 */
import {existsSync} from "node:fs";
import {basename, join, relative, resolve} from "node:path";
import {parseArgs} from "node:util";
import {figuresCsv} from "./figures-csv.ts";
import {createProgress} from "./progress.ts";
import {renderNotebook, type Rendered} from "./render-notebook.ts";
import {readGates, readSeconds, readSettings} from "./render-settings.ts";
import {writeAllWhole} from "./write-whole.ts";

async function main() {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {
      set: {type: "string", multiple: true, default: []},
      out: {type: "string", default: "out"},
      limit: {type: "string", default: "900"},
      gates: {type: "string", default: "open"},
      dark: {type: "boolean", default: false},
      width: {type: "string", default: "1280"}
    }
  });
  if (positionals.length !== 1) throw new Error("render takes one notebook, for example: npm run render -- notebooks/01-first-light.html --out out");
  const file = resolve(positionals[0]);
  if (!existsSync(file)) throw new Error(`no notebook is at ${positionals[0]}`);
  const [limitS, gates] = [readSeconds(values.limit), readGates(values.gates)];

  const {settings, mounts} = readSettings(values.set);
  const started = performance.now();
  const progress = createProgress();
  progress.say(`${positionals[0]}: at most ${limitS} s (--limit SECONDS sets another limit)${gates === "open" ? "; cells that wait for a press run too (--gates shut leaves them)" : ""}`);
  const rendered = await renderNotebook({
    notebook: relative(process.cwd(), file),
    settings,
    mounts,
    limitS,
    gates,
    dark: values.dark,
    widthPx: Number(values.width),
    progress
  });
  if (rendered.unfinished) console.error(`The limit of ${limitS} s is reached. At work: ${rendered.unfinished}. What is there is written; --limit SECONDS gives more time.`);
  const written = await write(rendered, join(values.out, basename(file, ".html")));
  console.log(`${written} after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  for (const {cell, name, message, line} of rendered.errors) {
    console.error(`cell ${cell}${name ? ` (${name})` : ""}${line ? `, line ${line}` : ""}: ${message}`);
  }
  if (rendered.errors.length > 0 || rendered.unfinished) process.exitCode = 1;
}

/** Writes what the page gave; the names of the files. */
async function write({html, png, json}: Rendered, name: string): Promise<string> {
  const files = {".html": html, ".png": png, ".json": json && `${JSON.stringify(json, null, 2)}\n`, ".csv": json && figuresCsv(json)};
  const there = Object.entries(files).filter((file): file is [string, string | Buffer] => file[1] !== undefined);
  await writeAllWhole(Object.fromEntries(there.map(([ending, content]) => [`${name}${ending}`, content])));
  return there.length > 0 ? there.map(([ending]) => `${name}${ending}`).join(", ") : "nothing was written: the page did not answer";
}

try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
