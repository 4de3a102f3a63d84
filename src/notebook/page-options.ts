/** What a page is made from: a notebook, where it came from, and what the site can do for it. Types alone. */
import type {FontFile} from "./assets.ts";
import type {DropPaneOptions} from "./drop-pane.ts";
import type {Name} from "./editor.ts";
import type {NotebookText} from "./keeper.ts";
import type {SaveText} from "./keeping.ts";
import type {SessionOptions} from "./session.ts";

export interface PageOptions extends Omit<SessionOptions, "container">, Pick<DropPaneOptions, "filesOfDrop"> {
  root: HTMLElement;
  bar: HTMLElement;
  /** Where it was read from, which names its draft. */
  address: string;
  /** The file as it was read. */
  original: NotebookText;
  /** The draft to begin from, where there is one. */
  draft?: NotebookText;
  /** Whether the file has changed since the draft was begun. */
  isOutdated?: boolean;
  /** Writes the text back to the file it was read from; absent where the page may not. */
  saveText?: SaveText;
  /** What cells can import, for completion. */
  exportedNames(): Promise<Name[]>;
  /** Where a notebook from elsewhere came from: it does not run before the reader says so. */
  foreign?: string;
  /** The site's letters, for documents that leave it. */
  fonts: readonly FontFile[];
  /** The address under which others find this very notebook, unless it was changed. */
  sharedAddress?: string;
  /** A page that nobody edits keeps no drafts. */
  keepsDrafts?: boolean;
}
