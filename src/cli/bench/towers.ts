/**
 * Full-size towers: random ViT-B/32 and RN50 checkpoints, as each layout and number type publishes them, are loaded in the browser and must give the
 * same embeddings, with little memory beside the weights; then each encodes 100 pictures and 500 captions in turns with onnxruntime-web.
 */
import {createHash} from "node:crypto";
import {createWriteStream} from "node:fs";
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {Readable} from "node:stream";
import {pipeline} from "node:stream/promises";
import type {Page} from "playwright-core";
import type {ClipConfig} from "../../clip/config.ts";
import {preset} from "../../clip/presets.ts";
import {writeSafetensors} from "../../tensor/safetensors.ts";
import {openBrowser} from "./browser.ts";
import type {OnnxOrder} from "./onnx-worker.ts";
import {imageTowerOnnx, textTowerOnnx} from "./onnx.ts";
import type {WeightOf} from "./onnx.ts";
import {randomTensors, smallFiles, weightsFile} from "./random-models.ts";
import type {Published} from "./random-models.ts";
import type {Progress} from "../progress.ts";
import {median} from "./rows.ts";
import type {Row} from "./rows.ts";
import {towerBatch} from "./towers-batch.ts";
import type {TowersOrder} from "./towers-worker.ts";

const images = 100;
const mostCaptions = 500;
type What = "images" | "texts";
/** What loading may take at its height, as a multiple of the float32 weights. */
const mostOverWeights = 1.3;

const checkpoints: [string, Published][] = [
  ...(["huggingFace", "openai", "openClipCustomText"] as const).flatMap((layout) => (["F32", "F16"] as const).map((dtype): [string, Published] => ["ViT-B/32", {layout, dtype}])),
  // Hugging Face's layout has no ResNet.
  ...(["openai", "openClipCustomText"] as const).flatMap((layout) => (["F32", "F16"] as const).map((dtype): [string, Published] => ["RN50", {layout, dtype}]))
];

export interface TowersOptions {
  only?: "load" | "speed";
  turns?: number;
  /** Of checkpoints, those whose description contains this; speed is that of ViT-B/32 or RN50 alone if it says so. */
  wanted?: string;
  what?: What;
  captions?: number;
}

/** Every row, and on the way what was loaded. Throws an Error naming the checkpoint that gives other embeddings. */
export async function measureTowers(progress: Progress, {only, turns = 3, wanted = "", what, captions = mostCaptions}: TowersOptions = {}): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "diagonal-towers-"));
  const open = () => openBrowser({entries: {towers: "src/cli/bench/towers-worker.ts", onnx: "src/cli/bench/onnx-worker.ts"}, folders: {models: folder, ort: "node_modules/onnxruntime-web/dist"}});
  try {
    if (only !== "speed") await loadAll(open, {folder, wanted, progress});
    const rows: Row[] = [];
    if (only === "load") return rows;
    for (const name of ["ViT-B/32", "RN50"]) {
      if (name.startsWith(wanted.split(",")[0])) rows.push(...(await inPage(open, (page) => compareSpeed(page, name, {folder, turns, whats: what ? [what] : ["images", "texts"], captions, progress}))));
    }
    return rows;
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

/** A browser of its own: what another measurement left in its memory is not counted. */
async function inPage<T>(open: () => ReturnType<typeof openBrowser>, work: (page: Page) => Promise<T>): Promise<T> {
  const {page, close} = await open();
  try {
    return await work(page);
  } finally {
    await close();
  }
}

/** Loads each checkpoint and holds its embeddings of 4 pictures and 4 captions against the first of its kind. */
async function loadAll(open: () => ReturnType<typeof openBrowser>, {folder, wanted, progress}: {folder: string; wanted: string; progress: Progress}): Promise<void> {
  const firsts = new Map<string, number[]>();
  for (const [name, published] of checkpoints) {
    const label = `${name}, ${published.layout}, ${published.dtype}`;
    if (!label.includes(wanted)) continue;
    progress.begin("Loading", label);
    const {bytes, hash} = await writeRepository(join(folder, "checkpoint"), name, published);
    await inPage(open, async (page) => {
      await order(page, "towers", {begin: true});
      const before = await rendererPeak(true);
      const address = `${checkpointOf(page)}${weightsFile(published)}#sha256=${hash}`;
      const {seconds, bytes: held, keptIn} = await order<Loaded>(page, "towers", {load: address});
      const peak = (await rendererPeak()) - before;
      const loadSeconds = await order<number>(page, "towers", {again: address});
      const embeddings = [...(await order<number[]>(page, "towers", {encode: "images", count: 4, trim: false})), ...(await order<number[]>(page, "towers", {encode: "texts", count: 4, trim: true}))];
      const first = firsts.get(name) ?? embeddings;
      firsts.set(name, first);
      const worst = embeddings.reduce((most, value, i) => Math.max(most, Math.abs(value - first[i])), 0);
      progress.say(`${label}: ${mb(bytes)} fetched, hashed and loaded in ${seconds.toFixed(1)} s (${keptIn}), loaded again in ${loadSeconds.toFixed(1)} s; ${mb(held)} on the backend, peak ${mb(peak)} over what the page held before (${(peak / held).toFixed(2)} times); embeddings within ${worst.toExponential(1)} of the first`);
      if (!(peak <= mostOverWeights * held)) throw new Error(`${label} took ${mb(peak)} while it was loaded; at most ${mostOverWeights} times its weights' ${mb(held)} were expected`);
      if (!(worst <= 1e-5)) throw new Error(`${label} gives other embeddings than the first layout: they are apart by ${worst}`);
    });
  }
}

interface Loaded {
  /** Fetching, hashing and loading, all at once. */
  seconds: number;
  /** On the backend. */
  bytes: number;
  keptIn: string;
}

const checkpointOf = (page: Page) => `${new URL(page.url()).origin}/models/checkpoint/`;

async function compareSpeed(page: Page, name: string, {folder, turns, whats, captions, progress}: {folder: string; turns: number; whats: What[]; captions: number; progress: Progress}): Promise<Row[]> {
  const config = preset(name);
  await writeRepository(join(folder, "checkpoint"), name, {layout: "openai", dtype: "F32"});
  await order(page, "towers", {load: checkpointOf(page)});
  const weightOf = await weightsOf(config);
  const rows: Row[] = [];
  for (const what of whats) {
    const tower = what === "images" ? imageTowerOnnx(config, weightOf, towerBatch) : textTowerOnnx(config, weightOf, towerBatch, config.text.contextLength);
    await pipeline(Readable.from(tower), createWriteStream(join(folder, `${what}.onnx`)));
    const count = what === "images" ? images : captions;
    const threads = await order<number>(page, "onnx", {start: what, sizePx: 224, vocabularySize: config.text.vocabularySize, contextLength: config.text.contextLength});
    const ours = await order<number[]>(page, "towers", {encode: what, count: towerBatch, trim: false});
    const theirs = lengthOne(await order<number[]>(page, "onnx", {encode: towerBatch}), config.embedDim);
    const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i])), 0);
    progress.say(`${name}, ${what}: onnxruntime-web on ${threads} threads; embeddings within ${worst.toExponential(1)}`);
    if (!(worst <= 1e-3)) throw new Error(`onnxruntime-web gives other ${what} embeddings: they are apart by ${worst}`);
    const times: Record<"ours" | "trimmed" | "theirs", number[]> = {ours: [], trimmed: [], theirs: []};
    await order(page, "onnx", {time: towerBatch});
    for (let turn = 0; turn < turns; turn++) {
      progress.begin(`Encoding ${what}, ${name}`, `turn ${turn + 1} of ${turns}`);
      times.ours.push(await order<number>(page, "towers", {time: what, count, trim: false}));
      if (what === "texts") times.trimmed.push(await order<number>(page, "towers", {time: what, count, trim: true}));
      times.theirs.push(await order<number>(page, "onnx", {time: count}));
    }
    const rate = (own: number[]) => (1000 * count) / median(own);
    const unit = what === "images" ? "images a second" : "captions a second";
    const row = (label: string, own: number[]): Row => ({what: label, backend: "wasm", unit, ours: rate(own), peer: "onnxruntime-web", theirs: rate(times.theirs), ratio: rate(own) / rate(times.theirs)});
    rows.push(row(`encode ${count} ${what} ${name}`, times.ours));
    if (what === "texts") rows.push(row(`encode ${count} ${what} ${name}, padding left out`, times.trimmed));
    progress.say(`${name}, ${what}: ${Object.entries(times).filter(([, all]) => all.length > 0).map(([who, all]) => `${who} ${(median(all) / 1000).toFixed(1)} s`).join(", ")}`);
    await endWorker(page, "onnx");
  }
  return rows;
}

/** All weights at hand, by open_clip's names. */
async function weightsOf(config: ClipConfig): Promise<WeightOf> {
  const weights = new Map<string, ReturnType<WeightOf>>();
  for (const {name, shape, values} of randomTensors(config, {layout: "openai", dtype: "F32"})) weights.set(name, {shape, values: (await values()) as Float32Array});
  return (path) => weights.get(path)!;
}

/** Writes a checkpoint with the files beside it; how many bytes its weights have, and their SHA-256. */
async function writeRepository(folder: string, name: string, published: Published): Promise<{bytes: number; hash: string}> {
  await rm(folder, {recursive: true, force: true});
  await mkdir(folder, {recursive: true});
  const config = preset(name);
  for (const [file, bytes] of Object.entries(smallFiles(config, published))) await writeFile(join(folder, file), bytes);
  const out = createWriteStream(join(folder, weightsFile(published)));
  const hash = createHash("sha256");
  async function* written() {
    for await (const piece of writeSafetensors(randomTensors(config, published), {format: "pt"})) {
      hash.update(piece);
      yield piece;
    }
  }
  await pipeline(Readable.from(written()), out);
  return {bytes: out.bytesWritten, hash: hash.digest("hex")};
}

function lengthOne(values: number[], width: number): number[] {
  return values.map((value, i) => value / Math.hypot(...values.slice(i - (i % width), i - (i % width) + width)));
}

/** Workers by script, kept in the page from one order to the next. */
function order<Answer>(page: Page, script: string, message: TowersOrder | OnnxOrder): Promise<Answer> {
  return page.evaluate(([script, message]) => new Promise<Answer>((resolve, reject) => {
    const workers = (globalThis.contenders ??= new Map<string, Worker>());
    let worker = workers.get(script);
    if (!worker) workers.set(script, (worker = new Worker(`/${script}.js`, {type: "module"})));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = ({data}) => (data.error ? reject(new Error(data.error)) : resolve(data.answer));
    worker.postMessage(message);
  }), [script, message] as const);
}

const endWorker = (page: Page, script: string) => page.evaluate((name) => {
  globalThis.contenders?.get(name)?.terminate();
  globalThis.contenders?.delete(name);
}, script);

/** The most memory that the largest renderer of ours ever held, in bytes; `reset` makes what it holds now the beginning. Zero where /proc tells nothing. */
async function rendererPeak(reset = false): Promise<number> {
  let most = 0;
  for (const pid of await readdir("/proc").catch((): string[] => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
    if (!(await read("cmdline")).includes("--type=renderer") || !(await isOurs(pid))) continue;
    if (reset) await writeFile(`/proc/${pid}/clear_refs`, "5").catch(() => {});
    most = Math.max(most, Number(/VmHWM:\s+(\d+) kB/.exec(await read("status"))?.[1] ?? 0) * 1024);
  }
  return most;
}

/** Whether a process descends from this one. */
async function isOurs(pid: string): Promise<boolean> {
  for (let at = pid; at !== "0" && at !== ""; ) {
    if (at === String(process.pid)) return true;
    at = /PPid:\s+(\d+)/.exec(await readFile(`/proc/${at}/status`, "utf8").catch(() => ""))?.[1] ?? "";
  }
  return false;
}

const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
