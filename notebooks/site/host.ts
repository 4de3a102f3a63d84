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
import {isOwnAddress, isOwnAnswer} from "./own-source.ts";
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

/** What is opened where the address asks for nothing. */
const firstNotebook = "notebooks/01-first-light.html";

/** A notebook's text, what its draft is kept under, and where it came from if not from this site. */
interface Source {
  text: string;
  address: string;
  foreign?: string;
}

/**
 * Reads what the page's address asks for:
 * `?open=notebooks/X.html` a notebook of this site, `?open=https://...` one from elsewhere, `?open=data/X.html` or `?open=mount/NAME/X.html` one that lies beside
 * the site and is as foreign, `#nb=...` one inside the link,
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
  const address = query.get("open") ?? firstNotebook;
  if (address.startsWith("new:")) return {text: emptyNotebook(), address};
  if (/^(link|file):/.test(address)) {
    const draft = drafts.read(address);
    if (!draft) throw new Error("This draft is no longer in this browser.");
    return {text: draft.text, address, foreign: address.startsWith("file:") ? "a file" : "a link"};
  }
  const [url, base] = [new URL(address, document.baseURI), new URL(document.baseURI)];
  const response = await fetch(url, isOwnAddress(url, base) ? {} : {credentials: "omit", referrerPolicy: "no-referrer"}).catch(() => undefined);
  if (!response?.ok) throw new Error(`There is no notebook to be had at ${address}${response ? ` (${response.status})` : ""}.`);
  const text = exactText(await response.arrayBuffer());
  const isOwn = isOwnAnswer(url, response, {base, isServedLocally: isServedLocally()});
  const place = url.origin === base.origin ? `“${visible(address)}”, which lies beside this site and is no part of it` : url.host || "another place";
  return {text, address, foreign: isOwn ? undefined : place};
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

/** The notebook's file changed on disk: a page goes along with it as far as it can without losing what it holds. */
async function takeChanges(page: Page, address: string) {
  const response = await fetch(address).catch(() => undefined);
  if (response?.ok) return (await import("../../src/notebook/take-file.ts")).takeFile(page, exactText(await response.arrayBuffer()));
  page.messages.say("The notebook’s file is gone. This page keeps its text until it is closed.", {action: "Download", run: () => page.do("download"), lastsMs: Infinity});
}

async function main() {
  const query = new URLSearchParams(location.search);
  const fragment = new URLSearchParams(location.hash.slice(1));
  const root = document.querySelector<HTMLElement>("#page")!;
  const unattended = query.has("unattended");
  let page: Page | undefined;
  followRebuilds((paths) => {
    const address = query.get("open") ?? firstNotebook;
    const hrefOf = (path: string) => new URL(path, document.baseURI).href;
    if (!paths.some((path) => hrefOf(path) === hrefOf(address))) return;
    if (page) void takeChanges(page, address);
    else location.reload();
  });
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
    const workers = createWorkers({isGuest, onDeath: (why) => page?.messages.say(why, {lastsMs: 30_000})});
    const own = workers.handlers;
    const services = checkedServices(isGuest ? (await import("./services/guests.ts")).guestServices(own, {ask, allow: workers.allow, site: document.baseURI}) : own);
    const shown = (page = new Page({
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
      gatesShut: query.get("gates") === "shut",
      foreign,
      fonts: fontFiles,
      sharedAddress: foreign === undefined && !address.startsWith("new:") ? address : undefined,
      keepsDrafts: !unattended,
      saveText: await savingOf(address),
      exportedNames,
      filesOfDrop
    }));
    const {session} = shown;
    watchHands(window, () => void services.hands(undefined, new AbortController().signal));
    /** For `npm run render` and the tests. */
    Object.assign(window, {
      diagonal: {
        idle: () => session.idle(),
        values: () => session.values(),
        errors: () => session.errors(),
        work: async () => ({cells: session.atWork(), runs: await services.progress(undefined, new AbortController().signal)}),
        snapshotHtml: async () => (await import("../../src/notebook/copies.ts")).inertParts(shown),
        exportedHtml: async () => (await import("../../src/notebook/copies.ts")).exportedHtml(shown)
      }
    });
  } catch (error) {
    root.textContent = (error as Error).message;
    root.classList.add("h-broken");
  }
  keepOffline();
}

// Another link in the same window differs in its fragment only, which loads nothing by itself.
addEventListener("hashchange", () => location.reload());

void main();
