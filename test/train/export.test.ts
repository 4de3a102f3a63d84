import {unpackTar} from "modern-tar";
import sharp from "sharp";
import {expect, test} from "vitest";
import {cocaConfigFromJson, cocaSpecs} from "../../src/clip/coca.ts";
import type {CocaConfig} from "../../src/clip/coca.ts";
import type {Json} from "../../src/clip/config.ts";
import {cocaPreset, cocaPresetNames, preset} from "../../src/clip/presets.ts";
import {readPublishedConfig} from "../../src/clip/published-config.ts";
import {publishedTokenizer} from "../../src/clip/published-tokenizer.ts";
import {specsOf} from "../../src/clip/specs.ts";
import {createTokenizer} from "../../src/clip/tokenizer.ts";
import {learnVocabulary} from "../../src/clip/train-tokenizer.ts";
import {readWeights} from "../../src/clip/weights.ts";
import {exportShards} from "../../src/data/export-shards.ts";
import type {ShardIndex} from "../../src/data/export-shards.ts";
import {postcards} from "../../src/data/postcards/index.ts";
import {startingValues} from "../../src/tensor/parameters.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import {bytesSource, openSafetensors} from "../../src/tensor/safetensors.ts";
import {openCheckpoint} from "../../src/train/checkpoint.ts";
import {exportRun} from "../../src/train/export.ts";

const pairs = postcards({count: 20, sizePx: 32});
const tokenizer = learnVocabulary(pairs.captions.flat(), {vocabularySize: 512, contextLength: 24});
const hyperparameters = {steps: 100, batchSize: 32, learningRate: 5e-4, warmupSteps: 10, weightDecay: 0.2, gradientClip: 1, seed: 3, betas: [0.9, 0.98] as const, epsilon: 1e-6};
/** Bit by bit: comparing millions of numbers one by one takes the runner half a minute. */
const same = (a: Float32Array, b: Float32Array) => Buffer.compare(Buffer.from(a.buffer, a.byteOffset, a.byteLength), Buffer.from(b.buffer, b.byteOffset, b.byteLength)) === 0;
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function exported(model: string, shards?: ShardIndex) {
  const config = cocaPresetNames.includes(model) ? cocaPreset(model) : preset(model);
  const random = seededRandom(1);
  const values = new Map([...specsOf(config)].map(([path, spec]) => [path, startingValues(path, spec, random)]));
  const files = new Map<string, Uint8Array>();
  const notes: string[] = [];
  for await (const part of exportRun({config, values, tokenizer, hyperparameters, step: 7, state: {steps: 100}, shards})) {
    if ("note" in part) notes.push(part.note);
    else files.set(part.path, part.bytes);
  }
  return {config, values, files, notes};
}

test.each(["vit-tiny", "resnet-tiny"])("%s comes back from open_clip's folder as it was", async (model) => {
  const {config, values, files} = await exported(model);
  const {model_cfg} = JSON.parse(decode(files.get("open_clip/open_clip_config.json")!));
  expect(model_cfg).toMatchObject({embed_dim: 64, quick_gelu: true, vision_cfg: {image_size: 32}, text_cfg: {vocab_size: 512, context_length: 24}});
  const read = await readWeights(await openSafetensors(bytesSource(files.get("open_clip/open_clip_model.safetensors")!)), {config});
  expect(read.values.size).toBe(values.size);
  for (const [path, numbers] of values) expect(same(read.values.get(path)!, numbers), path).toBe(true);
});

test.each(["open_clip", "hugging_face"])("what is in the folder %s opens as a published model, with the run's own tokens", async (folder) => {
  const {config, files} = await exported("vit-tiny");
  const json = (name: string) => files.has(`${folder}/${name}`) ? (JSON.parse(decode(files.get(`${folder}/${name}`)!)) as Json) : undefined;
  const beside = {config: json("config.json"), openClip: json("open_clip_config.json"), tokenizer: json("tokenizer.json")};
  const read = readPublishedConfig(beside).config;
  expect(read).toEqual({...config, text: {...config.text, vocabularySize: 512}});
  const captions = pairs.captions.flat();
  expect((await publishedTokenizer(read.text, beside.tokenizer)).encodeBatch(captions)).toEqual(createTokenizer(tokenizer).encodeBatch(captions));
  if (folder === "open_clip") expect(() => readPublishedConfig({openClip: beside.openClip})).toThrow(/names the tokenizer "diagonal", and there is no tokenizer\.json/);
});

test("Hugging Face's folder holds the same model; a ResNet has none, and a note says so", async () => {
  const {config, values, files} = await exported("vit-tiny");
  const read = await readWeights(await openSafetensors(bytesSource(files.get("hugging_face/model.safetensors")!)), {config});
  expect(read.layout).toBe("huggingFace");
  for (const [path, numbers] of values) expect(same(read.values.get(path)!, numbers), path).toBe(true);
  expect(JSON.parse(decode(files.get("hugging_face/config.json")!))).toMatchObject({model_type: "clip", text_config: {eos_token_id: 511, hidden_act: "quick_gelu"}, vision_config: {patch_size: 8, num_attention_heads: 2}});
  const {files: others, notes} = await exported("resnet-tiny");
  expect([...others.keys()].filter((path) => path.startsWith("hugging_face"))).toEqual([]);
  expect(notes).toEqual([expect.stringContaining("this model has resnet")]);
});

test("the tokenizer's files hold every symbol at its id, and the merges in their order", async () => {
  const {files} = await exported("vit-tiny");
  const {model, added_tokens} = JSON.parse(decode(files.get("open_clip/tokenizer.json")!));
  const ours = createTokenizer(tokenizer);
  for (const [symbol, id] of Object.entries<number>(model.vocab)) expect(ours.symbol(id)).toBe(symbol);
  expect(model.merges).toEqual(tokenizer.merges.map((pair) => pair.join(" ")));
  expect(added_tokens.map(({id}: {id: number}) => id)).toEqual([0, 510, 511]);
  expect(decode(files.get("open_clip/merges.txt")!).split("\n").length).toBe(tokenizer.merges.length + 2);
});

test("shards hold an image and a text for every caption, under open_clip's keys, and the index counts them", async () => {
  const encode = async (rgb: Uint8Array, sizePx: number) => new Uint8Array(await sharp(rgb, {raw: {width: sizePx, height: sizePx, channels: 3}}).jpeg({quality: 98, chromaSubsampling: "4:4:4"}).toBuffer());
  const files = new Map<string, Uint8Array>();
  for await (const {file, bytes} of exportShards(pairs, encode)) files.set(file, bytes);
  const index = JSON.parse(decode(files.get("index.json")!)) as ShardIndex;
  expect(index.samples).toEqual({train: 75, val: 10, test: 15});
  expect(JSON.parse(decode(files.get("sizes.json")!))).toEqual({"train-000000.tar": 75, "val-000000.tar": 10, "test-000000.tar": 15});
  const members = await unpackTar(files.get("test-000000.tar")!);
  expect(members.length).toBe(30);
  const row = pairs.splits.indexOf("test");
  expect(members[0].header.name).toBe(`${String(row).padStart(8, "0")}_0.jpg`);
  expect(decode(members[1].data!)).toBe(pairs.captions[row][0]);
  const {data} = await sharp(members[0].data!).raw().toBuffer({resolveWithObject: true});
  const off = data.reduce((sum, value, i) => sum + Math.abs(value - pairs.pixels[row * 3072 + i]), 0) / 3072;
  expect(off).toBeLessThan(3);

  const {files: run} = await exported("vit-tiny", index);
  const script = decode(run.get("train.sh")!);
  for (const option of ["--train-num-samples 75", "--lr 0.0005", "--beta1 0.9 --beta2 0.98", "--wd 0.2", "--warmup 10", "--epochs 43", 'shards/train-{000000..000000}.tar', "-m open_clip_train.main"]) expect(script).toContain(option);
});

test("a CoCa comes back from open_clip's folder, whose name asks for CoCa's loss", async () => {
  const {config, values, files, notes} = await exported("coca-tiny");
  expect(notes).toEqual([expect.stringContaining("Hugging Face's CLIPModel")]);
  const {model_cfg} = JSON.parse(decode(files.get("open_clip_coca/open_clip_config.json")!));
  expect({...cocaConfigFromJson(model_cfg), captionWeight: 2}).toEqual(config);
  expect(model_cfg).toMatchObject({custom_text: true, vision_cfg: {attentional_pool: true}, text_cfg: {embed_cls: true}});
  const file = await openSafetensors(bytesSource(files.get("open_clip_coca/open_clip_model.safetensors")!));
  expect([...file.entries.keys()].sort()).toEqual([...cocaSpecs(config as CocaConfig).keys()].sort());
  for (const [path, numbers] of values) expect(same((await file.values(path)) as Float32Array, numbers), path).toBe(true);
  for (const option of ['--model "local-dir:$PWD/open_clip_coca"', "--coca-contrastive-loss-weight 1 --coca-caption-loss-weight 2"]) expect(decode(files.get("train.sh")!)).toContain(option);
});

test("a model that open_clip does not know comes as a checkpoint of Diagonal's own, with the pairs and the way to open_clip", async () => {
  const index = {samples: {train: 75, val: 10, test: 15}, shards: []} as unknown as ShardIndex;
  const {values, files, notes} = await exported("cbow-tiny", index);
  expect(notes).toEqual([expect.stringContaining("open_clip has no model of vit and cbow")]);
  expect([...files.keys()]).toEqual(["diagonal/run.safetensors", "README.md"]);
  const again = await openCheckpoint(files.get("diagonal/run.safetensors")!);
  expect(again).toMatchObject({step: 7, seed: 3, config: {text: {kind: "cbow"}}, tokenizer: {vocabularySize: 512}, state: {steps: 100}});
  for (const [path, numbers] of values) expect(same(again.parameters.get(path)!, numbers), path).toBe(true);
  const readme = decode(files.get("README.md")!);
  for (const said of ["open_clip has no model of vit and cbow", 'Set `textTower` to `"transformer"`', "75 for training"]) expect(readme).toContain(said);
});
