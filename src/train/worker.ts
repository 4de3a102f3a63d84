/** The training worker's handlers: it owns backend, sets of pairs and runs. The worker's entry point only serves this table. */
import {limits} from "../limits.ts";
import * as tf from "../tensor/tf.ts";
import {readAtMost} from "../data/files/read-at-most.ts";
import {Transfer} from "../rpc/port.ts";
import type {Handlers} from "../rpc/port.ts";
import type {PairSet} from "../data/pairs.ts";
import {openCheckpoint} from "./checkpoint.ts";
import {encodeJpegInBrowser} from "./encode-jpeg.ts";
import {openPairSet, siteAddress} from "./open-pairs.ts";
import {towerUrl} from "./locked-tower.ts";
import type {FilmFrame} from "./film.ts";
import type {OpenedPairs} from "./open-pairs.ts";
import {createRun} from "./create-run.ts";
import {lazyModelHandlers} from "./pretrained/lazy-handlers.ts";
import {fusedLoss} from "./fused-loss.ts";
import type {FusedLossRequest} from "./fused-loss.ts";
import type {Run} from "./run.ts";
import {keptPrefix, openRunStore} from "./run-store.ts";
import {remembered} from "./turns.ts";
import type {AttentionQuestion, BackendChoice, CheckpointRequest, PairsSpec, RunInfo, RunSettings, RunSpec, WriteRequest} from "./protocol.ts";

export interface TrainingOptions {
  /** Resolves when the backend is ready; called once, at the first run. */
  startBackend(): Promise<BackendChoice>;
  /** Starts another where the graphics device was lost: WebGPU once more, and WebAssembly from the second time on. */
  restartBackend?(losses: number): Promise<BackendChoice>;
  /** Leaves one of the training's cores to the page for a while. */
  leaveACore?(): void;
  /** What functions written in cells find in scope, beside `tf`. */
  library: Record<string, unknown>;
}

interface OpenRun {
  run: Run;
  info: RunInfo;
  pairs: PairSet;
  film?: FilmFrame[];
}

/** The table of handlers. Streams hold what they opened: when one ends, its set or run is freed. */
export function trainingHandlers({startBackend, restartBackend, leaveACore, library}: TrainingOptions): Handlers {
  const sets = new Map<string, OpenedPairs>();
  const runs = new Map<string, OpenRun>();
  const backend = remembered(startBackend);
  let lastId = 0;
  let losses = 0;
  const restart = restartBackend && (() => backend.become(() => restartBackend(++losses)));

  const setOf = (key: string) => sets.get(key) ?? fail(`the pairs "${key}" are not open any more; run the cell that opens them again`);
  /** Tells what opened, and frees it when its stream ends. */
  async function* keptOpen(id: string, open: OpenRun, signal: AbortSignal) {
    runs.set(id, open);
    try {
      yield open.info;
      await aborted(signal);
    } finally {
      runs.delete(id);
      await open.run.dispose();
    }
  }
  const runOf = (id: string) => (runs.get(id) ?? fail(`run ${id} is gone; run the cell that makes it again`)).run;

  return {
    async *"pairs.open"(spec: PairsSpec, signal: AbortSignal) {
      const key = `pairs-${++lastId}`;
      let opened: OpenedPairs | undefined;
      const open = spec.labelled ? (await import("./open-labelled.ts")).openLabelledSet : openPairSet;
      for await (const part of open(spec, {signal, ready: backend.get})) {
        if ("pairs" in part) opened = part;
        else yield part;
      }
      if (!opened) return;
      sets.set(key, opened);
      const {name, ids, sizePx, captions, splits, factors, problems} = opened.pairs;
      try {
        yield {key, name, count: ids.length, sizePx, ids, captions, splits, factors, problems, featureWidth: opened.features?.width ?? 0};
        await aborted(signal);
      } finally {
        sets.delete(key); // also where the stream is left before it could wait
      }
    },

    "pairs.thumbnails"({key, indices}: {key: string; indices: number[]}) {
      const {ids, sizePx, pixels} = setOf(key).pairs;
      const area = sizePx * sizePx;
      const rgba = new Uint8ClampedArray(indices.length * area * 4).fill(255);
      indices.forEach((row, i) => {
        if (!(row >= 0 && row < ids.length)) throw new RangeError(`rows go from 0 to ${ids.length - 1}; a thumbnail was asked of row ${row}`);
        for (let p = 0; p < area; p++) {
          for (let c = 0; c < 3; c++) rgba[(i * area + p) * 4 + c] = pixels[(row * area + p) * 3 + c];
        }
      });
      return {sizePx, pixels: rgba};
    },

    /** A locked tower's features of some rows, [indices.length, width]. */
    "pairs.features"({key, indices}: {key: string; indices: number[]}) {
      const {features} = setOf(key);
      if (!features) throw new Error(`the pairs "${key}" were opened without a locked tower, so there are no features of one`);
      const {data, width} = features;
      const rows = new Float32Array(indices.length * width);
      indices.forEach((row, i) => rows.set(data.subarray(row * width, (row + 1) * width), i * width));
      return {features: rows, width};
    },

    /** Whether a layers model lies at an address, so that a notebook can say what is missing before it begins. */
    async "tower.find"({address}: {address: string}) {
      const response = await fetch(towerUrl(address, siteAddress()), {method: "HEAD"}).catch(() => undefined);
      return response?.ok ?? false;
    },

    async *"run.open"(spec: RunSpec, signal: AbortSignal) {
      const choice = await backend.get();
      const id = `run-${++lastId}`;
      const {run, info, film} = await createRun(spec, {id, opened: setOf(spec.pairs), choice, library, read: readAddress, restartBackend: restart});
      yield* keptOpen(id, {run, info, pairs: setOf(spec.pairs).pairs, film}, signal);
    },

    ...lazyModelHandlers({
      ready: backend.get,
      async *open(spec, choice, model, signal) {
        const id = `model-${++lastId}`;
        const {createPretrainedRun} = await import("./pretrained/pretrained-run.ts");
        const {run, info} = createPretrainedRun(spec, {id, pairs: setOf(spec.pairs).pairs, choice, model});
        yield* keptOpen(id, {run, info, pairs: setOf(spec.pairs).pairs}, signal);
      }
    }),

    "run.snapshots": ({id}: {id: string}, signal: AbortSignal) => runOf(id).snapshots(signal),
    "run.snapshot": ({id}: {id: string}) => runOf(id).snapshot(),
    "run.play": ({id}: {id: string}) => runOf(id).play(),
    "run.pause": ({id}: {id: string}) => runOf(id).pause(),
    "run.step": ({id, n}: {id: string; n: number}) => runOf(id).step(n),
    "run.restart": ({id}: {id: string}) => runOf(id).restart(),
    "run.set": ({id, settings}: {id: string; settings: RunSettings}) => runOf(id).set(settings),
    "run.embed": ({id, ...what}: {id: string; texts?: string[]; rows?: number[]; pixels?: Uint8Array}) => runOf(id).embed(what),
    "run.attention": ({id, ...what}: {id: string} & AttentionQuestion) => runOf(id).attention(what),
    "run.write": ({id, ...what}: {id: string} & WriteRequest) => runOf(id).write(what),
    async "run.checkpoint"({id, ...request}: CheckpointRequest & {id: string}) {
      const bytes = await runOf(id).checkpoint(request);
      return new Transfer(bytes, [bytes.buffer]);
    },
    /** The frames that came with the checkpoint which the run goes on from. */
    "run.film": ({id}: {id: string}) => runs.get(id)?.film ?? [],
    /** Keeps a run in this browser under a name. */
    "runs.keep": async ({id, name}: {id: string; name: string}) => (await openRunStore()).keep(name, await runOf(id).checkpoint()),
    "runs.list": async () => (await openRunStore()).list(),
    "runs.delete": async ({name}: {name: string}) => (await openRunStore()).delete(name),
    /** A tar of everything that goes on elsewhere: open_clip, Hugging Face, shards, the command. */
    async "run.export"({id, shards = true}: {id: string; shards?: boolean}) {
      const checkpoint = await openCheckpoint(await runOf(id).checkpoint({optimizer: false}), "this run");
      const tar = await (await import("./export-checkpoint.ts")).exportTar(checkpoint, {name: "this run", pairs: shards ? runs.get(id)!.pairs : undefined, encodeJpeg: encodeJpegInBrowser});
      return new Transfer(tar, [tar.buffer]);
    },
    "run.parameters": ({id}: {id: string}) => runOf(id).parameters(),

    /** The loss microscope's badge: the same pairs by the kernels of this worker. */
    async "train.loss"(request: FusedLossRequest) {
      await backend.get();
      return fusedLoss(request);
    },

    /** Somebody's hands are on the page. */
    "train.leaveACore": () => leaveACore?.(),
    "train.busy": () => [...runs.values()].some(({run}) => run.state === "running"),
    /** How far each run has come. */
    "train.progress": () => [...runs].map(([id, {run}]) => ({id, ...run.progress})),
    "train.memory": () => {
      const {numTensors, numBytes} = tf.memory();
      return {numTensors, numBytes, backend: tf.getBackend(), runs: runs.size, sets: sets.size};
    }
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), {once: true})));
}

/** A run kept in this browser, a file of the site, or one of elsewhere if its whole address is given. */
async function readAddress(address: string): Promise<Uint8Array> {
  if (address.startsWith(keptPrefix)) return (await openRunStore()).open(address.slice(keptPrefix.length));
  const response = await fetch(new URL(address, siteAddress())).catch(() => undefined);
  if (!response?.ok) throw new Error(`no checkpoint could be read from ${address}${response ? ` (${response.status})` : ""}`);
  return readAtMost(response.body ?? new Blob([]).stream(), limits.fileBytes, address);
}

function fail(message: string): never {
  throw new Error(message);
}
