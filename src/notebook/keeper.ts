/** Keeps the notebook's text: the draft in this browser, the way back to the file and to the original, and a word on how things stand. */
import type {Cell} from "@observablehq/notebook-kit";
import {make} from "./dom.ts";
import type {NotebookDocument} from "./document.ts";
import {parseNotebook, type NotebookFile} from "./file.ts";
import {download, drafts, fileNameOf, type SaveText} from "./keeping.ts";
import {openDialog, type Messages} from "./panels.ts";

/** A notebook's text with what was read from it. */
export interface NotebookText {
  text: string;
  file: NotebookFile;
}

export interface KeeperOptions {
  document: NotebookDocument;
  messages: Messages;
  /** Where it was read from, which names its draft. */
  address: string;
  /** The file as it was read. */
  original: NotebookText;
  /** Writes the text back to the file it was read from; absent where the page may not. */
  saveText?: SaveText;
  /** A page that nobody edits keeps no drafts. */
  keepsDrafts?: boolean;
}

/** A draft is written this long after the last change, in milliseconds. */
const restMs = 400;

export class Keeper {
  readonly state = make("span", "h-state");
  private original: NotebookText;
  private timer = 0;

  constructor(private readonly options: KeeperOptions) {
    this.original = options.original;
    this.state.setAttribute("role", "status");
    this.showState();
    options.document.onChange(() => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.keepDraft(), restMs) as unknown as number;
      this.showState("unsaved");
    });
    // A page that is left, or loaded again, within that rest keeps what was typed.
    addEventListener("pagehide", () => {
      if (this.timer === 0) return;
      clearTimeout(this.timer);
      this.keepDraft();
    });
  }

  /** The file's text and cells as they were last read or written. */
  get originalText(): string {
    return this.original.text;
  }

  get originalCells(): readonly Cell[] {
    return this.original.file.cells;
  }

  /** The file has another text now; what differs from it is the draft. */
  rebase(original: NotebookText): void {
    this.original = original;
    this.keepDraft();
  }

  /** The title after the file's has become that of `file`: the reader's own, where they gave one. */
  titleOf(file: NotebookFile): string {
    const {title} = this.options.document;
    return title === this.original.file.title ? file.title : title;
  }

  /** The notebook as a file's text, as it now stands. */
  text(): string {
    const {document: notebook} = this.options;
    return this.original.file.write(notebook.cells, notebook.title);
  }

  hasChanges(): boolean {
    return this.text() !== this.original.text;
  }

  /** "01-first-light.html" */
  fileName(): string {
    return fileNameOf(this.options.address);
  }

  download(): void {
    download(this.fileName(), this.text());
  }

  /** Writes the notebook back to its file, or downloads it where there is none to write to. */
  async save(): Promise<void> {
    const text = this.text();
    const {address, saveText, messages} = this.options;
    if (!saveText) {
      download(this.fileName(), text);
      return messages.say("This notebook has no file that the page may write to, so it was downloaded. The draft stays in this browser.");
    }
    try {
      await saveText(text, this.original.text);
      this.original = {text, file: parseNotebook(text)};
      drafts.remove(address);
      this.showState();
      messages.say("Saved.", {lastsMs: 2500});
    } catch (error) {
      messages.say(`Not saved: ${(error as Error).message}`, {action: "Download", run: () => download(this.fileName(), text), lastsMs: Infinity});
    }
  }

  /** Shows draft and original line by line. */
  async compare(): Promise<void> {
    if (!this.hasChanges()) return this.options.messages.say("There is no difference from the original.");
    const {compareTexts} = await import("./compare.ts");
    void openDialog("Compared with the original", [compareTexts(this.original.text, this.text())]);
  }

  /** Throws the draft away, once the reader says so. */
  async reset(): Promise<void> {
    if (!this.hasChanges()) return this.options.messages.say("There is nothing to reset.");
    const answer = await openDialog(
      "Reset to the original?",
      [make("p", "", "Your changes to this notebook in this browser are thrown away.")],
      [
        {label: "Keep them", value: "keep"},
        {label: "Throw them away", value: "reset", primary: true}
      ]
    );
    if (answer !== "reset") return;
    drafts.remove(this.options.address);
    clearTimeout(this.timer);
    this.timer = 0;
    location.reload();
  }

  private keepDraft() {
    this.timer = 0;
    const {address, keepsDrafts = true, messages} = this.options;
    if (!keepsDrafts) return;
    if (!this.hasChanges()) drafts.remove(address);
    else if (!drafts.write(address, this.text(), this.original.text)) messages.say("This browser keeps no drafts here. Download the notebook to keep it.");
    this.showState();
  }

  private showState(now?: "unsaved") {
    this.state.textContent = now === "unsaved" ? "…" : this.hasChanges() ? "Draft" : "";
    this.state.title = this.state.textContent === "Draft" ? "Changed in this browser only" : "";
  }
}
