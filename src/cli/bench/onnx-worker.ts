/** Runs in a worker of the measured browser: onnxruntime-web over the same towers as ONNX, on WebAssembly with SIMD and two threads. */
import * as ort from "onnxruntime-web/wasm";
import {towerBatch, towerCaptions, towerImages} from "./towers-batch.ts";

export type OnnxOrder = {start: "images" | "texts"; sizePx: number; vocabularySize: number; contextLength: number} | {encode: number} | {time: number};

let session: ort.InferenceSession;
let feeds: Record<string, ort.Tensor>[];

async function handle(order: OnnxOrder): Promise<unknown> {
  if ("start" in order) return start(order);
  if ("encode" in order) return encode(order.encode);
  const began = performance.now();
  await encode(order.time);
  return performance.now() - began;
}

async function start({start: what, sizePx, vocabularySize, contextLength}: Extract<OnnxOrder, {start: unknown}>) {
  ort.env.wasm.wasmPaths = `${self.location.origin}/ort/`;
  ort.env.wasm.numThreads = navigator.hardwareConcurrency;
  const bytes = new Uint8Array(await (await fetch(`/models/${what}.onnx`)).arrayBuffer());
  session = await ort.InferenceSession.create(bytes, {executionProviders: ["wasm"], graphOptimizationLevel: "all"});
  if (what === "images") feeds = [{images: new ort.Tensor("float32", channelsFirst(towerImages(sizePx), sizePx), [towerBatch, 3, sizePx, sizePx])}];
  else {
    const ids = BigInt64Array.from(towerCaptions(vocabularySize, contextLength, 500), BigInt);
    feeds = Array.from({length: 500 / towerBatch}, (_, i) => ({tokens: new ort.Tensor("int64", ids.subarray(i * towerBatch * contextLength, (i + 1) * towerBatch * contextLength), [towerBatch, contextLength])}));
  }
  return ort.env.wasm.numThreads;
}

/** Embeddings as the tower gives them, not of length 1, of the first `count`. */
async function encode(count: number): Promise<number[]> {
  const all: number[] = [];
  for (let at = 0; at < count; at += towerBatch) {
    const [output] = Object.values(await session.run(feeds[(at / towerBatch) % feeds.length]));
    all.push(...(output.data as Float32Array));
  }
  return all;
}

/** [n, side, side, 3] to [n, 3, side, side]. */
function channelsFirst(values: Float32Array, sizePx: number): Float32Array {
  const area = sizePx * sizePx;
  const turned = new Float32Array(values.length);
  for (let n = 0; n < towerBatch; n++) for (let p = 0; p < area; p++) for (let c = 0; c < 3; c++) turned[(n * 3 + c) * area + p] = values[(n * area + p) * 3 + c];
  return turned;
}

let last: Promise<unknown> = Promise.resolve();
globalThis.onmessage = ({data}: MessageEvent<OnnxOrder>) => {
  last = last.then(() => handle(data)).then(
    (answer) => globalThis.postMessage({answer}),
    (error: Error) => globalThis.postMessage({error: error.stack ?? String(error)})
  );
};
