/** The page of one notebook: wires the notebook, which knows no machine learning, to the workers that do. */
import {filesOfDrop} from "../../src/data/drop.ts";
import {loadAssets} from "../../src/notebook/assets.ts";
import type {Name} from "../../src/notebook/editor.ts";
import {checksum, emptyNotebook, exactText, parseNotebook} from "../../src/notebook/file.ts";
import {drafts, savingToServer, type SaveText} from "../../src/notebook/keeping.ts";
import {Page} from "../../src/notebook/page.ts";
import {openDialog} from "../../src/notebook/panels.ts";
import {readSettings, unpack} from "../../src/notebook/share.ts";
import {make, visible} from "../../src/notebook/dom.ts";
import {watchHands} from "../../src/notebook/hands.ts";
import {fontFiles} from "./fonts.ts";
import {followRebuilds, isServedLocally} from "./live-reload.ts";
import {keepOffline} from "./offline.ts";
import {checkedServices} from "./services/check.ts";
import type {Ask} from "./services/guests.ts";
import {createWorkers} from "./services/workers.ts";

/** What cells can import: our own modules, and the libraries that come along. */
const modules = {
  diagonal: "modules/diagonal.js",
  "diagonal/clip": "modules/clip.js",
  "diagonal/evaluate": "modules/evaluate.js",
  "diagonal/lesson": "modules/lesson.js",
  "diagonal/widgets": "modules/widgets.js",
  d3: "modules/d3.js",
  htl: "modules/htl.js",
  "@observablehq/inputs": "modules/inputs.js",
  md: "modules/md.js",
  tex: "modules/tex.js",
  mathml: "modules/mathml.js",
  "diagonal/widgets/first": "modules/first-widgets.js"
};

/** The widgets of a first visit come by themselves: they are a third of all. */
const parts = {"diagonal/widgets": {name: "diagonal/widgets/first", exports: ["exportRun", "jointMap", "lossCurve", "recallSentence", "runControls", "similarityMatrix", "temperatureSlider"]}};

/** A notebook's text, what its draft is kept under, and where it came from if not from this site. */
interface Source {
  text: string;
  address: string;
  foreign?: string;
}

/**
 * Reads what the page's address asks for:
 * `?open=notebooks/X.html` a notebook of this site, `?open=https://...` one from elsewhere, `#nb=...` one inside the link,
 * `?open=new:...` a new one, `?open=link:...` or `?open=file:...` the draft of one that came in a link or was opened from disk.
 */
async function readSource(query: URLSearchParams, fragment: URLSearchParams): Promise<Source> {
  const packed = fragment.get("nb");
  if (packed !== null) {
    const text = await unpack(packed);
    const file = query.get("from");
    const opened = query.get("open") ?? "";
    return {text, address: opened.startsWith("file:") ? opened : `link:${checksum(text)}`, foreign: file ? `a link. The link says that it comes from the file “${visible(file)}”` : "a link"};
  }
  const address = query.get("open") ?? "notebooks/01-first-light.html";
  if (address.startsWith("new:")) return {text: emptyNotebook(), address};
  if (/^(link|file):/.test(address)) {
    const draft = drafts.read(address);
    if (!draft) throw new Error("This draft is no longer in this browser.");
    return {text: draft.text, address, foreign: address.startsWith("file:") ? "a file" : "a link"};
  }
  const url = new URL(address, document.baseURI);
  const isOurs = url.origin === location.origin && /^https?:$/.test(url.protocol);
  const response = await fetch(url, isOurs ? {} : {credentials: "omit", referrerPolicy: "no-referrer"}).catch(() => undefined);
  if (!response?.ok) throw new Error(`There is no notebook to be had at ${address}${response ? ` (${response.status})` : ""}.`);
  const text = exactText(await response.arrayBuffer());
  return {text, address, foreign: isOurs ? undefined : url.host || "another place"};
}

let names: Promise<Name[]> | undefined;

/** What our modules export, with what is written about it there (put together by build.mjs). */
function exportedNames(): Promise<Name[]> {
  return (names ??= fetch("modules/names.json")
    .then((response) => response.json() as Promise<Name[]>)
    .catch(() => []));
}

/** How a notebook is written back to where it was read from; undefined where the page may not. */
async function savingOf(address: string): Promise<SaveText | undefined> {
  if (address.startsWith("file:")) return (await import("../../src/notebook/opened-file.ts")).savingToFile(address);
  return isServedLocally() && /^notebooks\/[\w.-]+\.html$/.test(address) ? savingToServer(address) : undefined;
}

const ask: Ask = async ({title, text, quote, yes}, again) => {
  const content = [make("p", "", text), ...(quote ? [make("pre", "h-compare h-asked", quote)] : [])];
  const buttons = [{label: "No", value: "no"}, ...(again ? [{label: "No, and ask no more", value: "never"}] : []), {label: yes, value: "yes", primary: true}];
  const answer = await openDialog(title, content, buttons, {isConsidered: true});
  return answer === "yes" || answer === "never" ? answer : "no";
};

async function main() {
  const query = new URLSearchParams(location.search);
  const fragment = new URLSearchParams(location.hash.slice(1));
  const root = document.querySelector<HTMLElement>("#page")!;
  const unattended = query.has("unattended");
  try {
    const reading = readSource(query, fragment);
    const assets = loadAssets({
      code: "modules/frame.js",
      css: "modules/frame-style.css",
      fonts: fontFiles,
      modules,
      parts,
      attachment: async (name) => {
        const {address, foreign} = await reading;
        const {readAttachment} = await import("../../src/notebook/files.ts");
        return readAttachment(address, name, {beside: foreign === undefined});
      }
    });
    const {text, address, foreign} = await reading;
    const original = {text, file: parseNotebook(text)};
    const kept = unattended ? undefined : drafts.read(address);
    const draft = kept && kept.text !== text ? {text: kept.text, file: parseNotebook(kept.text)} : undefined;
    document.title = `${(draft ?? original).file.title} · Diagonal`;
    const isGuest = foreign !== undefined;
    const workers = createWorkers({isGuest, onDeath: (why) => page.messages.say(why, {lastsMs: 30_000})});
    const own = workers.handlers;
    const services = checkedServices(isGuest ? (await import("./services/guests.ts")).guestServices(own, {ask, allow: workers.allow, site: document.baseURI}) : own);
    const page: Page = new Page({
      root,
      bar: document.querySelector<HTMLElement>(".h-bar")!,
      address,
      original,
      draft,
      isOutdated: kept !== undefined && kept.base !== checksum(text),
      assets: await assets,
      services,
      settings: readSettings(query, fragment),
      unattended,
      foreign,
      fonts: fontFiles,
      sharedAddress: foreign === undefined && !address.startsWith("new:") ? address : undefined,
      keepsDrafts: !unattended,
      saveText: await savingOf(address),
      exportedNames,
      filesOfDrop
    });
    const {session} = page;
    watchHands(window, () => void services.hands(undefined, new AbortController().signal));
    /** For `npm run render` and the tests. */
    Object.assign(window, {
      diagonal: {
        idle: () => session.idle(),
        values: () => session.values(),
        errors: () => session.errors(),
        snapshotHtml: () => page.staticParts(),
        exportedHtml: async () => (await import("../../src/notebook/copies.ts")).exportedHtml(page)
      }
    });
  } catch (error) {
    root.textContent = (error as Error).message;
    root.classList.add("h-broken");
  }
  followRebuilds();
  keepOffline();
}

// Another link in the same window differs in its fragment only, which loads nothing by itself.
addEventListener("hashchange", () => location.reload());

void main();
