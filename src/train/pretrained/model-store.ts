/** Keeps pretrained models in the store: of each weights.safetensors and the small files beside it. Knows nothing of networks or tensors. */
import type {Json} from "../../clip/config.ts";
import type {ByteSource} from "../../storage/folder.ts";
import {olderFolders} from "../../storage/older.ts";
import {memoryShelf, openShelf} from "../../storage/open-shelf.ts";
import type {ShelfOptions} from "../../storage/open-shelf.ts";
import type {Room} from "../../storage/room.ts";
import type {Shelf} from "../../storage/shelf.ts";
import type {DownloadPlace} from "./download.ts";

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

/** Where the weights of a model are put while they come, and how they become a kept model. */
export interface ModelPlace extends DownloadPlace {
  /** What is needed and what is free, where that is known. */
  room?: Room;
  /** Makes what is in the place a kept model, in the place of an older one of its name. */
  finish(files: ModelFiles, told: Pick<KeptModel, "sizePx" | "sha256">): Promise<KeptModel>;
}

export interface ModelStore {
  keptIn: "disk" | "memory";
  list(): Promise<KeptModel[]>;
  open(name: string): Promise<StoredModel | undefined>;
  /**
   * A place for the weights of a model; what a former attempt left is there. A kept model of that name stays until this one is finished.
   * @throws NoRoomError where `bytes` are known to be more than is free; StorageError where somebody else is fetching it.
   */
  place(name: string, bytes?: number): Promise<ModelPlace>;
  delete(name: string): Promise<void>;
}

/** How models are kept. */
export const modelShelf: ShelfOptions = {kind: "model", folder: "models", older: olderFolders, isResumable: true};

/** The store of this browser. Throws a StorageError where there is a private file system, and it fails. */
export const openModelStore = async (): Promise<ModelStore> => modelStore(await openShelf<KeptModel>(modelShelf));

/** A store in memory of its own. */
export const memoryStore = (): ModelStore => modelStore(memoryShelf<KeptModel>(modelShelf));

const weightsPath = "weights.safetensors";

export function modelStore(shelf: Shelf<KeptModel>): ModelStore {
  const {keptIn} = shelf;
  return {
    keptIn,
    list: async () => (await shelf.list()).map(({about}) => about),
    async open(name) {
      const kept = await shelf.open(name);
      return kept && {summary: kept.about, files: await kept.json<ModelFiles>("files.json"), weights: await kept.file(weightsPath, {hold: true})};
    },
    async place(name, bytes) {
      const writing = await shelf.begin(name, {bytes});
      const weights = await writing.writer(weightsPath).catch(async (error) => {
        await writing.leave();
        throw error;
      });
      return {
        room: writing.room,
        size: () => weights.size(),
        tag: async () => (await writing.readJson<{tag: string}>("tag.json"))?.tag,
        async begin(tag) {
          await weights.truncate(0);
          await writing.writeJson("tag.json", {tag});
        },
        write: (some, at) => weights.write(some, at),
        read: (begin, end, room) => weights.read(begin, end, room),
        close: () => writing.leave(),
        remove: () => writing.abandon(),
        async finish(files, told) {
          const summary: KeptModel = {name, bytes: await weights.size(), ...told, keptIn};
          await writing.writeJson("files.json", files);
          return (await writing.finish(summary)).about;
        }
      };
    },
    delete: (name) => shelf.delete(name)
  };
}
