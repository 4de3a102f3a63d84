/**
 * The only bundler configuration.
 *
 *   node build.mjs build            the static site in dist/
 *   node build.mjs serve            builds, serves, rebuilds and reloads on change (PORT, --open, --mount NAME=DIR)
 *   node build.mjs builder          builds when its parent asks: the other half of "serve", which must answer meanwhile
 *   node build.mjs run FILE -- ...  bundles a command-line program of ours and runs it
 *   node build.mjs kernels          compiles the AssemblyScript kernels only
 *   node build.mjs test             types, lint, then every test, in Node and in Chromium; `test --long` runs the long ones instead
 */
import {spawnSync} from "node:child_process";
import {createHash} from "node:crypto";
import {readFile, rename, rm} from "node:fs/promises";
import {existsSync, readdirSync, rmSync} from "node:fs";
import {basename, dirname, join, relative, resolve} from "node:path";
import {fileURLToPath, pathToFileURL} from "node:url";
import * as esbuild from "esbuild";
import {codeMirrorWithoutSegmenter, cssAsText, htlWithoutInlineHandlers, lightNotebookKit, lightSucrase, lookOfTheFrame, shortEntities, tfjsWithoutIdleThreads} from "./src/cli/bundler-plugins.mjs";
import {contentFiles, hashesOf, serviceWorker, writeSite} from "./src/cli/site-files.mjs";

const root = dirname(fileURLToPath(import.meta.url));
process.chdir(root);

/** What every bundle shares. `keepNames` stays off: it breaks the threads of tfjs's WebAssembly build. */
const common = {
  bundle: true,
  format: "esm",
  target: "es2022",
  sourcemap: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  loader: {".woff2": "file", ".svg": "text"},
  plugins: [lightNotebookKit(), lightSucrase(), cssAsText(), htlWithoutInlineHandlers(), tfjsWithoutIdleThreads(), codeMirrorWithoutSegmenter()],
  conditions: ["browser"],
  define: {"process.env.NODE_ENV": '"production"'},
  // tfjs asks for these in Node only.
  external: ["fs", "path", "os", "util", "crypto", "node:*", "perf_hooks", "worker_threads", "module", "url"]
};

const site = "notebooks/site";

/** Bundles, by the folder of dist/ they go to. `split` ones share chunks; the others are one file each. */
export const bundles = [
  {outdir: "dist/assets", split: true, entries: [`${site}/front.ts`, `${site}/host.ts`, `${site}/page.css`]},
  // What runs in the sandboxed frame is handed over as text, so each module must stand alone.
  {outdir: "dist/modules", split: false, entries: [`${site}/frame.ts`, `${site}/diagonal.ts`, `${site}/clip.ts`, `${site}/evaluate.ts`, `${site}/lesson.ts`, ...["d3", "htl", "inputs", "md", "tex", "mathml"].map((name) => `${site}/${name}.ts`), `${site}/frame-style.css`], plugins: [shortEntities()]},
  // What the first lesson needs of the widgets comes by itself; the frame joins the chunks again (src/notebook/modules.ts).
  {outdir: "dist/modules", split: true, entries: [`${site}/widgets.ts`, `${site}/first-widgets.ts`], plugins: [lookOfTheFrame()]},
  // Split, so that the vocabulary of published models is loaded only when one is opened.
  {outdir: "dist/workers", split: true, entries: [`${site}/train-worker.ts`, `${site}/layout-worker.ts`, `${site}/measure-worker.ts`, `${site}/decode-worker.ts`]}
];

/** Options for esbuild of one group of bundles. */
function optionsOf({outdir, split, entries, plugins = []}) {
  return {
    ...common,
    plugins: [...common.plugins, ...plugins],
    outdir,
    splitting: split,
    chunkNames: "chunk-[hash]",
    assetNames: "[name]-[hash]",
    minify: true,
    write: false,
    logLevel: "silent",
    entryPoints: entries
  };
}

/** Compiles the AssemblyScript kernels to src/kernels/build/. */
export async function buildKernels() {
  if (existsSync("src/kernels/compile.mjs")) await (await import("./src/kernels/compile.mjs")).compileKernels();
}

/**
 * Builds the site again and again, one build at a time. `build` writes it into a new folder; where `anew` is false only notebooks, pictures and
 * checkpoints are read again. Code that cannot be built is told as `failure`, and the last that could be stays: without any, nothing is written.
 */
export function openBuilder({isOffline = false} = {}) {
  let contexts, code, failure, former;
  return {
    async build({folder, anew = true}) {
      if (anew || !code) {
        contexts ??= await Promise.all(bundles.map((group) => esbuild.context(optionsOf(group))));
        await codeFiles(contexts).then((files) => ([code, failure] = [files, undefined]), (error) => (failure = wordsOf(error)));
      }
      if (!code) return {failure};
      const files = new Map([...code, ...(await contentFiles())]);
      files.set("service-worker.js", isOffline ? await serviceWorker(files) : await readFile(`${site}/no-service-worker.js`));
      const hashes = hashesOf(files);
      await writeSite(folder, files, hashes, former);
      former = {folder, hashes};
      return {hashes, failure};
    },
    dispose: async () => Promise.all((contexts ?? []).map((context) => context.dispose()))
  };
}

/** Everything of the site that follows from code: path in the site -> bytes. */
async function codeFiles(contexts) {
  await buildKernels();
  // All of them, whatever one says: the next build must not begin beside one of these.
  const built = await Promise.allSettled(contexts.map((context) => context.rebuild()));
  const errors = built.filter(({status}) => status === "rejected").map(({reason}) => reason);
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
  const warnings = built.flatMap(({value}) => value.warnings);
  if (warnings.length > 0) console.error(wordsOf({errors: warnings}));
  const files = new Map(built.flatMap(({value}) => value.outputFiles.map(({path, contents}) => [relative("dist", path).replaceAll("\\", "/"), Buffer.from(contents)])));
  for (const folder of ["node_modules/@tensorflow/tfjs-backend-wasm/dist", "src/kernels/build"]) {
    for (const name of readdirSync(folder).filter((name) => name.endsWith(".wasm"))) files.set(`wasm/${name}`, await readFile(join(folder, name)));
  }
  for (const name of ["index.html", "icon.svg"]) files.set(name, await readFile(join(site, name)));
  const page = await readFile(join(site, "notebook.html"), "utf8");
  files.set("notebook.html", Buffer.from(page.replace("{{boot-hash}}", await bootHash())));
  return files.set("modules/names.json", Buffer.from(JSON.stringify(await exportedNames())));
}

/** What is wrong, a line a place: the bundler says the same of every bundle that a file goes into. */
function wordsOf(error) {
  const lines = (error.errors ?? [error]).flatMap((one) => one.errors ?? [one]).map(({location, text, message}) => (location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : (text ?? message)));
  return [...new Set(lines)].join("\n");
}

/** Builds the site into dist/. It is written beside and then put in its place, so that a build that fails leaves the last one. */
export async function build() {
  const fresh = join(".cache", `site-${process.pid}`);
  const builder = openBuilder({isOffline: true});
  try {
    const {failure} = await builder.build({folder: fresh});
    if (failure) throw new Error(failure);
    await rm("dist", {recursive: true, force: true});
    await rename(fresh, "dist");
  } finally {
    await builder.dispose();
    await rm(fresh, {recursive: true, force: true});
  }
}

/** For `npm start`: builds when the process that started this one asks for it, and ends with it. */
function buildWhenAsked() {
  const builder = openBuilder();
  process.on("message", async (request) => process.send(await builder.build(request).catch((error) => ({failure: wordsOf(error)}))));
  process.on("disconnect", () => process.exit());
}

/** What the Content-Security-Policy says of the one inline script that the cells' frame begins with. */
async function bootHash() {
  const {outputFiles} = await esbuild.build({stdin: {contents: 'export {bootScript} from "./src/notebook/frame-document.ts";', resolveDir: root}, bundle: true, write: false, format: "esm"});
  const {bootScript} = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  return `'sha256-${createHash("sha256").update(bootScript).digest("base64")}'`;
}

/** What cells can import from us, with its documentation, for completion in the editor. */
async function exportedNames() {
  const {describeExports} = await import("./src/cli/names.mjs");
  const modules = {diagonal: "diagonal", clip: "diagonal/clip", widgets: "diagonal/widgets", evaluate: "diagonal/evaluate", lesson: "diagonal/lesson"};
  return Object.entries(modules).flatMap(([file, name]) => describeExports(`${site}/${file}.ts`, name));
}

/** Packages stay outside a program, save tfjs: its chained methods exist only as ES modules that Node cannot resolve. */
const packagesOutside = {
  name: "packages-outside",
  setup: (b) => b.onResolve({filter: /^[^./]/}, ({path, kind, importer}) => (kind === "entry-point" || `${path} ${importer}`.includes("@tensorflow/") ? undefined : {path, external: true}))
};

/** Bundles a command-line program for Node and returns the path of the result. */
export async function bundleProgram(entry) {
  const outfile = resolve(".cache/cli", basename(entry).replace(/\.ts$/, ".mjs"));
  await esbuild.build({
    ...common,
    platform: "node",
    target: "node20",
    conditions: [],
    mainFields: ["module", "main"],
    external: [],
    plugins: [packagesOutside],
    // tfjs's WebAssembly build is CommonJS at heart: it asks for `require` and `__dirname` when it runs in Node.
    banner: {js: 'import {createRequire as createRequireHere} from "node:module"; const require = createRequireHere(import.meta.url); const __dirname = import.meta.dirname; const __filename = import.meta.filename;'},
    metafile: false,
    entryPoints: [entry],
    outfile
  });
  return outfile;
}

async function runProgram(entry, args) {
  const program = await bundleProgram(entry);
  process.argv = [process.argv[0], program, ...args];
  await import(pathToFileURL(program).href);
}

function test([first, ...rest]) {
  // What the tests in Node add up to is told again at the end of those in a browser.
  const env = {...process.env, DIAGONAL_TALLY: resolve(".cache/tally.json")};
  rmSync(env.DIAGONAL_TALLY, {force: true});
  const run = (...words) => spawnSync(process.execPath, words, {stdio: "inherit", env}).status ?? 1;
  const bin = (name, path) => join("node_modules", name, path);
  const vitest = (projects, args) => () => run(bin("vitest", "vitest.mjs"), "run", ...projects.flatMap((name) => ["--project", name]), ...args);
  const steps =
    first === "--long"
      ? [vitest(["long"], rest)]
      : [
          () => run(bin("typescript", "bin/tsc"), "--noEmit"),
          () => run(bin("eslint", "bin/eslint.js"), "--quiet", "."),
          // The browser by itself: one that shares two cores with the unit tests keeps people's patience no more.
          vitest(["node", "webgpu"], [first, ...rest].filter(Boolean)),
          vitest(["browser"], [first, ...rest].filter(Boolean))
        ];
  for (const step of steps) {
    const status = step();
    if (status !== 0) process.exit(status);
  }
}

async function main() {
  const [command, ...rest] = process.argv.slice(2);
  if (command === "build") await build();
  else if (command === "builder") buildWhenAsked();
  else if (command === "kernels") await buildKernels();
  else if (command === "serve") await runProgram("src/cli/start.ts", rest);
  else if (command === "run") (await buildKernels(), await runProgram(rest[0], rest.slice(rest[1] === "--" ? 2 : 1)));
  else if (command === "test") (await build(), test(rest));
  else {
    console.error(`build.mjs knows build, serve, run, kernels and test; it was asked for "${command ?? ""}".`);
    process.exit(2);
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
