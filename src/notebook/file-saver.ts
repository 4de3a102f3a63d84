/** Saves the files that cells hand over: under a name that can do no harm, within bounds, and for a notebook from elsewhere only when the reader says so. */
import {shownName} from "./dom.ts";
import type {HandedFile} from "./handed-files.ts";
import {download} from "./keeping.ts";

/** The largest file that is saved, in bytes: an exported run of a published model fits. */
const maxBytes = 2 ** 31;
/** The longest name that is kept, in characters; file systems take 255 bytes. */
const maxNameLength = 80;
/** What a notebook from elsewhere may hand over: data and pictures, nothing that a double click runs. */
const harmlessKinds = ["csv", "tsv", "txt", "md", "json", "svg", "png", "jpg", "jpeg", "webp", "gif", "npy", "safetensors", "tar", "zip"];
/** A question stands at least this long before another takes its place, in ms: a flood of files hides nothing else. */
const questionMs = 2000;

export interface FileSaverOptions {
  /** Whether the notebook came from elsewhere. */
  isForeign: boolean;
  /** Says a sentence to the reader, with one thing to do. */
  say(text: string, options?: {action?: string; run?(): void; lastsMs?: number}): void;
  /** Hands a file to the browser. */
  save?(name: string, blob: Blob): void;
}

export class FileSaver {
  private askedAtMs = -Infinity;

  constructor(private readonly options: FileSaverOptions) {}

  /** Takes what came from the frame, which may be anything. */
  take(file: unknown): void {
    const {isForeign, say, save = download} = this.options;
    const {name: given, blob} = (file ?? {}) as Partial<HandedFile>;
    if (typeof given !== "string" || !(blob instanceof Blob)) return say("A cell handed over a file without a name or without bytes; it was not saved.");
    const name = safeFileName(given);
    if (blob.size > maxBytes) return say(`“${name}” was not saved: it has ${megabytes(blob.size)}, and a file from a cell may have ${megabytes(maxBytes)}.`);
    if (!isForeign) return save(name, blob);
    if (performance.now() - this.askedAtMs < questionMs) return;
    this.askedAtMs = performance.now();
    if (!harmlessKinds.includes(kindOf(name))) return say(`“${name}” was not saved: a notebook from elsewhere may hand over data and pictures only (${harmlessKinds.join(", ")}).`);
    say(`This notebook hands you a file, “${name}” (${megabytes(blob.size)}).`, {action: "Save it", run: () => save(name, blob), lastsMs: 60_000});
  }
}

/** A name that stays in its folder, hides nothing, and is accepted by every file system. */
export function safeFileName(name: string): string {
  const plain = shownName(name.slice(0, 1000)).replace(/[\\/:*?"<>|~$%\u0000-\u001f\u007f-\u009f]/g, "-").trim().replace(/^\.+/, "").replace(/[. ]+$/, "");
  const kind = kindOf(plain);
  const stem = kind ? plain.slice(0, -kind.length - 1) : plain;
  return `${stem.slice(0, maxNameLength) || "file"}${kind ? `.${kind}` : ""}`;
}

/** "csv"; empty where the name ends in no short word. */
function kindOf(name: string): string {
  return /\.(\w{1,12})$/.exec(name)?.[1].toLowerCase() ?? "";
}

function megabytes(bytes: number) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
