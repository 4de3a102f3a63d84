/** The workers behind the table of services: each is started when something is first asked of it, and anew when it died. */
import {takePhoto} from "../camera.ts";
import type {PairSet} from "../../../src/data/pairs.ts";
import {superviseWorker} from "../../../src/rpc/port.ts";
import type {Client, Handler, Handlers, WorkerConnection} from "../../../src/rpc/port.ts";
import type {PairsSpec} from "../../../src/train/protocol.ts";
import {services} from "./table.ts";
import type {Row} from "./table.ts";

type WorkerName = Exclude<Row["worker"], "host">;

/** What people know each by. */
const names: Record<WorkerName, string> = {train: "the training worker", layout: "the worker that lays out maps", measure: "the measuring worker", decode: "the worker that imports pairs"};

interface WorkersOptions {
  /** Whether they work for a notebook from elsewhere: they fetch then from where the reader allowed, and nowhere else. */
  isGuest: boolean;
  /** Hears, in a sentence, that one died. */
  onDeath(why: string): void;
}

export interface Workers {
  /** The handlers of all calls of the table. */
  handlers: Handlers;
  /** Lets a guest's worker fetch from addresses. */
  allow(worker: Row["worker"], addresses: readonly string[]): Promise<void>;
}

export function createWorkers({isGuest, onDeath}: WorkersOptions): Workers {
  const running = new Map<WorkerName, WorkerConnection>();
  const clientOf = (name: WorkerName): Client => {
    const known = running.get(name);
    if (known) return known;
    const worker = new Worker(new URL(`workers/${name}-worker.js`, document.baseURI), {type: "module", name: isGuest ? "guest" : "own"});
    const died = (why: string) => {
      running.delete(name);
      onDeath(why);
    };
    const client = superviseWorker(worker, {name: names[name], onDeath: died});
    running.set(name, client);
    return client;
  };

  const handlers: Handlers = {};
  for (const [call, {worker, answers}] of Object.entries(services)) {
    if (worker === "host") continue;
    const pass: Handler = answers === "once" ? (args, signal) => clientOf(worker).call(call, args, {signal}) : (args, signal) => clientOf(worker).stream(call, args, {signal});
    handlers[call] = pass;
  }
  // Without a private file system, imported sets live in the memory of the worker that imported them: they are handed over.
  handlers["pairs.open"] = async function* (spec: PairsSpec, signal) {
    const given = running.has("decode") ? await setInMemory(clientOf("decode"), spec.source) : undefined;
    yield* clientOf("train").stream("pairs.open", {...spec, given}, {signal, transfer: given && [given.pixels.buffer]});
  };
  handlers["camera.photo"] = takePhoto;
  // Nobody trains where there is no worker yet, and asking must not start one.
  handlers["hands"] = () => (running.has("train") ? clientOf("train").call("train.leaveACore").catch(() => {}) : undefined);
  handlers["busy"] = () => (running.has("train") ? clientOf("train").call("train.busy").catch(() => false) : false);
  handlers["progress"] = () => (running.has("train") ? clientOf("train").call("train.progress").catch(() => []) : []);
  return {handlers, allow: async (worker, addresses) => void (worker === "host" || (await clientOf(worker).call("guest.allow", {addresses})))};
}

async function setInMemory(client: Client, name: string): Promise<PairSet | undefined> {
  const {keptIn, sets} = await client.call<{keptIn: string; sets: {name: string}[]}>("data/list");
  return keptIn === "memory" && sets.some((set) => set.name === name) ? client.call<PairSet>("data/open", {name}) : undefined;
}
