/** Pretrained models from a hub that misbehaves in every way: found, fetched, checked, kept, loaded; or refused in a sentence. */
import {createHash} from "node:crypto";
import {describe, expect, test} from "vitest";
import type {ClipConfig} from "../../src/clip/config.ts";
import {preset} from "../../src/clip/presets.ts";
import {postcards} from "../../src/data/index.ts";
import * as tf from "../../src/tensor/tf.ts";
import {download} from "../../src/train/pretrained/download.ts";
import {checkMemory, memoryLimits} from "../../src/train/pretrained/memory.ts";
import {loadModel, pretrainedChunk} from "../../src/train/pretrained/open-model.ts";
import {createPretrainedRun} from "../../src/train/pretrained/pretrained-run.ts";
import {sha256} from "../../src/storage/sha256.ts";
import {heard, hub, keep, limits, store, useHub} from "./misbehaving-hub.ts";
import {cards, published, resnet, tokenizer, vit} from "./published.ts";
import {repository, smallFiles} from "../../src/cli/bench/random-models.ts";
import {expectSameValues} from "../same-values.ts";

useHub();

/** Embeddings of four cards and four captions. */
async function embeddingsOf(name: string) {
  const model = await loadModel(name, {store, limits, onProgress: (progress) => heard.push(progress)});
  const {run, info} = createPretrainedRun({name, pairs: "", watch: 4}, {id: "1", pairs: cards, choice: {backend: "cpu", reason: ""}, model});
  const {images, texts} = await run.embed({rows: [0, 1, 2, 3], texts: cards.captions.slice(0, 4).map(([first]) => first)});
  const snapshot = await run.snapshot();
  expect(snapshot.state).toBe("finished");
  const attention = info.config.image.kind === "vit" ? await run.attention({row: 1, text: "a dog"}) : undefined;
  await run.dispose();
  return {values: [...images!, ...texts!], snapshot, info, attention};
}

describe("a model by its name on the hub", () => {
  test("comes in any layout and number type, and gives the same embeddings", async () => {
    const before = tf.memory().numTensors;
    const all = [];
    for (const name of ["some/vit", "some/vit-open-clip", "some/vit-custom-text@main"]) {
      const kept = await keep(name);
      expect(kept).toMatchObject({name, keptIn: "memory", sha256: expect.stringMatching(/^[0-9a-f]{64}$/)});
      all.push(await embeddingsOf(name));
    }
    const [first, ...others] = all;
    expect(new Set(first.values.map((value) => value.toFixed(2))).size).toBeGreaterThan(20);
    for (const {values} of others) expectSameValues(values, first.values, {within: 1e-5});
    expect(first.snapshot.watched.imageEmbeddings.length).toBe(4 * 24);
    expect(first.info).toMatchObject({model: "some/vit", steps: 0, config: vit});
    // Each row of each head's map adds up to one, and a caption's tokens look back only.
    const {image, text} = first.attention!;
    expect([image!.layers, image!.heads, image!.tokens]).toEqual([2, 2, 17]);
    for (const maps of [image!, text!]) for (let i = 0; i < maps.values.length; i += maps.tokens) expect(maps.values.subarray(i, i + maps.tokens).reduce((sum, value) => sum + value)).toBeCloseTo(1, 5);
    expect(text!.values[1]).toBe(0);
    expect((await store.list()).map(({name}) => name)).toEqual(["some/vit", "some/vit-custom-text@main", "some/vit-open-clip"]);
    expect(tf.memory().numTensors).toBe(before);
    expect(heard.map(({what}) => what)).toEqual(expect.arrayContaining(["Fetching some/vit", "Loading some/vit"]));
  });

  test("may have a ResNet for its image tower, and the activation is the configuration's", async () => {
    await keep("some/resnet");
    expect((await embeddingsOf("some/resnet")).info.config).toEqual(resnet);
    await keep("some/vit");
    await keep("some/exact-gelu");
    const [quick, exact] = [await embeddingsOf("some/vit"), await embeddingsOf("some/exact-gelu")];
    expect(exact.info.config.activation).toBe("gelu");
    expect(exact.values.some((value, i) => Math.abs(value - quick.values[i]) > 1e-4)).toBe(true);
  });

  test("is fetched once, and deleted on request", async () => {
    await keep("some/vit");
    const asked = hub.ranges.length;
    await keep("some/vit");
    expect(hub.ranges.length).toBe(asked);
    await store.delete("some/vit");
    expect(await store.list()).toEqual([]);
  });
});

describe("from elsewhere", () => {
  test("a folder on another server, a file in it, dropped files", async () => {
    await keep(`${hub.url}/some/vit-open-clip`);
    await keep(`${hub.url}/some/vit/model.safetensors`);
    const files = hub.repositories.get("some/vit")!;
    await keep("dropped", {given: Object.entries(files).map(([name, bytes]) => ({path: `folder/${name}`, file: new Blob([bytes as Uint8Array<ArrayBuffer>])}))});
    const [a, b, c] = [await embeddingsOf(`${hub.url}/some/vit-open-clip`), await embeddingsOf(`${hub.url}/some/vit/model.safetensors`), await embeddingsOf("dropped")];
    expect(b.values).toEqual(a.values);
    expect(c.values).toEqual(a.values);
  });

  test("a hash behind the address is held to", async () => {
    const hash = createHash("sha256").update(hub.repositories.get("some/vit")!["model.safetensors"]).digest("hex");
    expect((await keep(`${hub.url}/some/vit/model.safetensors#sha256=${hash}`)).sha256).toBe(hash);
    await expect(keep(`${hub.url}/some/vit/model.safetensors#sha256=${"0".repeat(64)}`)).rejects.toThrow(/The file is damaged: its SHA-256 is [0-9a-f]{16}…, expected 0{16}…; nothing was kept/);
  });
});

describe("a connection that is not what it should be", () => {
  const size = () => hub.repositories.get("some/vit")!["model.safetensors"].length;

  test("dropped in the middle: goes on from there", async () => {
    hub.faults = {dropAfter: 100_000, drops: 3};
    await keep("some/vit");
    expect(hub.ranges.map((range) => Number(range.split("-")[0]))).toEqual([0, 100_000, 200_000, 300_000]);
    expect((await store.list())[0].bytes).toBe(size());
  });

  test("dropped for good: says what is kept, and a later call goes on from there", async () => {
    hub.faults = {dropAfter: 0, drops: 99};
    await expect(keep("some/vit")).rejects.toThrow(/could not be reached: this needs a connection/);
    hub.faults = {dropAfter: 150_000, drops: 1};
    const stop = new AbortController();
    await expect(keep("some/vit", {signal: stop.signal, wait: async () => stop.abort(), onProgress: ({done}) => done >= 150_000 && stop.abort()})).rejects.toThrow(/abort/i);
    expect(await store.list()).toEqual([]);
    hub.ranges = [];
    await keep("some/vit");
    expect(hub.ranges[0]).toBe(`150000-${size()}`);
    // The hash is taken of what came now, and at the end of what had come before: of all of it here, as its bytes come in order.
    expect(heard.at(-1)).toMatchObject({what: "Checking some/vit", done: size()});
  });

  test("another file in the meantime: from the beginning", async () => {
    hub.faults = {dropAfter: 120_000, drops: 1};
    const stop = new AbortController();
    await expect(keep("some/vit", {signal: stop.signal, onProgress: () => stop.abort()})).rejects.toThrow();
    const files = hub.repositories.get("some/vit")!;
    hub.repositories.set("some/vit", await repository({...vit, text: {...vit.text, layers: 1} as ClipConfig["text"]}, published.huggingFace, tokenizer));
    await keep("some/vit");
    expect((await embeddingsOf("some/vit")).info.config.text).toMatchObject({layers: 1});
    hub.repositories.set("some/vit", files);
  });

  test("without ranges, busy at first, or trickling", async () => {
    hub.faults = {noRanges: true, busy: 2};
    await keep("some/vit");
    await store.delete("some/vit");
    hub.faults = {trickleBytes: 100_000, trickleMs: 2};
    await keep("some/vit");
    expect(heard.filter(({what}) => what === "Fetching some/vit").length).toBeGreaterThan(10);
    await store.delete("some/vit");
    hub.faults = {silent: true};
    await keep("some/vit");
    expect((await store.list())[0]).toMatchObject({bytes: size()});
  });

  test("a browser whose bodies cannot be read into a buffer of ours", async () => {
    const inPieces: typeof fetch = async (...request) => {
      const {status, headers, body} = await fetch(...request);
      return new Response(body!.pipeThrough(new TransformStream()), {status, headers});
    };
    await keep("some/vit", {fetch: inPieces});
    expect((await store.list())[0]).toMatchObject({bytes: size()});
  });

  test("a wrong length, other bytes, a silence: nothing damaged is kept", async () => {
    hub.faults = {announceMore: 64};
    await expect(keep("some/vit")).rejects.toThrow(/has a file of [\d,]+ bytes where [\d,]+ were announced/);
    hub.faults = {announceMore: 64, silent: true};
    await expect(keep("some/vit")).rejects.toThrow(/the last 64 bytes belong to no tensor/);
    const place = await store.place("any");
    await expect(download(`${hub.url}/cdn/some/vit/model.safetensors`, {place, wait: async () => {}})).rejects.toThrow(/announced [\d,]+ bytes and has only [\d,]+: nothing was kept/);
    hub.faults = {damage: true};
    await expect(keep("some/vit")).rejects.toThrow(/The file is damaged: its SHA-256/);
    expect(await store.list()).toEqual([]);
    expect(await (await store.place("some/vit")).size()).toBe(0);
  });
});

describe("what is not taken, and why, in a sentence", () => {
  const text = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  const offer = (files: Record<string, Uint8Array>) => hub.repositories.set("some/bad", files);
  const good = () => hub.repositories.get("some/vit")!;

  test.each<[string, () => Record<string, Uint8Array>, RegExp]>([
    ["no safetensors", () => ({"config.json": good()["config.json"], "flax_model.msgpack": new Uint8Array(9)}), /"some\/bad" has no safetensors weights: expected model\.safetensors/],
    ["a pickle only", () => ({"config.json": good()["config.json"], "pytorch_model.bin": new Uint8Array(9)}), /only as a pickle file \(pytorch_model\.bin\), which can run any code/],
    ["a pickle under another name", () => ({...good(), "model.safetensors": Uint8Array.of(0x80, 2, 0x7d, 0x71, 0, 0x2e, 0, 0, 0)}), /is a pickle file under another name/],
    ["several files of weights", () => ({"config.json": good()["config.json"], "model.safetensors.index.json": text({})}), /cut into several files/],
    ["another kind of model", () => ({...good(), "config.json": text({model_type: "siglip"})}), /This architecture is not supported: config\.json describes "siglip"; expected "clip"/],
    ["another activation", () => ({...good(), "config.json": text({model_type: "clip", text_config: {hidden_act: "silu"}, vision_config: {hidden_act: "silu"}})}), /asks for the activation "silu"; expected "quick_gelu" or "gelu"/],
    ["another width inside", () => ({...good(), "config.json": text({model_type: "clip", vision_config: {intermediate_size: 4304}})}), /gives the vision tower an inner width of 4304; expected four times its width of 768/],
    ["another image tower", () => ({"open_clip_config.json": text({model_cfg: {embed_dim: 512, vision_cfg: {timm_model_name: "vit_so400m"}, text_cfg: {}}}), "open_clip_model.safetensors": good()["model.safetensors"]}), /not supported: open_clip_config\.json asks for vision_cfg\.timm_model_name "vit_so400m"/],
    ["a configuration that contradicts the tensors", () => ({...good(), ...smallFiles({...vit, text: {...vit.text, layers: 3} as ClipConfig["text"]}, published.huggingFace, tokenizer)}), /does not fit the model; missing: text_model\.encoder\.layers\.2\S+ \[64\],.* and 12 more\. Give the configuration that belongs to the weights\.$/],
    ["weights without a configuration", () => ({"model.safetensors": good()["model.safetensors"]}), /There is no configuration beside the weights/],
    ["a vocabulary that nothing explains", () => ({"config.json": good()["config.json"], "model.safetensors": good()["model.safetensors"]}), /There is no tokenizer\.json beside the weights/]
  ])("%s", async (_, files, reason) => {
    offer(files());
    const taking = keep("some/bad").then(() => loadModel("some/bad", {store, limits, onProgress: () => {}}));
    await expect(taking).rejects.toThrow(reason);
    expect(((await taking.catch((error: Error) => error)) as Error).message).not.toContain("\n");
    expect(await store.open("some/bad")).toBeUndefined();
  });

  test("a repository, file or server that is not there, and no network", async () => {
    await expect(keep("some/nothing")).rejects.toThrow(/has no public model "some\/nothing" \(401\)/);
    await expect(keep(`${hub.url}/some/nothing/`)).rejects.toThrow(/has no safetensors weights/);
    await expect(keep("C:\\models\\clip")).rejects.toThrow(/begins with https:.*neither: C:\\models\\clip/);
    await expect(keep("https://example.org/model.pt")).rejects.toThrow(/model\.pt is a pickle file/);
    await expect(keep("some/vit", {hub: "http://127.0.0.1:9"})).rejects.toThrow(/127\.0\.0\.1:9 could not be reached: a model that is not kept in this browser needs a connection/);
    await expect(keep("a.pt", {given: [{path: "a.pt", file: new Blob(["x"])}]})).rejects.toThrow(/a\.pt has its weights only as a pickle file/);
  });

  test("one that does not fit, before anything large is fetched, with the numbers and what would fit", async () => {
    expect(() => checkMemory(preset("RN50x64"), "RN50x64", memoryLimits("wasm", {deviceGigabytes: 4}), pretrainedChunk)).toThrow(/RN50x64 does not fit: it needs 2\.\d GB for its 62\d million parameters as float32 and .* to work in, and this page may use 2\.1 GB \(half of this machine's 4 GiB\)\. .* would fit\./);
    expect(() => checkMemory(preset("ViT-B/32"), "ViT-B/32", memoryLimits("wasm", {deviceGigabytes: 8}), pretrainedChunk)).not.toThrow();
    offer(good());
    await expect(keep("some/bad", {limits: {backend: "cpu", totalBytes: 1e6, because: "a test"}})).rejects.toThrow(/some\/bad does not fit: it needs 2 MB .* 1 MB \(a test\)/);
    expect(hub.ranges).toEqual([]);
  });

  test("pictures of another size, and training", async () => {
    await keep("some/vit");
    const model = await loadModel("some/vit", {store, limits, onProgress: () => {}});
    const small = postcards({count: 40, seed: 2, sizePx: 16});
    expect(() => createPretrainedRun({name: "some/vit", pairs: ""}, {id: "1", pairs: small, choice: {backend: "cpu", reason: ""}, model})).toThrow(/looks at pictures of 32 px, and postcards was opened at 16 px: open it with \{sizePx: 32\}/);
    model.clip.dispose();
  });
});

test("SHA-256 of pieces of any length is Node's", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const bytes = Uint8Array.from({length}, (_, i) => (i * 37) % 256);
    const hash = sha256();
    for (let at = 0; at < length; at += 7) hash.update(bytes.subarray(at, at + 7));
    expect(hash.hex()).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});
