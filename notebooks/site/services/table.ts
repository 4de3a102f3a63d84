/**
 * Every call that a frame may make: who answers it, once or with a stream, what each argument may be, and what the reader of a notebook from elsewhere is asked first.
 * What is not here is refused. SECURITY.md tells of this table.
 */
import {address, boolean, bytes, dictionary, either, file, integer, list, name, number, numbers, optional, record, text, word} from "../../../src/rpc/kinds.ts";
import type {Kind} from "../../../src/rpc/kinds.ts";
import {judgeArguments, layoutArguments, probeArguments, sweepArguments} from "./measure-kinds.ts";
import {runArguments, runSettings} from "./run-kinds.ts";
import type {Use} from "./uses.ts";

export interface Row {
  /** Which worker answers; "host" is the page itself. */
  worker: "train" | "layout" | "measure" | "decode" | "host";
  answers: "once" | "stream";
  arguments: Record<string, Kind>;
  /** What a notebook from elsewhere asks its reader for, by argument; "" stands for the call itself. Nothing is asked for the others. */
  asks?: Record<string, Use>;
}

const id = text(60);
const key = text(60);
/** Rows of a set; whether the set has them is seen where the set is. */
const rows = list(number(), 1_000_000);
const pixels = optional(bytes(512));
const seed = optional(either(number(), text(200)));
const files = list(record({path: text(2000), file}), 200_000);
const sizePx = integer({from: 1, to: 1024});
const count = integer({from: 1, to: 10_000_000});

const once = (worker: Row["worker"], args: Row["arguments"] = {}, asks?: Row["asks"]): Row => ({worker, answers: "once", arguments: args, asks});
const stream = (worker: Row["worker"], args: Row["arguments"], asks?: Row["asks"]): Row => ({worker, answers: "stream", arguments: args, asks});

export const services: Record<string, Row> = {
  "pairs.open": stream(
    "train",
    {
      source: either(name, address),
      limit: optional(number()),
      seed,
      sizePx: optional(sizePx),
      shuffled: optional(boolean),
      imageTower: optional(address),
      embeddings: optional(record({address, index: optional(address)})),
      train: optional(number()),
      labelled: optional(record({files: optional(files), perClass: optional(number())}))
    },
    {source: "set", imageTower: "tower", embeddings: "embeddings"}
  ),
  "pairs.thumbnails": once("train", {key, indices: rows}),
  "pairs.features": once("train", {key, indices: rows}),
  "tower.find": once("train", {address}, {address: "tower"}),

  "run.open": stream("train", runArguments, {from: "checkpoint", functions: "code"}),
  "run.snapshots": stream("train", {id}),
  "run.snapshot": once("train", {id}),
  "run.play": once("train", {id}),
  "run.pause": once("train", {id}),
  "run.step": once("train", {id, n: integer({from: 1, to: 10_000_000})}),
  "run.restart": once("train", {id}),
  "run.set": once("train", {id, settings: record(runSettings)}),
  "run.embed": once("train", {id, texts: optional(list(text(10_000), 200_000)), rows: optional(rows), pixels}),
  "run.attention": once("train", {id, row: optional(number()), pixels, text: optional(text(10_000))}),
  "run.write": once("train", {id, rows: optional(rows), pixels, strategy: optional(word("greedy", "top-k", "beam")), k: optional(number()), temperature: optional(number()), beams: optional(number()), seed: optional(number())}),
  "run.checkpoint": once("train", {id, step: optional(number()), optimizer: optional(boolean), dtype: optional(word("F32", "F16", "BF16")), series: optional(dictionary(numbers(Float32Array), 100))}),
  "run.export": once("train", {id, shards: optional(boolean)}),
  "run.film": once("train", {id}),
  "run.parameters": once("train", {id}),
  "runs.keep": once("train", {id, name}, {name: "keepRun"}),
  "runs.list": once("train", {}, {"": "seeRuns"}),
  "runs.delete": once("train", {name}, {name: "deleteRun"}),

  "models.keep": stream("train", {name: either(name, address), files: optional(files), hub: optional(address)}, {name: "fetchModel"}),
  "models.list": once("train", {}, {"": "seeModels"}),
  "models.delete": once("train", {name}, {name: "deleteModel"}),
  "model.open": stream("train", {name, pairs: key, watch: optional(number()), map: optional(number()), seed: optional(number())}, {name: "openModel"}),

  "train.loss": once("train", {images: list(list(number(), 4096), 1024), captions: list(list(number(), 4096), 1024), t: number()}),
  "train.memory": once("train"),

  "layout.fit": stream("layout", layoutArguments),
  "layout.settle": once("layout", layoutArguments),
  "layout.judge": once("layout", judgeArguments),
  "measure.corrupt": once("measure", {pixels: bytes(512), sizePx, kind: text(40), strength: number(), seed: optional(number())}),
  "probe.fewShot": stream("measure", probeArguments),
  "probe.sweep": stream("measure", sweepArguments),

  "data/import": stream("decode", {name, files, sizePx, limit: optional(count), split: optional(word("train", "val", "test")), seed}, {name: "keepSet"}),
  "data/import-from-hub": stream(
    "decode",
    {name, sizePx, limit: count, server: optional(address), dataset: optional(text(300)), config: optional(text(300)), split: optional(text(300))},
    {name: "keepSet", server: "fetchSet"}
  ),
  "data/list": once("decode", {}, {"": "seeSets"}),
  "data/open": once("decode", {name, sizePx: optional(sizePx), split: optional(word("train", "val", "test")), limit: optional(count)}, {name: "openSet"}),
  "data/delete": once("decode", {name}, {name: "deleteSet"}),

  "camera.photo": once("host", {sizePx}, {"": "camera"}),
  hands: once("host"),
  busy: once("host"),
  progress: once("host")
};

/** What workers answer to the host and to each other, and to no frame. */
export const inner: Record<string, Row["worker"][]> = {
  "train.leaveACore": ["train"],
  "train.busy": ["train"],
  "train.progress": ["train"],
  shrink: ["decode"],
  "guest.allow": ["train", "decode"]
};

/** A call's arguments as one kind. */
export const argumentsOf = (call: string): Kind => record(services[call].arguments);
