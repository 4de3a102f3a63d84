/** Runs in a worker of the measured browser: fetches a published model as the site does, loads it, and encodes. */
import {setWasmPaths} from "@tensorflow/tfjs-backend-wasm";
import {l2Normalize} from "../../kernels/index.ts";
import {installKernels} from "../../kernels/install.ts";
import * as tf from "../../tensor/tf.ts";
import {memoryLimits} from "../../train/pretrained/memory.ts";
import {openModelStore} from "../../train/pretrained/model-store.ts";
import {keepModel, loadModel} from "../../train/pretrained/open-model.ts";
import type {PretrainedModel} from "../../train/pretrained/open-model.ts";
import {tokenTensor} from "../../train/pair-tensors.ts";
import {towerBatch, towerCaptions, towerImages} from "./towers-batch.ts";

export type TowersOrder = {begin: true} | {load: string} | {again: string} | {encode: "images" | "texts"; count: number; trim: boolean} | {time: "images" | "texts"; count: number; trim: boolean};

let model: PretrainedModel | undefined;

async function handle(order: TowersOrder): Promise<unknown> {
  if ("begin" in order) return begin();
  if ("load" in order) return load(order.load);
  if ("again" in order) return again(order.again);
  if ("encode" in order) return Array.from(encode(order.encode, order.count, order.trim));
  const began = performance.now();
  encode(order.time, order.count, order.trim);
  return performance.now() - began;
}

async function begin(): Promise<void> {
  if (tf.getBackend() === "wasm") return;
  setWasmPaths("/wasm/");
  await installKernels({wasmPath: "/wasm/"});
}

/** Fetches, hashes and loads all at once, as a page does; seconds, and the backend's bytes. */
async function load(address: string) {
  await begin();
  const store = await openModelStore();
  const began = performance.now();
  await keepModel(address, {store, limits: memoryLimits("wasm"), baseUrl: self.location.href, onProgress: () => {}, onLoaded: (loaded) => (model = loaded)});
  return {seconds: (performance.now() - began) / 1000, bytes: tf.memory().numBytes, keptIn: store.keptIn};
}

/** Loads once more from where it is kept, and deletes the kept file; seconds. */
async function again(address: string) {
  model?.clip.dispose();
  const store = await openModelStore();
  const began = performance.now();
  model = await loadModel(address, {store, limits: memoryLimits("wasm"), onProgress: () => {}});
  const seconds = (performance.now() - began) / 1000;
  await store.delete(address);
  return seconds;
}

/** Embeddings of length 1 of the first `count` of the seeded pictures or captions, [count, embedDim]. */
function encode(what: "images" | "texts", count: number, trim: boolean): Float32Array {
  const {clip} = model!;
  const {image, text, embedDim} = clip.config;
  const sizePx = image.kind === "features" ? 0 : image.sizePx;
  const all = new Float32Array(count * embedDim);
  const images = what === "images" ? towerImages(sizePx) : undefined;
  const captions = what === "texts" ? towerCaptions(text.vocabularySize, text.contextLength, count) : undefined;
  for (let at = 0; at < count; at += towerBatch) {
    const size = Math.min(towerBatch, count - at);
    const embedded = tf.tidy(() => l2Normalize(images ? clip.encodeImage(tf.tensor4d(images.subarray(0, size * sizePx * sizePx * 3), [size, sizePx, sizePx, 3])) : clip.encodeText(tokenTensor(captions!.subarray(at * text.contextLength, (at + size) * text.contextLength), text.contextLength, trim))));
    all.set(embedded.dataSync<"float32">(), at * embedDim);
    embedded.dispose();
  }
  return all;
}

let last: Promise<unknown> = Promise.resolve();
globalThis.onmessage = ({data}: MessageEvent<TowersOrder>) => {
  last = last.then(() => handle(data)).then(
    (answer) => globalThis.postMessage({answer}),
    (error: Error) => globalThis.postMessage({error: error.stack ?? String(error)})
  );
};
