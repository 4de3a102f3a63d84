/** Where a pretrained model is asked for by name, address or file, and where those kept in this browser are listed, used and deleted. The work is handed in. */
import {dataRoot} from "./shared/data-root.ts";
import {takeFiles} from "./shared/drop-zone.ts";
import {emitInput, extend, html} from "./shared/dom.ts";
import {relist} from "./shared/relist.ts";
import {count, duration, shownName} from "./shared/text.ts";

interface Kept {
  name: string;
  bytes: number;
  sizePx: number;
  sha256?: string;
  keptIn: "disk" | "memory";
}

type Progress = {what: string; done: number; total: number; secondsLeft: number | null};

export interface ModelImportOptions {
  /** `models` of "diagonal". */
  models: {
    keep(name: string, options: {files?: {path: string; file: File}[]; signal: AbortSignal}): AsyncIterable<Progress | {kept: Kept}>;
    list(): Promise<Kept[]>;
    delete(name: string): Promise<void>;
  };
  filesOfInput: (input: HTMLInputElement) => {path: string; file: File}[];
  filesOfDrop: (transfer: DataTransfer) => Promise<{path: string; file: File}[]>;
  /** Kept already, and to be used at the start; else nothing is. */
  start?: string;
  /** What stands in the field. */
  suggestion?: string;
}

export type ModelImport = HTMLElement & {
  /** The model in use; null for none. */
  readonly value: {name: string; sizePx: number} | null;
};

/** The asker. Its value changes when a model has been fetched, or when "Use" is pressed. */
export function modelImport({models, filesOfInput, filesOfDrop, start, suggestion = "openai/clip-vit-base-patch32"}: ModelImportOptions): ModelImport {
  let value: {name: string; sizePx: number} | null = null;
  let running: AbortController | undefined;
  const field = html("input", {class: "d-text", type: "text", value: suggestion, spellcheck: "false", "aria-label": "a model's name on the hub, or its address"});
  const ask = () => void (field.value.trim() !== "" && follow(field.value.trim()));
  // No form: a sandboxed frame submits none.
  const form = html("div", {class: "d-search"}, field, html("button", {class: "d-button", type: "button", onclick: ask}, "Fetch the model"));
  const choose = html("input", {type: "file", multiple: true, onchange: () => void given(filesOfInput(choose))});
  const cancel = html("button", {class: "d-button", type: "button", hidden: true, onclick: () => running?.abort()}, "Stop");
  const bar = html("progress", {max: 1, value: 0, hidden: true});
  const said = html("p", {class: "d-note", role: "status"});
  const list = html("ul", {class: "d-kept"});
  const zone = html("div", {class: "d-zone"}, html("p", {class: "d-title"}, "A pretrained CLIP, by name or address, or dropped here with its configuration"), form, html("div", {class: "d-row"}, html("label", {class: "d-button"}, "Choose files", choose), cancel), bar, said);
  const element = dataRoot("model-import", zone, list);
  field.addEventListener("keydown", ({key}) => key === "Enter" && ask());

  const given = (files: {path: string; file: File}[]) => {
    const weights = files.find(({path}) => path.endsWith(".safetensors")) ?? files[0];
    if (!weights) return;
    const folder = weights.path.includes("/") ? weights.path.split("/")[0] : weights.path;
    return follow(folder, files);
  };
  takeFiles(zone, filesOfDrop, given);

  async function follow(name: string, files?: {path: string; file: File}[]) {
    if (running) return;
    running = new AbortController();
    const {signal} = running;
    cancel.hidden = bar.hidden = false;
    bar.removeAttribute("value");
    said.textContent = `Looking for ${shownName(name)} …`;
    try {
      for await (const state of models.keep(name, {files, signal})) {
        if ("kept" in state) {
          said.textContent = `${shownName(state.kept.name)} is ${state.kept.keptIn === "disk" ? "kept in this browser" : "in memory until this page is closed"}${state.kept.sha256 ? ", and its hash is right" : ""}.${state.kept.keptIn === "memory" ? " This page has no private file system to keep it in." : ""}`;
          take(state.kept);
        } else {
          bar.max = Math.max(1, state.total);
          bar.value = state.done;
          const left = state.secondsLeft === null ? "" : `, about ${duration(state.secondsLeft)} left`;
          said.textContent = `${state.what}: ${megabytes(state.done)}${state.total > 0 ? ` of ${megabytes(state.total)}` : ""}${left}`;
        }
      }
      if (signal.aborted) said.textContent = "Stopped. What came so far is kept: the next attempt goes on from there.";
    } catch (error) {
      said.textContent = signal.aborted ? "Stopped. What came so far is kept: the next attempt goes on from there." : (error as Error).message;
    }
    running = undefined;
    const stopped = document.activeElement === cancel;
    cancel.hidden = bar.hidden = true;
    if (stopped) field.focus(); // the button that had it is gone
    await refresh();
  }

  function take(model: {name: string; sizePx: number} | null) {
    value = model && {name: model.name, sizePx: model.sizePx};
    emitInput(element);
  }

  async function refresh() {
    const kept = await models.list().catch((error: Error) => {
      said.textContent = error.message;
      return [] as Kept[];
    });
    const use = (model: Kept) => {
      const inUse = value?.name === model.name;
      return html("button", {class: "d-button", type: "button", "aria-disabled": inUse && "true", onclick: () => inUse || (take(model), void refresh())}, inUse ? "In use" : "Use");
    };
    relist(list, kept.map((model) =>
      html(
        "li",
        {},
        html("span", {}, html("b", {}, shownName(model.name)), html("span", {class: "d-soft"}, ` ${megabytes(model.bytes)}, pictures of ${count(model.sizePx, "pixel")}${model.keptIn === "memory" ? ", in memory" : ""}`)),
        use(model),
        html("button", {class: "d-button", type: "button", "aria-label": `Delete ${shownName(model.name)}`, onclick: () => void remove(model.name)}, "Delete")
      )
    ), field);
    return kept;
  }
  const remove = async (name: string) => {
    try {
      await models.delete(name);
    } catch (error) {
      said.textContent = (error as Error).message;
      return;
    }
    if (value?.name === name) take(null);
    await refresh();
  };
  void refresh().then((kept) => {
    const first = kept.find(({name}) => name === start);
    if (!first) return;
    take(first);
    return refresh();
  });

  return extend(element, {
    get value() {
      return value;
    }
  });
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toLocaleString("en", {maximumFractionDigits: bytes < 1e7 ? 1 : 0})} MB`;
