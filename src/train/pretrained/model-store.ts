/**
 * Keeps pretrained models in the origin's private file system, or in memory where the page has none: each a folder with weights.safetensors and what
 * was written beside it. Knows nothing of networks or tensors.
 */
import type {Json} from "../../clip/config.ts";
import {folderName, readJson, writeJson} from "../../data/folder-files.ts";
import {blobSource} from "../../tensor/safetensors.ts";
import type {ByteSource} from "../../tensor/safetensors.ts";
import type {DownloadPlace} from "./download.ts";
import {heldFile} from "./held-file.ts";

/** The small files of a model, parsed; which there are depends on whose layout it is. */
export interface ModelFiles {
  config?: Json;
  preprocessor?: Json;
  openClip?: Json;
  tokenizer?: Json;
}

/** A line of the list of kept models. */
export interface KeptModel {
  /** What it was asked for by, and is opened by again. */
  name: string;
  bytes: number;
  /** Side of the pictures it looks at: a set is opened at this size for it. */
  sizePx: number;
  /** Of the weights, where it was checked against one that was given. */
  sha256?: string;
  /** "memory": gone when the page is closed. */
  keptIn: "disk" | "memory";
}

export interface StoredModel {
  summary: KeptModel;
  files: ModelFiles;
  weights: ByteSource;
}

export interface ModelStore {
  keptIn: "disk" | "memory";
  list(): Promise<KeptModel[]>;
  open(name: string): Promise<StoredModel | undefined>;
  /** Where the weights of a model are put while they come; what a former attempt left is there. */
  place(name: string): Promise<DownloadPlace>;
  /** Makes what is in the place a kept model. */
  finish(name: string, files: ModelFiles, told: Pick<KeptModel, "sizePx" | "sha256">): Promise<KeptModel>;
  delete(name: string): Promise<void>;
}

let memory: ModelStore | undefined;

/** The private file system if this page has one, else memory. */
export async function openModelStore(): Promise<ModelStore> {
  try {
    return diskStore(await (await navigator.storage.getDirectory()).getDirectoryHandle("models", {create: true}));
  } catch {
    return (memory ??= memoryStore());
  }
}

const weightsName = "weights.safetensors";

export function diskStore(models: FileSystemDirectoryHandle): ModelStore {
  const folderOf = (name: string) => models.getDirectoryHandle(folderName(name), {create: true});
  const existing = (name: string) => models.getDirectoryHandle(folderName(name)).catch(() => undefined);
  const summaryIn = (folder: FileSystemDirectoryHandle) => readJson<KeptModel>(folder, "summary.json");

  return {
    keptIn: "disk",
    async list() {
      const found: KeptModel[] = [];
      for await (const [, handle] of models.entries()) {
        const summary = handle.kind === "directory" ? await summaryIn(handle as FileSystemDirectoryHandle) : undefined;
        if (summary) found.push(summary);
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async open(name) {
      const folder = await existing(name);
      const summary = folder && (await summaryIn(folder));
      const files = folder && (await readJson<ModelFiles>(folder, "files.json"));
      if (!folder || !summary || !files) return undefined;
      return {summary, files, weights: await heldFile(await folder.getFileHandle(weightsName))};
    },
    async place(name) {
      const folder = await folderOf(name);
      // A kept model of that name is a model no longer while another comes.
      await folder.removeEntry("summary.json").catch(() => {});
      const handle = await folder.getFileHandle(weightsName, {create: true});
      const access = await handle.createSyncAccessHandle();
      let open = true;
      const close = async () => {
        if (open) access.close();
        open = false;
      };
      return {
        size: async () => access.getSize(),
        tag: async () => (await readJson<{tag: string}>(folder, "tag.json"))?.tag,
        async begin(tag) {
          access.truncate(0);
          await writeJson(folder, "tag.json", {tag});
        },
        async write(bytes, at) {
          const written = access.write(bytes as Uint8Array<ArrayBuffer>, {at});
          if (written < bytes.length) throw new DOMException(`the disk took ${written} of ${bytes.length} bytes`, "QuotaExceededError");
        },
        async read(begin, end, room = new Uint8Array(end - begin)) {
          const bytes = room.subarray(0, end - begin);
          return bytes.subarray(0, access.read(bytes, {at: begin}));
        },
        close,
        async remove() {
          await close();
          await models.removeEntry(folderName(name), {recursive: true}).catch(() => {});
        }
      };
    },
    async finish(name, files, told) {
      const folder = await folderOf(name);
      const {size} = await (await folder.getFileHandle(weightsName)).getFile();
      const summary: KeptModel = {name, bytes: size, ...told, keptIn: "disk"};
      await writeJson(folder, "files.json", files);
      // Last: a folder without it is no model.
      await writeJson(folder, "summary.json", summary);
      return summary;
    },
    delete: (name) => models.removeEntry(folderName(name), {recursive: true}).catch(() => {})
  };
}

export function memoryStore(): ModelStore {
  const kept = new Map<string, StoredModel>();
  const coming = new Map<string, {tag?: string; pieces: Uint8Array[]; size: number}>();
  const blobOf = (pieces: Uint8Array[]) => new Blob(pieces as Uint8Array<ArrayBuffer>[]);
  return {
    keptIn: "memory",
    list: async () => [...kept.values()].map(({summary}) => summary),
    open: async (name) => kept.get(name),
    async place(name) {
      const held = coming.get(name) ?? {pieces: [], size: 0};
      coming.set(name, held);
      return {
        size: async () => held.size,
        tag: async () => held.tag,
        begin: async (tag) => void Object.assign(held, {tag, pieces: [], size: 0}),
        async write(bytes, at) {
          if (at !== held.size) throw new RangeError(`expected the bytes from ${held.size} on, those from ${at} came`);
          held.pieces.push(bytes.slice());
          held.size += bytes.length;
        },
        read: async (begin, end, room = new Uint8Array(end - begin)) => readPieces(held.pieces, begin, room.subarray(0, end - begin)),
        close: async () => {},
        remove: async () => void coming.delete(name)
      };
    },
    async finish(name, files, told) {
      const {pieces, size} = coming.get(name)!;
      coming.delete(name);
      const summary: KeptModel = {name, bytes: size, ...told, keptIn: "memory"};
      kept.set(name, {summary, files, weights: blobSource(blobOf(pieces))});
      return summary;
    },
    delete: async (name) => void (kept.delete(name), coming.delete(name))
  };
}

/** Fills `room` from byte `begin` of the pieces on; what of it was filled. */
function readPieces(pieces: Uint8Array[], begin: number, room: Uint8Array): Uint8Array {
  let start = 0;
  let filled = 0;
  for (const piece of pieces) {
    if (filled === room.length) break;
    const part = piece.subarray(Math.max(0, begin + filled - start), Math.max(0, begin + room.length - start));
    room.set(part, filled);
    filled += part.length;
    start += piece.length;
  }
  return room.subarray(0, filled);
}
