/** A button that hands over a trained run as a file for open_clip and Hugging Face. The packing is handed in. */
import {emitInput, extend, html, root} from "./shared/dom.ts";
import {save} from "./shared/files.ts";

export interface ExportableRun {
  info: {model: string};
  /** One tar with everything. */
  export(options?: {shards?: boolean}): Promise<Uint8Array>;
}

export type ExportRun = HTMLElement & {
  /** Size of the last file in bytes; null before the first. */
  readonly value: {bytes: number} | null;
};

/** The button. What the file holds depends on the model, and stands in its README; what went wrong stands beside the button. */
export function exportRun(run: ExportableRun): ExportRun {
  let value: {bytes: number} | null = null;
  const said = html("p", {class: "d-note", role: "status"}, "One file: the weights as open_clip and Hugging Face read them, the tokenizer, these pairs as WebDataset shards, and a script that goes on training with the same settings on many GPUs.");
  const button = html("button", {class: "d-button", type: "button", onclick: () => void write()}, "Export this run");
  const element = root("export", button, said);
  async function write() {
    button.disabled = true;
    said.textContent = "Packing…";
    try {
      const tar = await run.export();
      value = {bytes: tar.byteLength};
      const name = `${run.info.model.replaceAll(/[^\w.-]+/g, "-").slice(0, 80)}.tar`;
      save(name, new Blob([tar as Uint8Array<ArrayBuffer>], {type: "application/x-tar"}));
      said.textContent = `${name}: ${(tar.byteLength / 1e6).toFixed(1)} MB. Its README says how to go on.`;
      emitInput(element);
    } catch (error) {
      said.textContent = `It was not exported: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      button.disabled = false;
    }
  }
  return extend(element, {
    get value() {
      return value;
    }
  });
}
