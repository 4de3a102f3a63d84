/**
 * npm run bench: one table, one run, every row a ratio of ours to a peer's, measured in turns so that both meet the same
 * machine. A row is printed only where the first three losses, from the same weights and batch, agree.
 *
 *   npm run bench                    all presets
 *   npm run bench -- vit-tiny        only these presets
 *   npm run bench -- --peers=pytorch   only peers whose name contains this
 *   npm run bench -- towers          full-size random ViT-B/32 and RN50: loaded in every layout, and against onnxruntime-web
 *   npm run bench -- retrieval       1,000 x 5,000 ranked against a second, 5,000 x 25,000 against 1 GiB
 *   npm run bench -- --json          the same as JSON: {machine, versions, rows}
 *   npm run bench -- --training      only steps, encoding and memory; no products, dispatches, maps or page
 */
import {spawnSync} from "node:child_process";
import {cpus, totalmem} from "node:os";
import {createRequire} from "node:module";
import {join} from "node:path";
import {setTimeout as sleep} from "node:timers/promises";
import {openBrowser} from "./bench/browser.ts";
import {inBrowser, order} from "./bench/browser-contender.ts";
import type {Contender, Task} from "./bench/contender.ts";
import {countDispatches} from "./bench/dispatches.ts";
import {measureMaps} from "./bench/maps.ts";
import {measurePage} from "./bench/page.ts";
import {measurePan} from "./bench/pan.ts";
import {findPytorch, pytorch} from "./bench/pytorch.ts";
import {measureRetrieval} from "./bench/retrieval.ts";
import {agree, median, printTable, type Row} from "./bench/rows.ts";
import {measureTowers} from "./bench/towers.ts";
import {training} from "./bench/training.ts";
import {createEstimate, createProgress, timeLeft} from "./progress.ts";

const presets = ["vit-tiny", "vit-small", "resnet-tiny"];
/** Turns that every contender has; each lasts about `turnMs`. */
const turns = 5;
const turnMs = 400;
/** What takes longer once is not warmed up: three steps came before it. */
const slowMs = 3000;
/** What takes less is warmed up so many times: ours has found its threads then, and no other is worse off for it. */
const [quickMs, warmUps] = [800, 9];
/** Before each turn: threads of the one before may wait for more work, and keep a core for a tenth of a second. */
const restMs = 200;
/** The shapes of vit-tiny's products: [rows, out, in, across...], forward and both gradients. */
const products = [[1088, 384, 128, 0, 1], [1088, 512, 128, 0, 1], [1088, 128, 512, 0, 1], [1088, 128, 512, 0, 0], [512, 128, 1088, 1, 0], [1024, 1024, 1024, 0, 1]];

const progress = createProgress();
const log = (text: string) => progress.say(text);

async function main(args: string[]): Promise<void> {
  const asJson = args.includes("--json");
  const named = args.filter((arg) => !arg.startsWith("--"));
  if (named.includes("towers")) return towers(asJson, args);
  if (named.includes("retrieval")) return print(asJson, {versions: {node: process.version}, rows: measureRetrieval()});
  const unknown = named.find((name) => !presets.includes(name));
  if (unknown) throw new Error(`bench knows ${presets.join(", ")}; it was asked for "${unknown}"`);
  spawnSync(process.execPath, ["build.mjs", "kernels"], {stdio: ["ignore", "ignore", "inherit"]});
  const torch = findPytorch();
  if (!torch) log("PyTorch is left out: python3 cannot import torch (Debian: apt-get install python3-torch).");
  const {page, version, close} = await openBrowser({entries: {worker: "src/cli/bench/worker.ts", jax: "src/cli/bench/jax-worker.ts"}});
  const ours = inBrowser(page, "diagonal", "worker");
  const wanted = args.find((arg) => arg.startsWith("--peers="))?.slice("--peers=".length) ?? "";
  const peers = [
    inBrowser(page, "diagonal 1 thread", "worker"),
    inBrowser(page, "diagonal 2 threads", "worker"),
    inBrowser(page, "tfjs", "worker"),
    inBrowser(page, "tfjs, transposed first", "worker"),
    inBrowser(page, "jax-js", "jax"),
    ...(torch ? [pytorch(torch.python, 1), pytorch(torch.python, 2)] : [])
  ].filter(({name}) => name.includes(wanted));
  try {
    const parts: Part[] = (named.length > 0 ? named : presets).map((preset) => ({what: preset, measure: () => measure(preset, ours, peers)}));
    if (!args.includes("--training")) {
      parts.push(
        {what: "products", measure: async () => (await ours.start(presets[0]), measureProducts((shapes) => order(page, ours.name, "worker", {products: shapes})))},
        {what: "dispatches", measure: async () => (await ours.close(), countDispatches(presets[0]))},
        {what: "a replayed step", measure: () => [replayRow()]},
        {what: "maps", measure: () => measureMaps(torch?.python ?? "python3")},
        {what: "a map under the pointer", measure: measurePan},
        {what: "the first notebook", measure: measurePage}
      );
    }
    const rows = await measureParts(parts);
    const versions = {chromium: version, tfjs: versionOf("@tensorflow/tfjs-core"), "jax-js": versionOf("@jax-js/jax"), ...(torch && {pytorch: torch.version}), node: process.version};
    print(asJson, {versions, rows});
  } finally {
    await ours.close();
    await Promise.all(peers.map((peer) => peer.close()));
    await close();
  }
}

interface Part {
  what: string;
  measure(): Row[] | Promise<Row[]>;
}

/** Measures part after part, and says which one it is at. */
async function measureParts(parts: Part[]): Promise<Row[]> {
  const rows: Row[] = [];
  const estimate = createEstimate({windowMs: Infinity});
  for (const [i, {what, measure}] of parts.entries()) {
    const left = timeLeft(estimate.secondsLeft(i, parts.length));
    progress.begin(what, `part ${i + 1} of ${parts.length}${left && `, ${left}`}`);
    rows.push(...(await measure()));
  }
  progress.end();
  return rows;
}

/** The towers alone: they are large, and need no other peer. `--only=load` or `--only=speed` does half of it; `--turns=1` measures once; `--what=texts` or `images` only the speed of these; `--captions=100` fewer than 500; `--wanted="RN50, openai, F32"` loads only these. */
async function towers(asJson: boolean, args: string[]): Promise<void> {
  const given = (name: string) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  const rows = await measureTowers(progress, {
    only: given("only") as "load" | "speed" | undefined,
    turns: Number(given("turns") ?? 3),
    wanted: given("wanted"),
    what: given("what") as "images" | "texts" | undefined,
    captions: given("captions") === undefined ? undefined : Number(given("captions"))
  });
  print(asJson, {versions: {tfjs: versionOf("@tensorflow/tfjs-core"), "onnxruntime-web": versionOf("onnxruntime-web"), node: process.version}, rows});
}

function print(asJson: boolean, {versions, rows}: {versions: Record<string, string>; rows: Row[]}): void {
  const machine = `${cpus()[0].model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  if (asJson) console.log(JSON.stringify({machine, versions, rows}, null, 2));
  else printTable({machine, versions, rows});
}

/** Every row of one preset. A peer that fails or disagrees is named on standard error and left out. */
async function measure(preset: string, ours: Contender, peers: Contender[]): Promise<Row[]> {
  const losses = await ours.start(preset);
  log(`${preset}: first losses ${losses.map((loss) => loss.toFixed(6)).join(", ")}`);
  const able: Contender[] = [];
  for (const peer of peers) {
    try {
      const theirs = await peer.start(preset);
      if (agree(losses, theirs)) able.push(peer);
      else log(`${preset}: ${peer.name} is left out: its first losses are ${theirs.join(", ")}`);
    } catch (error) {
      log(`${preset}: ${peer.name} is left out: ${(error as Error).message.split("\n").slice(0, 3).join(" ")}`);
    }
  }
  const rows: Row[] = [];
  for (const task of ["train", "images", "texts"] as const) rows.push(...(await inTurns(preset, task, ours, able)));
  rows.push(...(await compareMemory(preset, ours, able)));
  for (const contender of [ours, ...able]) await contender.close();
  return rows;
}

/** All contenders in turns; a row a peer from the medians. */
async function inTurns(preset: string, task: Task, ours: Contender, peers: Contender[]): Promise<Row[]> {
  const contenders = [ours, ...peers];
  const times = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  const repeats = new Map<Contender, number>();
  for (const contender of contenders) {
    progress.show(`${task} ${preset}`, `${contender.name} warms up`);
    let [once] = await contender.time(task, 1);
    if (once < slowMs) [once] = await contender.time(task, 1);
    else times.get(contender)!.push(once);
    if (once < quickMs) [once] = (await contender.time(task, warmUps)).slice(-1);
    repeats.set(contender, Math.max(1, Math.min(20, Math.round(turnMs / once))));
  }
  for (let turn = 0; turn < turns; turn++) {
    progress.show(`${task} ${preset}`, `turn ${turn + 1} of ${turns}`);
    // Each turn begins with another, so that nobody always follows the same one.
    const from = turn % contenders.length;
    for (const contender of [...contenders.slice(from), ...contenders.slice(0, from)]) {
      // Two times are enough of a peer that takes many times as long as a turn should.
      if (times.get(contender)!.length >= 2 && times.get(contender)![0] >= slowMs) continue;
      await sleep(restMs);
      times.get(contender)!.push(...(await contender.time(task, repeats.get(contender)!)));
    }
  }
  const value = (contender: Contender) => {
    const timeMs = median(times.get(contender)!);
    return task === "train" ? timeMs : (1000 * training.batchSize) / timeMs;
  };
  const unit = task === "train" ? "ms a step" : task === "images" ? "images a second" : "captions a second";
  const what = task === "train" ? `train ${preset}` : `encode ${task} ${preset}`;
  return peers.map((peer) => ({what, backend: ours.backend, unit, ours: value(ours), peer: peer.name, theirs: value(peer), ratio: value(ours) / value(peer)}));
}

/** Peak memory of the whole run so far; peers that cannot tell are left out. */
async function compareMemory(preset: string, ours: Contender, peers: Contender[]): Promise<Row[]> {
  const own = await ours.memoryMb!();
  const rows: Row[] = [];
  for (const {name, memoryMb} of peers) {
    if (!memoryMb) continue;
    const theirs = await memoryMb();
    rows.push({what: `peak memory ${preset}`, backend: ours.backend, unit: "MB", ours: own, peer: name, theirs, ratio: own / theirs});
  }
  return rows;
}

/** How long the page would be kept by a step that is replayed on a GPU. */
function replayRow(): Row {
  const {stdout, stderr} = spawnSync(process.execPath, ["build.mjs", "run", "src/cli/bench/replay-time.ts"], {encoding: "utf8"});
  const javascriptMs = Number(stdout);
  if (!(javascriptMs > 0)) throw new Error(`the replayed step was not timed: ${stderr}`);
  return {what: "JavaScript of a replayed step, 6 + 6 layers of 192", backend: "webgpu", unit: "ms", ours: javascriptMs, peer: "allowed", theirs: 3, ratio: javascriptMs / 3};
}

async function measureProducts(time: (shapes: number[][]) => Promise<{product: number; peak: number}[]>): Promise<Row[]> {
  const measured = await time(products);
  return measured.map(({product, peak}, i) => {
    const [m, n, k, aAcross, bAcross] = products[i];
    const what = `product ${m} x ${n} x ${k} ${aAcross ? "T" : "N"}${bAcross ? "T" : "N"}`;
    return {what, backend: "wasm", unit: "GFLOP/s", ours: product, peer: "one core's peak", theirs: peak, ratio: product / peak};
  });
}

function versionOf(name: string): string {
  const require = createRequire(join(process.cwd(), "package.json"));
  return require(join(process.cwd(), "node_modules", name, "package.json")).version;
}

// Dawn, which counts the dispatches, would keep the process alive.
main(process.argv.slice(2)).then(() => process.exit(0), (error: Error) => {
  console.error(error.message);
  process.exit(1);
});
