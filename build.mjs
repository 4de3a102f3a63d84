/**
 * The only bundler configuration.
 *
 *   node build.mjs build            the static site in dist/
 *   node build.mjs serve            builds, serves, rebuilds and reloads on change (PORT, --open, --mount NAME=DIR)
 *   node build.mjs run FILE -- ...  bundles a command-line program of ours and runs it
 *   node build.mjs kernels          compiles the AssemblyScript kernels only
 *   node build.mjs test             types, lint, then every test, in Node and in Chromium; `test --long` runs the long ones instead
 */
import {spawnSync} from "node:child_process";
import {createHash} from "node:crypto";
import {cp, mkdir, readFile, rm, writeFile} from "node:fs/promises";
import {existsSync, readdirSync, watch as watchFiles} from "node:fs";
import {basename, dirname, join, relative, resolve} from "node:path";
import {fileURLToPath, pathToFileURL} from "node:url";
import * as esbuild from "esbuild";
import {codeMirrorWithoutSegmenter, cssAsText, htlWithoutInlineHandlers, lightNotebookKit, lightSucrase, lookOfTheFrame, shortEntities, tfjsWithoutIdleThreads} from "./src/cli/bundler-plugins.mjs";

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
function optionsOf({outdir, split, entries, plugins = []}, {minify}) {
  return {
    ...common,
    plugins: [...common.plugins, ...plugins],
    outdir,
    splitting: split,
    chunkNames: "chunk-[hash]",
    assetNames: "[name]-[hash]",
    minify,
    entryPoints: entries.filter((entry) => existsSync(entry))
  };
}

/** Files that go to dist/ as they are: [from, to]. */
function staticFiles() {
  const tfjsWasm = "node_modules/@tensorflow/tfjs-backend-wasm/dist";
  const kernels = "src/kernels/build";
  return [
    ...["index.html", "notebook.html", "icon.svg"].map((name) => [`${site}/${name}`, `dist/${name}`]),
    ...readdirSync(tfjsWasm).filter((name) => name.endsWith(".wasm")).map((name) => [`${tfjsWasm}/${name}`, `dist/wasm/${name}`]),
    ...(existsSync(kernels) ? readdirSync(kernels) : []).filter((name) => name.endsWith(".wasm")).map((name) => [`${kernels}/${name}`, `dist/wasm/${name}`]),
    // Notebooks, and the files that they read from beside them.
    ...readdirSync("notebooks", {withFileTypes: true}).filter((entry) => entry.isFile()).map(({name}) => [`notebooks/${name}`, `dist/notebooks/${name}`]),
    [`${site}/pictures`, "dist/pictures"],
    [`${site}/checkpoints`, "dist/checkpoints"]
  ].filter(([from]) => existsSync(from));
}

/** Compiles the AssemblyScript kernels to src/kernels/build/. */
export async function buildKernels() {
  if (existsSync("src/kernels/compile.mjs")) await (await import("./src/kernels/compile.mjs")).compileKernels();
}

/** Builds the site into dist/; returns esbuild's metafiles, one a group. */
export async function build({minify = true} = {}) {
  await rm("dist", {recursive: true, force: true});
  await buildKernels();
  const results = await Promise.all(bundles.map((group) => esbuild.build(optionsOf(group, {minify}))));
  await copyStatic();
  await describeModules();
  await writeServiceWorker();
  return results.map(({metafile}) => metafile);
}

async function copyStatic() {
  for (const [from, to] of staticFiles()) {
    await mkdir(dirname(to), {recursive: true});
    if (to === "dist/notebook.html") await writeFile(to, (await readFile(from, "utf8")).replace("{{boot-hash}}", await bootHash()));
    else await cp(from, to, {recursive: true});
  }
  const notebooks = readdirSync("notebooks").filter((name) => name.endsWith(".html")).sort();
  await mkdir("dist/notebooks", {recursive: true});
  await writeFile("dist/notebooks/index.json", JSON.stringify(await Promise.all(notebooks.map(describeNotebook)), null, 2));
}

/** Puts the list of the site's files, and a version that changes with any of them, into the service worker. */
async function writeServiceWorker() {
  const files = readdirSync("dist", {withFileTypes: true, recursive: true})
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".map") && entry.name !== "service-worker.js")
    .map((entry) => relative("dist", join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(await readFile(join("dist", file)));
  const list = JSON.stringify({version: `diagonal-${hash.digest("hex").slice(0, 16)}`, files: ["./", ...files]});
  const source = await readFile(`${site}/service-worker.js`, "utf8");
  await writeFile("dist/service-worker.js", source.replace("{/*files*/}", () => list));
}

/** What the Content-Security-Policy says of the one inline script that the cells' frame begins with. */
async function bootHash() {
  const {outputFiles} = await esbuild.build({stdin: {contents: 'export {bootScript} from "./src/notebook/link.ts";', resolveDir: root}, bundle: true, write: false, format: "esm"});
  const {bootScript} = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  return `'sha256-${createHash("sha256").update(bootScript).digest("base64")}'`;
}

/** What cells can import from us, with its documentation, for completion in the editor. */
async function describeModules() {
  const {describeExports} = await import("./src/cli/names.mjs");
  const modules = {diagonal: "diagonal", clip: "diagonal/clip", widgets: "diagonal/widgets", evaluate: "diagonal/evaluate", lesson: "diagonal/lesson"};
  const names = Object.entries(modules).flatMap(([file, name]) => (existsSync(`${site}/${file}.ts`) ? describeExports(`${site}/${file}.ts`, name) : []));
  await mkdir("dist/modules", {recursive: true});
  await writeFile("dist/modules/names.json", JSON.stringify(names));
}

/** What the front page says of a notebook: its title, the first paragraph of its text, and its picture in site/pictures, where there is one. */
async function describeNotebook(file) {
  const text = await readFile(join("notebooks", file), "utf8");
  const title = /<title>([^<]*)<\/title>/.exec(text)?.[1] ?? file;
  const markdown = /<script[^>]*type="text\/markdown"[^>]*>([^]*?)<\/script>/.exec(text)?.[1] ?? "";
  const line = markdown.split(/\n\s*\n|\n(?=\s*#)|(?<=^\s*#.*)\n/m).map((part) => part.trim()).find((part) => part && !part.startsWith("#")) ?? "";
  const pictures = ["png", "jpg", "webp", "svg"].map((type) => `pictures/${file.replace(/\.html$/, "")}.${type}`);
  return {file, title: unescapeHtml(title), line: line.replace(/\s+/g, " ").replace(/[*_`]/g, ""), picture: pictures.find((name) => existsSync(join(site, name))) ?? null};
}

const unescapeHtml = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ({amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'"})[name]);

/** Builds, then rebuilds on every change and tells `onRebuild`; returns a function that stops. */
export async function watch(onRebuild) {
  await build();
  const plugin = {name: "tell", setup: (b) => b.onEnd(async () => (await copyStatic(), onRebuild()))};
  const contexts = await Promise.all(
    bundles.map((group) => {
      const options = optionsOf(group, {minify: true});
      return esbuild.context({...options, plugins: [...options.plugins, plugin]});
    })
  );
  await Promise.all(contexts.map((context) => context.watch()));
  // The bundler follows what it bundles; notebooks and pages are copied. A saved notebook is on the page already that saved it.
  const watchers = ["notebooks", site].map((folder) => watchFiles(folder, (_, name) => /\.(html|svg)$/.test(name ?? "") && !name.startsWith(".") && void copyStatic()));
  return () => Promise.all([...contexts.map((context) => context.dispose()), ...watchers.map((watcher) => watcher.close())]);
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
  const run = (...words) => spawnSync(process.execPath, words, {stdio: "inherit"}).status ?? 1;
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
