/** Files attached to a notebook, kept in this browser. */
import {browserStore} from "../storage/browser-store.ts";
import {dataAddress, make, shownName} from "./dom.ts";
import {openDialog} from "./panels.ts";

interface Kept {
  notebook: string;
  name: string;
  blob: Blob;
}

const kept = browserStore<Kept>("diagonal-files", ["notebook", "name"]);
const attachedTo = async (notebook: string) => (await kept.all()).filter((file) => file.notebook === notebook);

/**
 * A file of a notebook: attached in this browser, or else lying beside the notebook on the site (for notebooks of the site only).
 * @throws Error saying how to attach it.
 */
export async function readAttachment(notebook: string, name: string, {beside = false}: {beside?: boolean} = {}): Promise<Blob> {
  const own = await kept.get([notebook, name]).catch(() => undefined);
  if (own) return own.blob;
  if (beside && !/^\/|^\w+:|(^|\/)\.\.(\/|$)/.test(name)) {
    // Beside the notebook, or what was put beside the site: data/ and what `--mount` serves.
    const base = /^(data|mounts?)\//.test(name) ? document.baseURI : new URL(notebook, document.baseURI);
    const response = await fetch(new URL(name, base));
    if (response.ok) return response.blob();
  }
  throw new Error(`This notebook has no file called "${name}". Attach it: notebook menu, Files of this notebook.`);
}

/** How many files are attached to a notebook in this browser, and their bytes together. */
export async function attachedFiles(notebook: string): Promise<{count: number; bytes: number}> {
  const files = await attachedTo(notebook).catch(() => []);
  return {count: files.length, bytes: files.reduce((sum, {blob}) => sum + blob.size, 0)};
}

/**
 * The files attached to a notebook as links that hold their bytes, for a document that leaves this browser; undefined where there are none.
 * Whatever a file is, its link saves it and opens nothing.
 */
export async function attachmentLinks(notebook: string): Promise<HTMLElement | undefined> {
  const files = await attachedTo(notebook).catch(() => []);
  if (files.length === 0) return;
  const items = files.map(async ({name, blob}) => {
    const link = make("a", "", shownName(name));
    link.download = shownName(name);
    link.href = await dataAddress(new Blob([blob], {type: "application/octet-stream"}));
    return make("li", "", link);
  });
  return make("section", "n-column n-files", make("h2", "", "Files of this notebook"), make("ul", "", ...(await Promise.all(items))));
}

/** "12 KB" */
export function kilobytes(bytes: number): string {
  return `${Math.max(1, Math.round(bytes / 1024)).toLocaleString("en")} KB`;
}

/** The dialog in which files are attached and removed. */
export async function openFiles(notebook: string): Promise<void> {
  const list = make("ul", "h-files");
  const note = make("p", "h-soft", "Kept in this browser. A cell reads one with ", make("code", "", 'FileAttachment("name")'), ".");
  const show = async () => {
    const files = await attachedTo(notebook).catch(() => undefined);
    if (!files) note.textContent = "This browser keeps no files here (a private window may not).";
    list.replaceChildren(
      ...(files ?? []).map(({name, blob}) => {
        const remove = make("button", "h-button", "Remove");
        remove.type = "button";
        remove.setAttribute("aria-label", `Remove ${shownName(name)}`);
        remove.addEventListener("click", () => void kept.remove([notebook, name]).then(show));
        return make("li", "", make("bdi", "", shownName(name)), make("span", "h-soft", kilobytes(blob.size)), remove);
      })
    );
  };
  const field = make("input");
  field.type = "file";
  field.multiple = true;
  field.setAttribute("aria-label", "Attach files");
  field.addEventListener("change", async () => {
    try {
      for (const file of field.files ?? []) await kept.put({notebook, name: file.name, blob: file});
    } catch (error) {
      note.textContent = (error as Error).message;
    }
    field.value = "";
    await show();
  });
  await show();
  await openDialog("Files of this notebook", [note, list, field]);
}
