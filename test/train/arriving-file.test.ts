/** A pretrained model's tensors go to the backend while its file still comes; nothing stays there of one that is damaged, stopped or broken off. */
import {expect, test} from "vitest";
import {repository, smallFiles} from "../../src/cli/bench/random-models.ts";
import type {ClipConfig} from "../../src/clip/config.ts";
import * as tf from "../../src/tensor/tf.ts";
import {loadModel} from "../../src/train/pretrained/open-model.ts";
import type {PretrainedModel, keepModel} from "../../src/train/pretrained/open-model.ts";
import {createPretrainedRun} from "../../src/train/pretrained/pretrained-run.ts";
import {waitingModel} from "../../src/train/pretrained/waiting-model.ts";
import type {Progress} from "../../src/train/protocol.ts";
import {heard, hub, keep, limits, store, useHub} from "./misbehaving-hub.ts";
import {cards, published, tokenizer, vit} from "./published.ts";

useHub();

/** Embeddings of four cards and four captions; the model is opened anew where none is given, and disposed. */
async function embeddingsOf(name: string, loaded?: PretrainedModel) {
  const model = loaded ?? (await loadModel(name, {store, limits, onProgress: () => {}}));
  const {run, info} = createPretrainedRun({name, pairs: "", watch: 4}, {id: "1", pairs: cards, choice: {backend: "cpu", reason: ""}, model});
  const {images, texts} = await run.embed({rows: [0, 1, 2, 3], texts: cards.captions.slice(0, 4).map(([first]) => first)});
  await run.dispose();
  return {values: [...images!, ...texts!], info};
}

const size = () => hub.repositories.get("some/vit")!["model.safetensors"].length;

/** Keeps a model that is to be loaded, and how many tensors there were after each piece. */
async function keepLoading(name: string, more: Partial<Parameters<typeof keepModel>[1]> = {}) {
  const before = tf.memory().numTensors;
  const tensors: number[] = [];
  let model: PretrainedModel | undefined;
  const onProgress = (progress: Progress) => {
    tensors.push(tf.memory().numTensors - before);
    heard.push(progress);
    more.onProgress?.(progress);
  };
  const keeping = keep(name, {...more, onProgress, onLoaded: (loaded) => (model = loaded)});
  const error = await keeping.then(() => undefined, (error: Error) => error);
  return {error, tensors, model, left: () => tf.memory().numTensors - before};
}

test.each(["some/vit", "some/vit-open-clip", "some/vit-custom-text", "some/resnet"])("%s", async (name) => {
  hub.faults = {trickleBytes: 50_000, trickleMs: 2};
  const {error, tensors, model, left} = await keepLoading(name);
  expect(error).toBeUndefined();
  // Half of the pieces are there, and so are many of the tensors.
  expect(tensors[Math.floor(tensors.length / 2)]).toBeGreaterThan(left() / 5);
  const loaded = await embeddingsOf(name, model);
  expect(loaded.values).toEqual((await embeddingsOf(name)).values);
  expect(left()).toBe(0);
  expect(heard.filter(({what}) => what === `Checking ${name}`)).toEqual([]);
});

test("from dropped files, and from a server that does not say how much there is", async () => {
  const files = hub.repositories.get("some/vit")!;
  const dropped = await keepLoading("dropped", {given: Object.entries(files).map(([name, bytes]) => ({path: name, file: new Blob([bytes as Uint8Array<ArrayBuffer>])}))});
  expect((await embeddingsOf("dropped", dropped.model)).values.length).toBe(8 * 24);
  const unsized: typeof fetch = async (...request) => {
    const {body} = await fetch(...request);
    return new Response(body);
  };
  hub.faults = {silent: true, noRanges: true};
  const unknown = await keepLoading("some/vit", {fetch: unsized});
  expect((await embeddingsOf("some/vit", unknown.model)).values.length).toBe(8 * 24);
  expect(unknown.left()).toBe(0);
});

test("damaged, stopped, or broken off: nothing stays on the backend", async () => {
  hub.faults = {damage: true};
  const damaged = await keepLoading("some/vit");
  expect(damaged.error?.message).toMatch(/The file is damaged: its SHA-256/);
  hub.faults = {dropAfter: 300_000, drops: 99};
  const broken = await keepLoading("some/vit", {onProgress: ({done}) => done > 0 && (hub.faults.dropAfter = 0)});
  expect(broken.error?.message).toMatch(/could not be reached any more/);
  expect(Math.max(...broken.tensors)).toBeGreaterThan(10);
  hub.faults = {trickleBytes: 50_000, trickleMs: 2};
  const stop = new AbortController();
  const stopped = await keepLoading("some/vit", {signal: stop.signal, onProgress: ({done}) => done > 500_000 && stop.abort()});
  expect(stopped.error?.message).toMatch(/abort/i);
  for (const {model, left} of [damaged, broken, stopped]) expect([model?.name, left()]).toEqual([undefined, 0]);
  // What came is gone on with, and loaded from the beginning.
  hub.ranges = [];
  const whole = await keepLoading("some/vit");
  expect(Number(hub.ranges[0].split("-")[0])).toBeGreaterThan(500_000);
  expect((await embeddingsOf("some/vit", whole.model)).values).toEqual((await embeddingsOf("some/vit")).values);
});

test("another file in the middle of it: the whole is kept, and loaded when it is opened", async () => {
  const files = hub.repositories.get("some/vit")!;
  hub.faults = {dropAfter: 300_000, drops: 1, silent: true};
  const other = (await repository(vit, {layout: "huggingFace", dtype: "F16"}, tokenizer))["model.safetensors"];
  const {error, tensors, model, left} = await keepLoading("some/vit", {onProgress: () => hub.repositories.set("some/vit", {...files, "model.safetensors": other})});
  expect(Math.max(...tensors)).toBeGreaterThan(10);
  expect([error, model?.name, left()]).toEqual([undefined, undefined, 0]);
  expect((await embeddingsOf("some/vit")).info.config).toEqual(vit);
  hub.repositories.set("some/vit", files);
});

test("a header that contradicts the configuration is refused before the rest is fetched", async () => {
  hub.repositories.set("some/bad", {...hub.repositories.get("some/vit")!, ...smallFiles({...vit, text: {...vit.text, layers: 3} as ClipConfig["text"]}, published.huggingFace, tokenizer)});
  hub.faults = {trickleBytes: 50_000, trickleMs: 5};
  await expect(keep("some/bad")).rejects.toThrow(/does not fit the model; missing: text_model\.encoder\.layers\.2/);
  expect(heard.at(-1)!.done).toBeLessThan(size() / 2);
  expect(await (await store.place("some/bad")).size()).toBe(0);
});

test("one that nobody opens is freed after a while, or for the next", async () => {
  const before = tf.memory().numTensors;
  const waiting = waitingModel({restMs: 30});
  for (const name of ["some/vit", "some/resnet"]) await keep(name, {onLoaded: waiting.put});
  expect(waiting.take("some/vit")).toBeUndefined();
  expect(tf.memory().numTensors).toBe(before);
  await store.delete("some/vit");
  await keep("some/vit", {onLoaded: waiting.put});
  await expect.poll(() => tf.memory().numTensors).toBe(before);
  await store.delete("some/vit");
  await keep("some/vit", {onLoaded: waiting.put});
  waiting.take("some/vit")!.clip.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
