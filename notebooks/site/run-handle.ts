/** The handle by which a cell holds a run that lives in the training worker. */
import type {AttentionAnswer, AttentionQuestion, CellFunction, CellFunctionName, CheckpointRequest, EmbeddedPairs, HeldOutRecall, RunInfo, RunSettings, RunSpec, RunState, Snapshot, WriteRequest, WrittenText} from "../../src/train/protocol.ts";
import type {FilmFrame} from "../../src/train/film.ts";
import type {Client} from "../../src/rpc/port.ts";
import type {Pairs} from "./diagonal.ts";
import type {Frame} from "./frame-globals.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only its source is used here
type WrittenInCell = (...args: any[]) => unknown;

/** A run's options as a cell writes them: the pairs themselves, and functions as functions. */
export interface RunOptions extends Omit<RunSpec, "pairs" | "functions" | "augment">, Partial<Record<Exclude<CellFunctionName, "augment">, WrittenInCell>> {
  pairs: Pairs;
  /** What is done to the training pictures: `{crop, ratio, flip, brightness, contrast, saturation}`, or a function (images, random) -> images of normalised tensors. */
  augment?: RunSpec["augment"] | WrittenInCell;
}

export interface RunHandle {
  info: RunInfo;
  pairs: Pairs;
  /** The state as last heard of. */
  readonly state: RunState;
  /** Trains until `steps`, or until paused. */
  play(): Promise<void>;
  pause(): Promise<void>;
  /** Takes n steps and resolves with the snapshot after them. */
  step(n?: number): Promise<Snapshot>;
  /** Back to the first weights: same seed, same run. */
  restart(): Promise<void>;
  /** Changes the learning rate or the temperature while the run goes on. */
  set(settings: RunSettings): Promise<void>;
  /** One snapshot, now. */
  snapshot(): Promise<Snapshot>;
  /** Every snapshot from now on, beginning with the present one; each call gives a stream of its own. */
  snapshots(): AsyncIterableIterator<Snapshot>;
  /** The same, for a cell's own reactive code: `const frame = run.latest()`. */
  latest(): AsyncIterableIterator<Snapshot>;
  /** The frames of its film that came with the checkpoint it goes on from, if any, and then every snapshot. */
  frames(): AsyncIterableIterator<FilmFrame>;
  /** Recall on held-out pairs, whenever it has been measured anew. */
  recalls(): AsyncIterableIterator<HeldOutRecall>;
  /** Embeddings of sentences, and of rows of the set or pictures from outside (uint8 RGB, [count, sizePx, sizePx, 3]), normalised, [count, width]. */
  embed(what: {texts?: string[]; rows?: ArrayLike<number>; pixels?: Uint8Array}): Promise<{texts?: Float32Array; images?: Float32Array; width: number}>;
  /** Captions written by a model with a decoder ("coca-tiny") for rows of the set or pictures from outside, with the probability of every token. */
  write(what: Omit<WriteRequest, "rows"> & {rows?: ArrayLike<number>}): Promise<WrittenText[]>;
  /** Where the towers look: attention of every block and head, of a row of the set (or one picture) and a sentence. */
  attention(what: AttentionQuestion): Promise<AttentionAnswer>;
  /** The parameters by open_clip's names, for code in cells. */
  parameters(): Promise<Record<string, {shape: number[]; data: Float32Array}>>;
  /** Resolves when the run has taken all its steps. */
  finished(): Promise<Snapshot>;
  /**
   * The run in one safetensors file: parameters under open_clip's names, optimizer, average, tokenizer, configuration, losses, random states,
   * data order. `createRun({pairs, from: file})` goes on from it with the same losses. `{step}` asks for an earlier moment.
   */
  checkpoint(request?: CheckpointRequest): Promise<Uint8Array>;
  /**
   * What goes on elsewhere, as one tar: open_clip's folder and Hugging Face's, the tokenizer, the pairs as WebDataset shards (unless `shards` is
   * false) and `train.sh` with the same hyperparameters. An error where open_clip has no such model, such as a bag of words.
   */
  export(options?: {shards?: boolean}): Promise<Uint8Array>;
  /**
   * Another run that goes on from this one after `step` steps (now, if left out), with other settings if any are given. It waits for `play()`
   * or `step()`; with nothing changed it repeats this run's losses. This run goes on undisturbed.
   */
  branch(from?: {step?: number} & RunSettings): Promise<RunHandle>;
  /** Frees the run before its cell runs again. */
  close(): void;
}

export type {EmbeddedPairs, Snapshot};

const functionNames: CellFunctionName[] = ["loss", "imageHead", "textHead", "schedule", "augment"];

/** What a cell says beside the run's own options. */
export interface CellOptions {
  /** Frees the run when the cell runs again. */
  invalidation?: Promise<unknown>;
  /** Whether it waits even where nobody is there to press the button, as in `npm run render`. */
  waits?: boolean;
}

/** Opens a run in the worker. The worker frees it when `invalidation` resolves or the frame goes away. */
export async function createRunHandle(frame: Frame, {pairs, ...options}: RunOptions, {invalidation, waits = false}: CellOptions = {}): Promise<RunHandle> {
  const handle = await openHandle(frame, pairs, readOptions(frame, options), invalidation);
  // With nobody there to press the button, the run starts by itself.
  if (frame.env.unattended && !waits) await handle.play();
  return handle;
}

/** A cell's options as the worker takes them: functions as their sources. */
function readOptions(frame: Frame, options: Omit<RunOptions, "pairs">): Omit<RunSpec, "pairs"> {
  const functions: RunSpec["functions"] = {};
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (functionNames.includes(name as CellFunctionName) && !(name === "augment" && typeof value === "object" && value !== null)) {
      if (value === undefined) continue;
      if (typeof value !== "function") throw new TypeError(`createRun's ${name} is a function, and got ${value === null ? "null" : typeof value}`);
      functions[name as CellFunctionName] = describe(value as WrittenInCell, frame);
    } else settings[name] = value;
  }
  return {...settings, functions};
}

async function openHandle(frame: Frame, pairs: Pairs, spec: Omit<RunSpec, "pairs">, invalidation?: Promise<unknown>): Promise<RunHandle> {
  const {client} = frame;
  const closing = new AbortController();
  invalidation?.then(() => closing.abort());
  const closed = new Promise<void>((resolve) => closing.signal.addEventListener("abort", () => resolve()));

  // This stream is the run's life: it yields once, and the run is freed when it ends.
  const life = client.stream<RunInfo>("run.open", {...spec, pairs: pairs.key}, {signal: closing.signal});
  const {value: info, done} = await life.next();
  if (done) throw new Error("the run was given up before it began");
  void life.next().catch(() => {});
  // Its length and speed are those of that moment, which may have been changed since this run was made.
  const goOn = (from: Uint8Array) => openHandle(frame, pairs, {...spec, steps: undefined, learningRate: undefined, from}, closed);
  return handleOf({client, info, pairs, closing, goOn});
}

interface HandleParts {
  client: Client;
  info: RunInfo;
  pairs: Pairs;
  /** Ends what the worker keeps. */
  closing: AbortController;
  /** Opens a run that goes on from a checkpoint of this one. */
  goOn(from: Uint8Array): Promise<RunHandle>;
}

/** The handle of a run, or of a model that is looked at as one, which the worker keeps. */
export function handleOf({client, info, pairs, closing, goOn}: HandleParts): RunHandle {
  const {id} = info;

  let state: RunState = "idle";
  async function* snapshots() {
    for await (const snapshot of client.stream<Snapshot>("run.snapshots", {id}, {signal: closing.signal})) {
      state = snapshot.state;
      yield snapshot;
    }
  }
  async function* recalls() {
    let last = -1;
    for await (const {heldOut} of snapshots()) {
      if (!heldOut || heldOut.step === last) continue;
      last = heldOut.step;
      yield heldOut;
    }
  }
  const handle: RunHandle = {
    info,
    pairs,
    get state() {
      return state;
    },
    play: () => client.call("run.play", {id}),
    pause: () => client.call("run.pause", {id}),
    step: (n = 1) => client.call("run.step", {id, n}),
    restart: () => client.call("run.restart", {id}),
    set: (settings) => client.call("run.set", {id, settings}),
    snapshot: () => client.call("run.snapshot", {id}),
    snapshots,
    latest: snapshots,
    async *frames() {
      yield* await client.call<FilmFrame[]>("run.film", {id});
      yield* snapshots();
    },
    recalls,
    embed: ({texts, rows, pixels}) => client.call("run.embed", {id, texts, rows: rows && Array.from(rows), pixels}),
    write: ({rows, ...how}) => client.call("run.write", {id, ...how, rows: rows && Array.from(rows)}),
    attention: ({row, pixels, text}) => client.call("run.attention", {id, row, pixels, text}),
    parameters: () => client.call("run.parameters", {id}),
    async finished() {
      for await (const snapshot of snapshots()) {
        if (snapshot.state === "finished") return snapshot;
        if (snapshot.state === "failed") throw new Error(snapshot.error ?? "the run failed");
      }
      throw new Error("the run was closed before it finished");
    },
    checkpoint: (request = {}) => client.call("run.checkpoint", {id, ...request}),
    export: (options = {}) => client.call("run.export", {id, ...options}),
    async branch({step, ...settings} = {}) {
      const branch = await goOn(await handle.checkpoint({step}));
      if (Object.keys(settings).length > 0) await branch.set(settings);
      return branch;
    },
    close: () => closing.abort()
  };
  return handle;
}

function describe(written: WrittenInCell, {locate, sourceOf}: Frame): CellFunction {
  return {source: sourceOf(written), ...locate(String(written))};
}
