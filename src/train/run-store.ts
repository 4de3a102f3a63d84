/** Keeps checkpoints of runs by name in the origin's private file system, or in memory where the page has none. What a file says of its run is read from the file. */
import {blobSource, openSafetensors} from "../tensor/safetensors.ts";
import type {SavedState} from "./learner.ts";

/** A line of the list of kept runs. */
export interface KeptRun {
  name: string;
  bytes: number;
  model: string;
  /** Steps taken, of how many. */
  step: number;
  steps: number;
  /** Of the last step; NaN before the first. */
  loss: number;
  /** "memory": gone when the page is closed. */
  keptIn: "disk" | "memory";
}

/** Where files lie by name. */
export interface RunFiles {
  keptIn: "disk" | "memory";
  names(): Promise<string[]>;
  read(name: string): Promise<Blob | undefined>;
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  delete(name: string): Promise<void>;
}

export interface RunStore {
  /** @throws RangeError for a name that cannot be one. An older run of that name is replaced. */
  keep(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<KeptRun>;
  /** By name; a file that cannot be read as a run is left out. */
  list(): Promise<KeptRun[]>;
  /** @throws Error naming the kept runs when there is none of that name. */
  open(name: string): Promise<Uint8Array<ArrayBuffer>>;
  delete(name: string): Promise<void>;
}

/** What stands before a kept run's name where an address may stand: `createRun({from: "kept:monday"})`. */
export const keptPrefix = "kept:";

export function createRunStore(files: RunFiles): RunStore {
  const describe = async (name: string): Promise<KeptRun> => {
    const blob = (await files.read(name))!;
    const file = await openSafetensors(blobSource(blob), name);
    const {options, steps} = JSON.parse(file.metadata["state"]) as SavedState;
    const losses = await file.values("series/losses");
    return {name, bytes: blob.size, model: options.model, step: Number(file.metadata["step"]), steps, loss: losses.at(-1) ?? NaN, keptIn: files.keptIn};
  };
  const list = async () => {
    const found = await Promise.allSettled((await files.names()).sort().map(describe));
    return found.flatMap((run) => (run.status === "fulfilled" ? [run.value] : []));
  };
  return {
    async keep(name, bytes) {
      if (typeof name !== "string" || name.trim() === "" || name.length > 80) throw new RangeError(`a run's name has 1 to 80 characters; it was given ${JSON.stringify(name)}`);
      await files.write(name, bytes);
      return describe(name);
    },
    list,
    async open(name) {
      const blob = await files.read(name);
      if (blob) return new Uint8Array(await blob.arrayBuffer());
      const names = (await list()).map((run) => `"${run.name}"`);
      throw new Error(`no run called "${name}" is kept in this browser${names.length > 0 ? `; there are ${names.join(", ")}` : ""}`);
    },
    delete: (name) => files.delete(name)
  };
}

let memory: RunFiles | undefined;

/** The private file system if this page has one, else memory. */
export async function openRunStore(): Promise<RunStore> {
  try {
    return createRunStore(diskFiles(await (await navigator.storage.getDirectory()).getDirectoryHandle("runs", {create: true})));
  } catch {
    return createRunStore((memory ??= memoryFiles()));
  }
}

const ending = ".safetensors";

function diskFiles(folder: FileSystemDirectoryHandle): RunFiles {
  const fileName = (name: string) => `${encodeURIComponent(name).replaceAll(".", "%2E")}${ending}`;
  return {
    keptIn: "disk",
    async names() {
      const found: string[] = [];
      for await (const [name] of folder.entries()) if (name.endsWith(ending)) found.push(decodeURIComponent(name.slice(0, -ending.length)));
      return found;
    },
    read: (name) => folder.getFileHandle(fileName(name)).then((handle) => handle.getFile(), () => undefined),
    async write(name, bytes) {
      // What is written takes the place of the old file only when it is closed.
      const writable = await (await folder.getFileHandle(fileName(name), {create: true})).createWritable();
      await writable.write(bytes);
      await writable.close();
    },
    delete: (name) => folder.removeEntry(fileName(name)).catch(() => {})
  };
}

export function memoryFiles(): RunFiles {
  const kept = new Map<string, Blob>();
  return {
    keptIn: "memory",
    names: async () => [...kept.keys()],
    read: async (name) => kept.get(name),
    write: async (name, bytes) => void kept.set(name, new Blob([bytes])),
    delete: async (name) => void kept.delete(name)
  };
}
