/** What the bundler leaves out of other people's packages, or puts in their place. build.mjs says which bundle wears which; it runs in the repository's root. */
import {readFile} from "node:fs/promises";
import {dirname, resolve} from "node:path";
import * as esbuild from "esbuild";

/** Puts our small transpiler in the place of the TypeScript compiler that Notebook Kit brings: 0.4 MB instead of 3.7. */
export function lightNotebookKit() {
  return {
    name: "light-notebook-kit",
    setup(build) {
      build.onLoad({filter: /notebook-kit[\\/]dist[\\/]src[\\/]javascript[\\/]typescript\.js$/}, () => ({
        contents: `export {transpileTypeScript} from ${JSON.stringify(resolve("src/notebook/strip-types.ts"))};`,
        resolveDir: process.cwd()
      }));
    }
  };
}

/** The frame wears the widgets' style sheet from the start (frame-style.css): its text need not come again with the widgets. */
export function lookOfTheFrame() {
  return {name: "look-of-the-frame", setup: (build) => build.onLoad({filter: /widgets[\\/]look\.css$/}, ({with: {type}}) => (type === "text" ? {contents: "", loader: "text"} : undefined))};
}

/** In the frame, the browser knows the 2,231 named characters that markdown may name: the table of the package "entities" stays out. */
export function shortEntities() {
  const contents = `
    const field = document.createElement("textarea");
    export function decodeHTMLStrict(text) {
      return text.replace(/&(?:#\\d+|#[xX][\\da-fA-F]+|\\w+);/g, (name) => ((field.innerHTML = name), field.value));
    }`;
  return {
    name: "short-entities",
    setup(build) {
      build.onResolve({filter: /^entities$/}, ({importer}) => (importer.includes("markdown-it") ? {path: "entities", namespace: "short-entities"} : undefined));
      build.onLoad({filter: /.*/, namespace: "short-entities"}, () => ({contents}));
    }
  };
}

/** Leaves out of Sucrase what a cell never asks for: Flow, JSX, React, Jest, source maps, and the check of its own options. */
export function lightSucrase() {
  const unused = /sucrase[\\/]dist[\\/]esm[\\/](Options-gen-types|computeSourceMap|parser[\\/]plugins[\\/](flow|jsx[\\/]\w+)|transformers[\\/](CJSImport|Flow|JSX|JestHoist|ReactDisplayName|ReactHotLoader)Transformer)\.js$/;
  return {
    name: "light-sucrase",
    setup(build) {
      // CommonJS, so that names which nobody calls need not exist.
      build.onLoad({filter: unused}, () => ({contents: "module.exports = {};"}));
      build.onLoad({filter: /ts-interface-checker[\\/]/}, () => ({contents: "export const createCheckers = () => ({Options: {strictCheck() {}}});"}));
    }
  };
}

/**
 * htl parses `onclick=${f}` with a placeholder for f first, which the Content-Security-Policy takes for an inline handler and reports.
 * The placeholder gets another attribute's name; nothing else changes. Observable's inputs bring an older htl of the same form.
 */
export function htlWithoutInlineHandlers() {
  return {
    name: "htl-without-inline-handlers",
    setup(build) {
      build.onLoad({filter: /node_modules[\\/]htl[\\/](src|dist)[\\/]index\.js$/}, async ({path}) => {
        const changes = [
          [/string \+= (?:`::\$\{j\}`|"::" \+ j);/, 'string = string.replace(/([^\\s=]+)(\\s*=\\s*)$/, "data-held-$$1$$2") + "::" + j;'],
          [/(node|element)\[name\] = value;/, '$1[name.replace(/^data-held-/, "")] = value;'],
          [/setStyles\((node|element)\[name\], value\);/, 'setStyles($1[name.replace(/^data-held-/, "")], value);']
        ];
        return {contents: replaced(await readFile(path, "utf8"), changes, path, "htlWithoutInlineHandlers"), loader: "js"};
      });
    }
  };
}

/**
 * tfjs's threaded WebAssembly build is taken for its shared memory. It waits for eight workers to load, and then computes on one thread (tfjs issue 8513): in Firefox on a
 * busy machine one of them at times never loads, and nothing ever starts. Here it makes none; the threads that help are our own (src/kernels/assembly/helpers.ts).
 */
export function tfjsWithoutIdleThreads() {
  return {
    name: "tfjs-without-idle-threads",
    setup(build) {
      build.onLoad({filter: /tfjs-backend-wasm[\\/]wasm-out[\\/]tfjs-backend-wasm-threaded-simd\.js$/}, async ({path}) => {
        const text = await readFile(path, "utf8");
        const changes = [
          [/var pthreadPoolSize=8;/, "var pthreadPoolSize=0;"],
          [/var numWorkersToLoad=PThread\.unusedWorkers\.length;PThread\.unusedWorkers\.forEach\(function\(w\)\{PThread\.loadWasmModuleToWorker\(w,function\(\)\{if\(!--numWorkersToLoad\)(removeRunDependency\("wasm-instantiate"\))\}\)\}\)/, "$1"]
        ];
        return {contents: replaced(text, changes, path, "tfjsWithoutIdleThreads"), loader: "js"};
      });
    }
  };
}

/** CodeMirror's commands make a segmenter of words when they load, 20 to 30 ms in one go, for commands that move by parts of words. No key of ours does. */
export function codeMirrorWithoutSegmenter() {
  return {
    name: "codemirror-without-segmenter",
    setup(build) {
      build.onLoad({filter: /@codemirror[\\/]commands[\\/]dist[\\/]index\.js$/}, async ({path}) => ({
        contents: replaced(await readFile(path, "utf8"), [[/const segmenter = [^;]+;/, "const segmenter = null;"]], path, "codeMirrorWithoutSegmenter"),
        loader: "js"
      }));
    }
  };
}

/** `import css from "x.css?text"`: a style sheet as text with its fonts inside, for modules that stand alone. Only woff2 is kept. */
export function cssAsText() {
  return {
    name: "css-as-text",
    setup(build) {
      build.onResolve({filter: /\.css\?text$/}, async ({path, importer, resolveDir}) => {
        const {path: file} = await build.resolve(path.slice(0, -"?text".length), {importer, resolveDir, kind: "import-statement"});
        return {path: file, namespace: "css-as-text"};
      });
      build.onLoad({filter: /.*/, namespace: "css-as-text"}, async ({path}) => {
        const css = (await readFile(path, "utf8")).replace(/,url\([^)]*\.(?:woff|ttf)\)\s*format\([^)]*\)/g, "");
        const {outputFiles} = await esbuild.build({stdin: {contents: css, loader: "css", resolveDir: dirname(path)}, bundle: true, write: false, minify: true, loader: {".woff2": "dataurl"}});
        return {contents: outputFiles[0].text, loader: "text", watchFiles: [path]};
      });
    }
  };
}

/** The text with every change made; an error where a package has changed and one finds nothing to change. */
function replaced(text, changes, path, plugin) {
  for (const [from, to] of changes) {
    if (text.search(from) < 0) throw new Error(`${path} no longer has ${from}: see ${plugin} in src/cli/bundler-plugins.mjs.`);
    text = text.replace(from, to);
  }
  return text;
}
