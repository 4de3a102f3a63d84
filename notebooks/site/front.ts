/** The front page: the lessons in order with pictures, the reader's drafts and data sets, and an empty notebook. */
import {make, shownName} from "../../src/notebook/dom.ts";
import {drafts} from "../../src/notebook/keeping.ts";
import {openNotebookFile} from "../../src/notebook/opened-file.ts";
import {followRebuilds} from "./live-reload.ts";
import {keepOffline} from "./offline.ts";

interface Entry {
  file: string;
  title: string;
  line: string;
  picture: string | null;
}

/** Sections by the number that a notebook's name begins with. */
const sections: {title: string; line?: string; has(number: number): boolean}[] = [
  {title: "Lessons", has: (number) => number > 0 && number < 50},
  {title: "Experiments", has: (number) => number >= 50 && number < 90},
  {title: "This place", has: (number) => number === 0 || number >= 90}
];

const numberOf = ({file}: Entry) => Number(/^\d+/.exec(file)?.[0] ?? 90);

function notebookLink(address: string) {
  return `notebook.html?${new URLSearchParams({open: address})}`;
}

function card(entry: Entry) {
  const link = make("a", "h-entry");
  link.href = notebookLink(`notebooks/${entry.file}`);
  const picture = make("div", "h-picture");
  if (entry.picture) picture.append(Object.assign(make("img"), {src: entry.picture, alt: "", loading: "lazy", decoding: "async"}));
  else picture.append(pattern(numberOf(entry)));
  link.append(picture, make("h3", "", entry.title), make("p", "", entry.line));
  return make("li", "", link);
}

/** What stands where a notebook has no picture yet: a matrix whose diagonal is as far along as its number. */
function pattern(number: number) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 12 8");
  svg.setAttribute("aria-hidden", "true");
  for (let row = 0; row < 8; row++) {
    for (let column = 0; column < 12; column++) {
      const cell = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const onDiagonal = column - 2 === row;
      // Any fixed scatter does; the same one for the same notebook.
      const noise = ((row * 7 + column * 13 + number * 29) % 11) / 11;
      for (const [name, value] of Object.entries({x: column + 0.08, y: row + 0.08, width: 0.84, height: 0.84, class: onDiagonal ? "h-on" : "", opacity: onDiagonal ? 0.9 : 0.02 + 0.09 * noise})) cell.setAttribute(name, String(value));
      svg.append(cell);
    }
  }
  return svg;
}

function section(title: string, ...content: Node[]) {
  const heading = make("h2", "", title);
  return make("section", "h-section", heading, ...content);
}

/** Drafts in this browser: of notebooks of the site, of new ones, and of some that came in a link. */
function draftList() {
  const list = make("ul", "h-rows");
  for (const {address, draft} of drafts.list().sort((a, b) => b.draft.savedAt.localeCompare(a.draft.savedAt))) {
    const title = /<title>([^<]*)<\/title>/.exec(draft.text)?.[1] ?? "Untitled";
    const link = make("a", "", shownName(new DOMParser().parseFromString(title, "text/html").body.textContent || "Untitled"));
    link.href = notebookLink(address);
    const from = address.startsWith("new:") ? "" : address.startsWith("link:") ? "from a link" : address.startsWith("file:") ? "from a file" : address.replace(/^notebooks\//, "");
    const remove = make("button", "h-button", "Throw away");
    remove.type = "button";
    remove.setAttribute("aria-label", `Throw away the draft ${title}`);
    const row = make("li", "", link, make("span", "h-soft", from), make("time", "h-soft", new Date(draft.savedAt).toLocaleString(undefined, {dateStyle: "medium", timeStyle: "short"})), remove);
    remove.addEventListener("click", () => {
      if (remove.dataset.sure === undefined) {
        remove.dataset.sure = "";
        remove.textContent = "Really?";
        return;
      }
      drafts.remove(address);
      row.remove();
    });
    list.append(row);
  }
  return list;
}

/** Data sets that were imported into this browser. The code that reads them is loaded when there may be any. */
async function dataList() {
  const list = make("ul", "h-rows");
  list.append(make("li", "", make("span", "", "postcards"), make("span", "h-soft", "built in: drawn when it is asked for")));
  try {
    const [{openStorage}, {sweepAll}] = await Promise.all([import("../../src/data/storage.ts"), import("./sweep-all.ts")]);
    const notes = await sweepAll();
    for (const {name, images, captions, bytes, keptIn} of await (await openStorage()).list()) {
      const size = `${images.toLocaleString("en")} images, ${captions.toLocaleString("en")} captions, ${Math.round(bytes / 2 ** 20)} MB`;
      list.append(make("li", "", make("span", "", shownName(name)), make("span", "h-soft", keptIn === "memory" ? `${size}, until this page is closed` : size)));
    }
    for (const note of notes) list.append(make("li", "h-soft", shownName(note)));
  } catch (error) {
    list.append(make("li", "h-soft", (error as Error).message));
  }
  return list;
}

async function main() {
  const front = document.querySelector("#front")!;
  const response = await fetch("notebooks/index.json");
  const entries = response.ok ? ((await response.json()) as Entry[]) : [];
  for (const {title, has} of sections) {
    const members = entries.filter((entry) => has(numberOf(entry)));
    if (members.length > 0) front.append(section(title, make("ol", "h-list", ...members.map(card))));
  }

  const own = draftList();
  const create = make("a", "h-button", "New notebook");
  create.href = notebookLink(`new:${new Date().toISOString()}`);
  const open = make("button", "h-button", "Open a file");
  open.type = "button";
  open.addEventListener("click", () => void openNotebookFile());
  const none = make("p", "h-soft", "What you change or begin is kept in this browser and shows here.");
  front.append(section("Yours", own.childElementCount > 0 ? own : none, make("div", "h-row", create, open)), section("Data sets", await dataList()));
  // The list holds nothing that could get lost.
  followRebuilds(() => location.reload());
  keepOffline();
}

void main();
