/** What the host lets a notebook's frame ask for: pairs and training in one worker, layouts of the map in another, what takes long to measure in a third. */
import {takePhoto} from "./camera.ts";
import {dataHandlers} from "../../src/data/handlers.ts";
import type {PairSet} from "../../src/data/pairs.ts";
import {connect} from "../../src/rpc/port.ts";
import type {Client, Handler, Handlers} from "../../src/rpc/port.ts";
import type {PairsSpec} from "../../src/train/protocol.ts";

/** Every handler that passes to a worker, and whether it answers once or with a stream. */
const workers = {
  train: {
    file: "workers/train-worker.js",
    calls: ["pairs.thumbnails", "pairs.features", "tower.find", "run.play", "run.pause", "run.step", "run.restart", "run.set", "run.snapshot", "run.embed", "run.write", "run.attention", "run.parameters", "run.checkpoint", "run.export", "runs.keep", "runs.list", "runs.delete", "run.film", "models.list", "models.delete", "train.loss", "train.memory"],
    streams: ["pairs.open", "run.open", "run.snapshots", "models.keep", "model.open"]
  },
  layout: {
    file: "workers/layout-worker.js",
    calls: ["layout.settle", "layout.judge"],
    streams: ["layout.fit"]
  },
  measure: {file: "workers/measure-worker.js", calls: ["measure.corrupt"], streams: ["probe.fewShot", "probe.sweep"]}
} satisfies Record<string, {file: string; calls: string[]; streams: string[]}>;

const decodeWorker = "workers/decode-worker.js";

async function setInMemory(client: Client, name: string): Promise<PairSet | undefined> {
  const {keptIn, sets} = await client.call<{keptIn: string; sets: {name: string}[]}>("list");
  return keptIn === "memory" && sets.some((set) => set.name === name) ? client.call<PairSet>("open", {name}) : undefined;
}

/** The table of services. Workers start when first asked for something. */
export function createServices(): Handlers {
  const clients = new Map<string, Client>();
  const clientOf = (file: string) => {
    if (!clients.has(file)) clients.set(file, connect(new Worker(new URL(file, document.baseURI), {type: "module", name: file})));
    return clients.get(file)!;
  };

  const handlers: Handlers = {};
  for (const {file, calls, streams} of Object.values(workers)) {
    for (const name of calls) handlers[name] = ((args, signal) => clientOf(file).call(name, args, {signal})) satisfies Handler;
    for (const name of streams) handlers[name] = ((args, signal) => clientOf(file).stream(name, args, {signal})) satisfies Handler;
  }
  Object.assign(handlers, dataHandlers(() => clientOf(decodeWorker)));
  // Without a private file system, imported sets live in the memory of the worker that imported them: they are handed over.
  handlers["pairs.open"] = async function* (spec: PairsSpec, signal) {
    const given = clients.has(decodeWorker) ? await setInMemory(clientOf(decodeWorker), spec.source) : undefined;
    yield* clientOf(workers.train.file).stream("pairs.open", {...spec, given}, {signal, transfer: given && [given.pixels.buffer]});
  };
  handlers["camera.photo"] = takePhoto;
  // Nobody trains where there is no worker yet.
  handlers["hands"] = () => (clients.has(workers.train.file) ? clientOf(workers.train.file).call("train.leaveACore") : undefined);
  // A host that asks whether anything is busy must not start a worker by asking.
  handlers["busy"] = () => (clients.has(workers.train.file) ? clientOf(workers.train.file).call("train.busy") : false);
  handlers["progress"] = () => (clients.has(workers.train.file) ? clientOf(workers.train.file).call("train.progress") : []);
  return handlers;
}
