/** Keeps checkpoints of runs by name, in the store. */
import {olderRuns} from "../storage/older.ts";
import {openShelf} from "../storage/open-shelf.ts";
import type {ShelfOptions} from "../storage/open-shelf.ts";
import type {Kept, Shelf} from "../storage/shelf.ts";
import {bytesSource, openSafetensors} from "../tensor/safetensors.ts";
import type {ByteSource} from "../tensor/safetensors.ts";
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

/** What of a run's line its file says; the loss is null where it is no number, as JSON has none. */
export type RunFacts = Pick<KeptRun, "model" | "step" | "steps"> & {loss: number | null};

export interface RunStore {
  /** @throws RangeError for a name that cannot be one; NoRoomError or StorageError. An older run of that name is replaced, and stays where it throws. */
  keep(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<KeptRun>;
  /** By name. */
  list(): Promise<KeptRun[]>;
  /** @throws Error naming the kept runs when there is none of that name. */
  open(name: string): Promise<Uint8Array<ArrayBuffer>>;
  delete(name: string): Promise<void>;
}

/** What stands before a kept run's name where an address may stand: `createRun({from: "kept:monday"})`. */
export const keptPrefix = "kept:";

const path = "run.safetensors";

/** How runs are kept. */
export const runShelf: ShelfOptions = {kind: "run", folder: "runs", older: olderRuns(path, readFacts)};

export function createRunStore(shelf: Shelf<RunFacts>): RunStore {
  const {keptIn} = shelf;
  const line = ({name, bytes, about}: Kept<RunFacts>): KeptRun => ({name, bytes, ...about, loss: about.loss ?? NaN, keptIn});
  const list = async () => (await shelf.list()).map(line);
  return {
    async keep(name, bytes) {
      if (typeof name !== "string" || name.trim() === "" || name.length > 80) throw new RangeError(`a run's name has 1 to 80 characters; it was given ${JSON.stringify(name)}`);
      const facts = await readFacts(name, bytesSource(bytes));
      const writing = await shelf.begin(name, {bytes: bytes.length});
      try {
        await (await writing.writer(path)).write(bytes, 0);
      } catch (error) {
        await writing.abandon();
        throw error;
      }
      return line(await writing.finish(facts));
    },
    list,
    async open(name) {
      const kept = await shelf.open(name);
      if (kept) {
        const file = await kept.file(path);
        return (await file.read(0, file.byteLength)) as Uint8Array<ArrayBuffer>;
      }
      const names = (await list()).map((run) => `"${run.name}"`);
      throw new Error(`no run called "${name}" is kept in this browser${names.length > 0 ? `; there are ${names.join(", ")}` : ""}`);
    },
    delete: (name) => shelf.delete(name)
  };
}

/** The store of this browser. Throws a StorageError where there is a private file system, and it fails. */
export const openRunStore = async (): Promise<RunStore> => createRunStore(await openShelf<RunFacts>(runShelf));

/** What a run's file says of it. Throws where it is none. */
async function readFacts(name: string, source: ByteSource): Promise<RunFacts> {
  const file = await openSafetensors(source, name);
  const {options, steps} = JSON.parse(file.metadata["state"]) as SavedState;
  const losses = await file.values("series/losses");
  const loss = losses.at(-1) ?? NaN;
  return {model: options.model, step: Number(file.metadata["step"]), steps, loss: Number.isFinite(loss) ? loss : null};
}
