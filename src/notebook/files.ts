/** Files of the reader's: those attached to a notebook, kept in this browser, and notebooks opened from disk. */
import {dataAddress, make, shownName} from "./dom.ts";
import {openDialog} from "./panels.ts";
import {pack} from "./share.ts";

interface Kept {
  notebook: string;
  name: string;
  blob: Blob;
}

/** Opens the store of attached files; rejects where the browser keeps nothing. */
function openStore(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("diagonal-files", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("files", {keyPath: ["notebook", "name"]});
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function inStore<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await openStore();
  try {
    return await new Promise((resolve, reject) => {
      const request = ask(database.transaction("files", mode).objectStore("files"));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    database.close();
  }
}

const attached = {
  list: async (notebook: string) => (await inStore("readonly", (store) => store.getAll() as IDBRequest<Kept[]>)).filter((kept) => kept.notebook === notebook),
  get: (notebook: string, name: string) => inStore("readonly", (store) => store.get([notebook, name]) as IDBRequest<Kept | undefined>),
  put: (kept: Kept) => inStore("readwrite", (store) => store.put(kept)),
  remove: (notebook: string, name: string) => inStore("readwrite", (store) => store.delete([notebook, name]))
};

/**
 * A file of a notebook: attached in this browser, or else lying beside the notebook on the site (for notebooks of the site only).
 * @throws Error saying how to attach it.
 */
export async function readAttachment(notebook: string, name: string, {beside = false}: {beside?: boolean} = {}): Promise<Blob> {
  const kept = await attached.get(notebook, name).catch(() => undefined);
  if (kept) return kept.blob;
  if (beside && !/^\/|^\w+:|(^|\/)\.\.(\/|$)/.test(name)) {
    // Beside the notebook, or what was put beside the site: data/ and mounts/.
    const base = /^(data|mounts)\//.test(name) ? document.baseURI : new URL(notebook, document.baseURI);
    const response = await fetch(new URL(name, base));
    if (response.ok) return response.blob();
  }
  throw new Error(`This notebook has no file called "${name}". Attach it: notebook menu, Files of this notebook.`);
}

/**
 * The files attached to a notebook as links that hold their bytes, for a document that leaves this browser; undefined where there are none.
 * Whatever a file is, its link saves it and opens nothing.
 */
export async function attachmentLinks(notebook: string): Promise<HTMLElement | undefined> {
  const files = await attached.list(notebook).catch(() => []);
  if (files.length === 0) return;
  const items = files.map(async ({name, blob}) => {
    const link = make("a", "", shownName(name));
    link.download = shownName(name);
    link.href = await dataAddress(new Blob([blob], {type: "application/octet-stream"}));
    return make("li", "", link);
  });
  return make("section", "n-column n-files", make("h2", "", "Files of this notebook"), make("ul", "", ...(await Promise.all(items))));
}

/** The dialog in which files are attached and removed. */
export async function openFiles(notebook: string): Promise<void> {
  const list = make("ul", "h-files");
  const note = make("p", "h-soft", "Kept in this browser. A cell reads one with ", make("code", "", 'FileAttachment("name")'), ".");
  const show = async () => {
    const files = await attached.list(notebook).catch(() => undefined);
    if (!files) note.textContent = "This browser keeps no files here (a private window may not).";
    list.replaceChildren(
      ...(files ?? []).map(({name, blob}) => {
        const remove = make("button", "h-button", "Remove");
        remove.type = "button";
        remove.setAttribute("aria-label", `Remove ${shownName(name)}`);
        remove.addEventListener("click", () => void attached.remove(notebook, name).then(show));
        return make("li", "", make("bdi", "", shownName(name)), make("span", "h-soft", `${Math.max(1, Math.round(blob.size / 1024))} KB`), remove);
      })
    );
  };
  const field = make("input");
  field.type = "file";
  field.multiple = true;
  field.setAttribute("aria-label", "Attach files");
  field.addEventListener("change", async () => {
    for (const file of field.files ?? []) await attached.put({notebook, name: file.name, blob: file});
    field.value = "";
    await show();
  });
  await show();
  await openDialog("Files of this notebook", [note, list, field]);
}

/** Asks for a notebook file and opens it, as one from elsewhere. */
export function openNotebookFile(): Promise<void> {
  const field = make("input");
  field.type = "file";
  field.accept = ".html,text/html";
  return new Promise((resolve) => {
    field.addEventListener("change", async () => {
      const file = field.files?.[0];
      if (file) location.assign(`notebook.html?from=${encodeURIComponent(file.name)}#nb=${await pack(await file.text())}`);
      resolve();
    });
    field.addEventListener("cancel", () => resolve());
    field.click();
  });
}
