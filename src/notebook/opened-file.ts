/** A notebook opened from the reader's disk: its text goes into the page's address, as with a link; its handle, where the browser gives one, is kept for saving back. */
import {browserStore} from "../storage/browser-store.ts";
import {exactText} from "./file.ts";
import {make} from "./dom.ts";
import type {SaveText} from "./keeping.ts";
import {pack} from "./share.ts";

/** What TypeScript's own table of the DOM lacks; Chrome and Edge have it, Firefox and Safari have not. */
interface Picker {
  showOpenFilePicker?(options: object): Promise<[FileSystemFileHandle]>;
}
interface Permitted {
  requestPermission?(options: {mode: "readwrite"}): Promise<PermissionState>;
}

const handles = browserStore<{address: string; handle: FileSystemFileHandle}>("diagonal-opened", "address");

/** Asks for a notebook file and opens it, as one from elsewhere. */
export async function openNotebookFile(): Promise<void> {
  const {showOpenFilePicker} = window as unknown as Picker;
  if (!showOpenFilePicker) {
    const file = await chooseFile();
    return file && open(file);
  }
  // Whoever changes their mind rejects the promise.
  const [handle] = await showOpenFilePicker({types: [{description: "Notebooks", accept: {"text/html": [".html"]}}]}).catch(() => []);
  if (!handle) return;
  const address = `file:${crypto.randomUUID()}`;
  const isKept = await handles.put({address, handle}).then(() => true, () => false);
  await open(await handle.getFile(), isKept ? address : undefined);
}

async function open(file: File, address?: string) {
  const query = new URLSearchParams({from: file.name, ...(address && {open: address})});
  location.assign(`notebook.html?${query}#nb=${await pack(exactText(await file.arrayBuffer()))}`);
}

function chooseFile(): Promise<File | undefined> {
  const field = make("input");
  field.type = "file";
  field.accept = ".html,text/html";
  return new Promise((resolve) => {
    field.addEventListener("change", () => resolve(field.files?.[0]));
    field.addEventListener("cancel", () => resolve(undefined));
    field.click();
  });
}

/** Writes a notebook back to the file that it was opened from; undefined where there is none that the page may write to. */
export async function savingToFile(address: string): Promise<SaveText | undefined> {
  const kept = await handles.get(address).catch(() => undefined);
  return kept && ((text, original) => saveTo(kept.handle, text, original));
}

/** Rejects with a sentence where the reader says no, or where the file is not what the notebook was read from. */
async function saveTo(handle: FileSystemFileHandle & Permitted, text: string, original: string): Promise<void> {
  if ((await handle.requestPermission?.({mode: "readwrite"})) === "denied") throw new Error(`This page was not allowed to write to ${handle.name}.`);
  if (exactText(await (await handle.getFile()).arrayBuffer()) !== original) throw new Error(`${handle.name} was changed by someone else since it was opened here.`);
  const stream = await handle.createWritable();
  await stream.write(text);
  await stream.close();
  // The next load of this page begins from what the file now holds.
  const fragment = new URLSearchParams(location.hash.slice(1));
  fragment.set("nb", await pack(text));
  history.replaceState(null, "", `${location.pathname}${location.search}#${fragment}`);
}
