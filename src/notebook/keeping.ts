/** Where a notebook's text is kept: as a draft in this browser, back in its file through `npm start`, or as a download. */
import {checksum} from "./file.ts";

export interface Draft {
  text: string;
  /** Checksum of the original that the draft began from. */
  base: string;
  savedAt: string;
}

const prefix = "diagonal:draft:";

/** Drafts by the notebook's address. Where the browser keeps nothing (a private window may not), everything else goes on. */
export const drafts = {
  read(address: string): Draft | undefined {
    try {
      const draft = JSON.parse(localStorage.getItem(prefix + address) ?? "null") as Draft | null;
      return typeof draft?.text === "string" ? draft : undefined;
    } catch {
      return undefined;
    }
  },
  /** @returns false where the browser refused. */
  write(address: string, text: string, original: string): boolean {
    try {
      localStorage.setItem(prefix + address, JSON.stringify({text, base: checksum(original), savedAt: new Date().toISOString()} satisfies Draft));
      return true;
    } catch {
      return false;
    }
  },
  remove(address: string): void {
    try {
      localStorage.removeItem(prefix + address);
    } catch {
      // nothing kept, nothing to remove
    }
  },
  list(): {address: string; draft: Draft}[] {
    try {
      return Object.keys(localStorage)
        .filter((key) => key.startsWith(prefix))
        .flatMap((key) => {
          const draft = this.read(key.slice(prefix.length));
          return draft ? [{address: key.slice(prefix.length), draft}] : [];
        });
    } catch {
      return [];
    }
  }
};

/** Writes a notebook's text back to where it was read from, as long as `original` still stands there. Rejects with a sentence. */
export type SaveText = (text: string, original: string) => Promise<void>;

/** Writes a notebook back through `npm start`. Rejects with the server's sentence. */
export const savingToServer = (address: string): SaveText => async (text, original) => {
  const response = await fetch(address, {method: "PUT", headers: {"Content-Type": "text/html", "X-Based-On": checksum(original)}, body: text});
  if (!response.ok) throw new Error((await response.text()).trim() || `The server answered ${response.status}.`);
};

/** The name of a notebook's file, "01-first-light.html": whatever the address of one from elsewhere ends with, it is saved as a page. */
export function fileNameOf(address: string): string {
  const last = address.replace(/[?#].*/s, "").split(/[/\\]/).at(-1)!;
  const name = last.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]+/, "").slice(-80);
  return /\.html?$/i.test(name) ? name : `${name || "notebook"}.html`;
}

/** Hands text to the browser as a file. */
export function download(name: string, content: string | Blob, type = "text/html"): void {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], {type}));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
