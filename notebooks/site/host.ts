/** The page of one notebook (notebook.html?open=notebooks/NAME.html): wires the notebook, which knows no machine learning, to the workers that do. */
import {loadAssets} from "../../src/notebook/assets.ts";
import type {Name} from "../../src/notebook/editor.ts";
import {parseNotebook} from "../../src/notebook/file.ts";
import {drafts} from "../../src/notebook/keeping.ts";
import {Page} from "../../src/notebook/page.ts";
import {fontFiles} from "./fonts.ts";
import {followRebuilds, isServedLocally} from "./live-reload.ts";
import {createServices} from "./services.ts";

/** What cells can import: our own modules, and the libraries that come along. */
const modules = {
  diagonal: "modules/diagonal.js",
  "diagonal/clip": "modules/clip.js",
  "diagonal/evaluate": "modules/evaluate.js",
  "diagonal/widgets": "modules/widgets.js",
  d3: "modules/d3.js",
  htl: "modules/htl.js",
  "@observablehq/inputs": "modules/inputs.js",
  md: "modules/md.js",
  tex: "modules/tex.js"
};

/** `?set.seed=2&set.pairs=data/flickr30k` -> `{seed: 2, pairs: "data/flickr30k"}`: JSON where it parses, else text. */
function readSettings(query: URLSearchParams): Record<string, unknown> {
  return Object.fromEntries(
    [...query].flatMap(([key, text]) => {
      if (!key.startsWith("set.")) return [];
      try {
        return [[key.slice(4), JSON.parse(text) as unknown]];
      } catch {
        return [[key.slice(4), text]];
      }
    })
  );
}

let names: Promise<Name[]> | undefined;

/** What our modules export, with what is written about it there (put together by build.mjs). */
function exportedNames(): Promise<Name[]> {
  return (names ??= fetch("modules/names.json")
    .then((response) => response.json() as Promise<Name[]>)
    .catch(() => []));
}

async function main() {
  const query = new URLSearchParams(location.search);
  const root = document.querySelector<HTMLElement>("#page")!;
  const address = query.get("open") ?? "notebooks/01-first-light.html";
  const unattended = query.has("unattended");
  try {
    const [assets, response] = await Promise.all([loadAssets({code: "modules/frame.js", css: "modules/frame-style.css", fonts: fontFiles, modules}), fetch(address)]);
    if (!response.ok) throw new Error(`There is no notebook at ${address} (${response.status}).`);
    // Bytes, not text(): a byte order mark is part of the file.
    const text = new TextDecoder("utf-8", {ignoreBOM: true}).decode(await response.arrayBuffer());
    const original = {text, file: parseNotebook(text)};
    const kept = unattended ? undefined : drafts.read(address);
    const draft = kept && kept.text !== text ? {text: kept.text, file: parseNotebook(kept.text)} : undefined;
    document.title = `${(draft ?? original).file.title} · Diagonal`;
    const page = new Page({
      root,
      bar: document.querySelector<HTMLElement>(".h-bar")!,
      address,
      original,
      draft,
      assets,
      services: createServices(),
      settings: readSettings(query),
      unattended,
      keepsDrafts: !unattended,
      canSave: isServedLocally() && /^notebooks\/[\w.-]+\.html$/.test(address),
      exportedNames
    });
    const {session} = page;
    /** For `npm run render` and the tests. */
    Object.assign(window, {
      diagonal: {
        idle: () => session.idle(),
        values: () => session.values(),
        errors: () => session.errors(),
        snapshotHtml: () => session.staticHtml({})
      }
    });
  } catch (error) {
    root.textContent = (error as Error).message;
    root.classList.add("h-broken");
  }
  followRebuilds();
}

void main();
