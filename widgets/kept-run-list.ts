/** Keeps a run under a name, and lists, opens and deletes the kept ones. It stores nothing itself: see `keptRuns` of "diagonal". */
import {emitInput, extend, html, root} from "./shared/dom.ts";
import {count, fixed, quoted} from "./shared/text.ts";

/** What the widget asks of the store. */
export interface RunKeeper {
  list(): Promise<KeptRunLine[]>;
  keep(run: {info: {id: string}}, name: string): Promise<unknown>;
  delete(name: string): Promise<unknown>;
}

export interface KeptRunLine {
  name: string;
  bytes: number;
  model: string;
  step: number;
  steps: number;
  loss: number;
  keptIn: "disk" | "memory";
}

export interface KeptRunListOptions {
  store: RunKeeper;
  /** The run that can be kept; without one, only opening and deleting is offered. */
  run?: {info: {id: string}};
  /** The kept run that is chosen at first. */
  value?: string | null;
}

export type KeptRunList = HTMLElement & {
  /** The chosen run as `createRun` takes it in `from`: "kept:NAME"; null for none. Setting it repaints and tells no one. */
  value: string | null;
  /** Reads the list anew. */
  refresh(): Promise<void>;
};

/** A field for a name with its button, and the list: each with its size, to be opened or deleted. */
export function keptRunList({store, run, value: chosen = null}: KeptRunListOptions): KeptRunList {
  let value = chosen;
  const name = html("input", {type: "text", class: "d-text", maxlength: 80, placeholder: "a name for this run", "aria-label": "a name for this run"});
  const said = html("p", {class: "d-soft", role: "status"});
  const list = html("ul", {class: "d-kept"});
  const keepIt = () =>
    act(async () => {
      if (!run || name.value.trim() === "") return "A kept run needs a name.";
      await store.keep(run, name.value.trim());
      return `${quoted(name.value.trim())} is kept.`;
    });
  name.addEventListener("keydown", ({key}) => key === "Enter" && void keepIt());
  name.addEventListener("input", (event) => event.stopPropagation());
  // No form: a sandboxed frame may submit none.
  const keep = html("div", {class: "d-row d-keep"}, name, html("button", {type: "button", class: "d-button", onclick: () => void keepIt()}, "Keep this run"));
  const element = root("kept-runs", run ? keep : null, said, list);

  const act = async (action: () => Promise<string>) => {
    try {
      said.textContent = await action();
    } catch (error) {
      said.textContent = error instanceof Error ? error.message : String(error);
    }
    await refresh();
  };
  const choose = (next: string | null) => {
    value = next;
    emitInput(element);
    void refresh();
  };
  const line = ({name, bytes, model, step, steps, loss, keptIn}: KeptRunLine) => {
    const address = `kept:${name}`;
    const facts = `${model}, ${step} of ${count(steps, "step")}, loss ${fixed(loss)}, ${(bytes / 1e6).toFixed(1)} MB${keptIn === "memory" ? ", in memory until this page is closed: it has no private file system" : ""}`;
    const remove = () => {
      if (value === address) choose(null);
      void act(async () => (await store.delete(name), `${quoted(name)} is deleted.`));
    };
    return html(
      "li",
      {},
      html("span", {}, html("b", {}, name), html("span", {class: "d-soft"}, ` ${facts}`)),
      html("button", {type: "button", class: "d-button", "aria-label": value === address ? `Close ${name}` : `Open ${name}`, onclick: () => choose(value === address ? null : address)}, value === address ? "Close" : "Open"),
      html("button", {type: "button", class: "d-button", "aria-label": `Delete ${name}`, onclick: remove}, "Delete")
    );
  };
  const refresh = async () => {
    const runs = await store.list().catch((error: Error) => void (said.textContent = error.message));
    if (!runs) return;
    list.replaceChildren(...runs.map(line));
    list.hidden = runs.length === 0;
    if (runs.length === 0 && !said.textContent) said.textContent = "No run is kept in this browser yet.";
  };
  void act(async () => "");
  return extend(element, {
    get value() {
      return value;
    },
    set value(next: string | null) {
      value = next;
      void refresh();
    },
    refresh
  });
}
