/** The drop zone: a folder, zip or tar becomes a set that is kept in this browser; kept sets are listed and deleted. The work is handed in. */
import {dataRoot} from "./shared/data-root.ts";
import {takeFiles} from "./shared/drop-zone.ts";
import {emitInput, extend, html} from "./shared/dom.ts";
import {relist} from "./shared/relist.ts";
import {count, duration, shownName} from "./shared/text.ts";

interface Dropped {
  path: string;
  file: File;
}

export interface ImportState {
  stage: "reading" | "decoding" | "done";
  done: number;
  total: number;
  secondsLeft?: number;
  note: string;
  summary?: KeptSet;
  problems?: {where: string; line?: number; what: string; kept: boolean}[];
}

interface KeptSet {
  name: string;
  images: number;
  captions: number;
  sizePx: number;
  bytes: number;
  keptIn: "disk" | "memory";
}

export interface PairImportOptions {
  /** Imports, lists, deletes: `keptPairs` of "diagonal". */
  kept: {
    importFiles(files: Dropped[], options: {name: string; signal: AbortSignal}): AsyncIterable<ImportState>;
    importFromHub(options: {name: string; limit: number; signal: AbortSignal}): AsyncIterable<ImportState>;
    /** `notes`: what else there is to say of what is kept here, sentence by sentence. */
    list(): Promise<{keptIn: "disk" | "memory"; sets: KeptSet[]; notes?: string[]}>;
    delete(name: string): Promise<void>;
  };
  filesOfDrop: (transfer: DataTransfer) => Promise<Dropped[]>;
  filesOfInput: (input: HTMLInputElement) => Dropped[];
  /** The set that is open at the start; "postcards" unless given. */
  start?: string;
  /** How many pairs the public mirror is asked for. */
  hubLimit?: number;
}

export type PairImport = HTMLElement & {
  /** Name of the set to open: the one of the start until another one is chosen. */
  readonly value: string;
};

/** The drop zone. Its value changes when a set has been imported, or when "Use" is pressed. */
export function pairImport({kept, filesOfDrop, filesOfInput, start = "postcards", hubLimit = 500}: PairImportOptions): PairImport {
  let value = start;
  let running: AbortController | undefined;
  const file = (folder: boolean) => {
    const input = html("input", {type: "file", multiple: true, webkitdirectory: folder, onchange: () => void begin(filesOfInput(input))});
    return html("label", {class: "d-button"}, folder ? "Choose a folder" : "Choose files", input);
  };
  const hub = html("button", {class: "d-button", type: "button", onclick: () => void follow("Flickr30k", (name, signal) => kept.importFromHub({name, limit: hubLimit, signal}))}, `Load ${hubLimit} pairs of Flickr30k`);
  const bar = html("progress", {max: 1, value: 0, hidden: true});
  const said = html("p", {class: "d-note", role: "status"});
  const cancel = html("button", {class: "d-button", type: "button", hidden: true, onclick: () => running?.abort()}, "Cancel");
  const found = html("ul", {class: "d-found", hidden: true});
  const list = html("ul", {class: "d-kept"});
  const notes = html("p", {class: "d-note", "aria-live": "polite", hidden: true});
  const zone = html(
    "div",
    {class: "d-zone"},
    html("p", {class: "d-title"}, "Drop a folder, a zip or a tar of images, with its captions file"),
    html("div", {class: "d-row"}, file(true), file(false), hub, cancel),
    bar, said, found
  );
  const element = dataRoot("pair-import", zone, list, notes);

  const begin = (files: Dropped[]) => {
    if (files.length === 0) return;
    return follow(nameFor(files), (name, signal) => kept.importFiles(files, {name, signal}));
  };
  takeFiles(zone, filesOfDrop, begin);

  async function follow(name: string, start: (name: string, signal: AbortSignal) => AsyncIterable<ImportState>) {
    if (running) return;
    running = new AbortController();
    const {signal} = running;
    cancel.hidden = bar.hidden = false;
    found.hidden = true;
    bar.removeAttribute("value");
    let last: ImportState | undefined;
    try {
      for await (const state of start(name, signal)) {
        last = state;
        show(state);
      }
      if (!last?.summary) said.textContent = "Cancelled. Nothing was kept.";
      else {
        value = last.summary.name;
        emitInput(element);
      }
    } catch (error) {
      said.textContent = signal.aborted ? "Cancelled. Nothing was kept." : shownName((error as Error).message);
    }
    running = undefined;
    const cancelled = document.activeElement === cancel;
    cancel.hidden = bar.hidden = true;
    if (cancelled) hub.focus(); // the button that had it is gone
    await refresh();
  }

  function show({stage, done, total, secondsLeft, note, summary, problems = []}: ImportState) {
    if (total > 0) {
      bar.max = total;
      bar.value = done;
    }
    if (stage !== "done") {
      const left = secondsLeft === undefined ? "" : `, about ${duration(secondsLeft)} left`;
      said.textContent = total > 0 ? `${shownName(note)}: ${done.toLocaleString("en")} of ${total.toLocaleString("en")}${left}` : `${shownName(note)} …`;
      return;
    }
    const repaired = problems.filter((problem) => problem.kept).length;
    said.textContent = `${shownName(note)}. ${count(summary!.images, "image")} with ${count(summary!.captions, "caption")} ${summary!.keptIn === "disk" ? "are kept in this browser" : "are in memory until this page is closed: it has no private file system"}. ${problems.length === 0 ? "Nothing was wrong." : `${repaired} repaired, ${problems.length - repaired} left out:`}`;
    found.hidden = problems.length === 0;
    found.replaceChildren(...problems.slice(0, 200).map(({where, line, what}) => html("li", {}, shownName(`${where}${line === undefined ? "" : `, line ${line}`}: ${what}`))));
  }

  async function refresh() {
    const {sets, notes: sentences = []} = await kept.list().catch((error: Error) => {
      said.textContent = error.message;
      return {sets: [] as KeptSet[], notes: undefined};
    });
    notes.textContent = shownName(sentences.join(" "));
    notes.hidden = sentences.length === 0;
    const use = (name: string) => html("button", {class: "d-button", type: "button", "aria-disabled": name === value && "true", onclick: () => {
      if (name === value) return;
      value = name;
      void refresh();
      emitInput(element);
    }}, name === value ? "In use" : "Use");
    relist(list, [
      html("li", {}, html("span", {}, html("b", {}, start), html("span", {class: "d-soft"}, start === "postcards" ? " built in" : " a prepared set")), use(start)),
      ...sets.map(({name, images, captions, sizePx, bytes, keptIn}) =>
        html(
          "li",
          {},
          html("span", {}, html("b", {}, shownName(name)), html("span", {class: "d-soft"}, ` ${count(images, "image")}, ${count(captions, "caption")}, ${sizePx} px, ${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB${keptIn === "memory" ? ", in memory" : ""}`)),
          use(name),
          html("button", {class: "d-button", type: "button", "aria-label": `Delete ${shownName(name)}`, onclick: () => void remove(name)}, "Delete")
        )
      )
    ], hub);
  }
  const remove = async (name: string) => {
    try {
      await kept.delete(name);
    } catch (error) {
      said.textContent = (error as Error).message;
      return;
    }
    if (value === name) {
      value = start;
      emitInput(element);
    }
    await refresh();
  };
  void refresh();

  return extend(element, {
    get value() {
      return value;
    }
  });
}

/** The archive's or folder's own name, without its ending. */
function nameFor(files: Dropped[]): string {
  const archive = files.find(({path}) => /\.(zip|tar|tgz|gz)$/i.test(path));
  const name = archive ? archive.file.name.replace(/\.(zip|tar|tgz|tar\.gz)$/i, "") : files[0].path.includes("/") ? files[0].path.split("/")[0] : "my pairs";
  return /^postcards/.test(name) ? `my ${name}` : name.slice(0, 60);
}
