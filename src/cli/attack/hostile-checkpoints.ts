/** Checkpoints of runs, and configurations of models, that say what cannot be: each is a whole one with one thing changed. */
import {clipSpecs} from "../../clip/clip.ts";
import type {ClipConfig} from "../../clip/config.ts";
import {wholeAlphabet} from "../../clip/tokenizer.ts";
import {startingValues} from "../../tensor/parameters.ts";
import {seededRandom} from "../../tensor/random.ts";
import {safetensorsBytes} from "../../tensor/safetensors.ts";
import type {TensorToWrite} from "../../tensor/safetensors.ts";
import {checkpointMetadata} from "../../train/checkpoint.ts";
import {damaged, textBytes} from "./hostile-case.ts";
import type {HostileCase} from "./hostile-case.ts";

type Loose = Record<string, unknown>;

interface Parts {
  metadata: Record<string, string>;
  tensors: TensorToWrite[];
}

const config: ClipConfig = {
  embedDim: 8, activation: "gelu", imageHead: "linear", textHead: "linear", headDropout: 0,
  image: {kind: "vit", sizePx: 8, patchPx: 4, width: 8, layers: 1, heads: 2},
  text: {kind: "transformer", contextLength: 14, vocabularySize: 600, width: 8, heads: 2, layers: 1}
};
const tokenizer = {vocabularySize: 600, contextLength: 14, alphabet: wholeAlphabet(), merges: [["a", "b</w>"]] as [string, string][]};
const options = {model: "vit-tiny", imageTower: "train", textTower: "preset", batchSize: 4, steps: 10, learningRate: 0.001, warmupSteps: 1, weightDecay: 0.2, gradientClip: 1, seed: 1, keep: 0, watch: 2, map: 0, chunkSize: 4};
const state = {options, order: "x", functions: [], dropout: [1, 2, 3, 4], changes: [1, 2, 3, 4], batches: {epoch: 0, batch: 0}, steps: 10, peak: 0.001, trainedMs: 5};

/** A whole checkpoint after two steps. */
function whole(): Parts {
  const random = seededRandom(1);
  const tensors = [...clipSpecs(config)].map(([name, spec]): TensorToWrite => ({name, dtype: "F32", shape: spec.shape, values: () => startingValues(name, spec, random)}));
  const series = ["losses", "scales"].map((name): TensorToWrite => ({name: `series/${name}`, dtype: "F32", shape: [2], values: () => [1, 2]}));
  return {metadata: checkpointMetadata({config, step: 2, seed: 1, tokenizer, state}), tensors: [...tensors, ...series]};
}

/** Changes a part of one of the metadata's JSON texts, by its dotted path. */
function setIn(key: "config" | "state" | "tokenizer", path: string, value: unknown) {
  return ({metadata}: Parts) => {
    const json = JSON.parse(metadata[key]) as Loose;
    const names = path.split(".");
    const last = names.pop()!;
    const holder = names.reduce((part, name) => part[name] as Loose, json);
    holder[last] = value;
    metadata[key] = JSON.stringify(json);
  };
}

const say = (key: string, text: string) => ({metadata}: Parts) => void (metadata[key] = text);
const tensor = (name: string, change: Partial<TensorToWrite>) => ({tensors}: Parts) => void Object.assign(tensors.find((one) => one.name === name)!, change);
const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;

const changes: Record<string, (parts: Parts) => void> = {
  ...Object.fromEntries([1e9, -1, 1.5, "2", null].map((layers) => [`layers ${layers}`, setIn("config", "image.layers", layers)])),
  ...Object.fromEntries([["image.sizePx", 16_384], ["image.width", 1e9], ["image.heads", 0], ["image.heads", 3], ["image.kind", "foo"], ["image.kind", "__proto__"], ["image", null], ["text", []], ["text.layers", 1e9], ["text.vocabularySize", 1e12], ["text.contextLength", 1e9], ["embedDim", 2 ** 53], ["activation", "constructor"], ["imageHead", {}], ["headDropout", "x"], ["decoder", null], ["image.patchPx", 0]].map(([path, value]) => [`${path} ${JSON.stringify(value)}`, setIn("config", path as string, value)])),
  "a fine grid": ({metadata}) => void (metadata.config = JSON.stringify({...config, image: {...config.image, sizePx: 1024, patchPx: 1}})),
  "resnet of many": setIn("config", "image", {kind: "resnet", sizePx: 32, width: 16, layers: [1e9, 1, 1, 1], heads: 8}),
  "config null": say("config", "null"),
  "config text": say("config", '"vit"'),
  "config no JSON": say("config", "{embedDim: 8"),
  "config empty": say("config", ""),
  "config deep": say("config", deep),
  "layers twice": ({metadata}) => void (metadata.config = metadata.config.replace('"layers":1', '"layers":1,"layers":1')),
  ...Object.fromEntries(["x", "-1", "1e99", "", "1.5"].map((step) => [`step ${step}`, say("step", step)])),
  "seed object": say("seed", "{}"),
  "tokenizer null": say("tokenizer", "null"),
  ...Object.fromEntries([["merges", [null]], ["merges", "ab"], ["alphabet", 5], ["vocabularySize", 1e12], ["contextLength", -1]].map(([path, value]) => [`tokenizer ${path} ${JSON.stringify(value)}`, setIn("tokenizer", path as string, value)])),
  "state null": say("state", "null"),
  "state deep": say("state", deep),
  ...Object.fromEntries([["steps", "x"], ["steps", 1e300], ["peak", "0"], ["dropout", ["a"]], ["batches.epoch", -1], ["functions", [{}]], ["options.learningRate", "$(touch PWNED)"], ["options.steps", "x"], ["options.batchSize", 1e12], ["options.watch", 1e9], ["options.groups", [null]], ["options.groups", [{pattern: `${"*a".repeat(40)}b`}]], ["options.augment", "x"], ["options.seed", "1; touch X #"]].map(([path, value]) => [`state ${path} ${JSON.stringify(value)}`.slice(0, 60), setIn("state", path as string, value)])),
  "weights NaN": tensor("visual.proj", {values: () => new Float32Array(64).fill(NaN)}),
  "weights infinite": tensor("text_projection", {values: () => new Float32Array(64).fill(Infinity)}),
  "weights whole": tensor("visual.proj", {dtype: "I32"}),
  "weights turned": tensor("visual.proj", {shape: [4, 16]}),
  "weights gone": ({tensors}) => void tensors.splice(3, 1),
  "moments of nothing": ({tensors}) => void tensors.push({name: "optimizer/m/nowhere", dtype: "F32", shape: [1], values: () => [0]}),
  "moments short": ({tensors}) => void tensors.push({name: "optimizer/m/visual.proj", dtype: "F32", shape: [1], values: () => [0]}),
  "moments NaN": ({tensors}) => void tensors.push({name: "optimizer/v/visual.proj", dtype: "F32", shape: [8, 8], values: () => new Float32Array(64).fill(NaN)}),
  "losses short": tensor("series/losses", {shape: [1], values: () => [1]})
};

const huggingFace = {model_type: "clip", projection_dim: 8, vision_config: {hidden_size: 64, intermediate_size: 256, num_hidden_layers: 1, num_attention_heads: 1}, text_config: {hidden_size: 64, intermediate_size: 256, num_hidden_layers: 1, num_attention_heads: 1}};
const side = (more: Loose) => JSON.stringify({...huggingFace, vision_config: {...huggingFace.vision_config, ...more}});
const openClip = (more: Loose) => JSON.stringify({model_cfg: {embed_dim: 8, vision_cfg: {}, text_cfg: {}, ...more}});

/** config.json or open_clip_config.json, as text. */
const configurations: [string, string][] = [
  ...["null", "[]", "5", "{", "", '"clip"', deep, '{"model_type": "clip", "model_type": "clip"}', '{"model_type": ["clip"]}', '{"architectures": 5}'].map((text): [string, string] => ["config.json", text]),
  ...[{num_hidden_layers: 1e9}, {image_size: 16_384}, {hidden_size: "x"}, {hidden_size: {}}, {hidden_act: "constructor"}, {hidden_act: {}}, {patch_size: 0}, {num_attention_heads: 1.5}].map((more): [string, string] => ["config.json", side(more)]),
  ["config.json", JSON.stringify({...huggingFace, vision_config: 5})],
  ["config.json", JSON.stringify({...huggingFace, projection_dim: 1e12})],
  ...["null", "[]", '{"model_cfg": 5}', '{"model_cfg": null}', '{"model_cfg": {"vision_cfg": null}}'].map((text): [string, string] => ["open_clip_config.json", text]),
  ...[{vision_cfg: {layers: 1e9}}, {vision_cfg: {layers: [1, 1, 1, "x"]}}, {vision_cfg: {width: 1e9}}, {vision_cfg: "x"}, {text_cfg: 7}, {embed_dim: null}, {vision_cfg: {head_width: 0}}, {vision_cfg: {image_size: 16_384, patch_size: 1}}].map((more): [string, string] => ["open_clip_config.json", openClip(more)]),
  ["open_clip_config.json", JSON.stringify({model_cfg: {embed_dim: 8, vision_cfg: {}, text_cfg: {}}, preprocess_cfg: {mean: ["a", 1, 2], std: [0, 0, 0]}})]
];

export async function* hostileCheckpoints(seed: number): AsyncGenerator<HostileCase> {
  const random = seededRandom(seed).fork("checkpoints");
  const good = await safetensorsBytes(whole().tensors, whole().metadata);
  yield {name: "whole.safetensors", kind: "checkpoint", bytes: good, expected: "read"};
  for (const [what, change] of Object.entries(changes)) {
    const parts = whole();
    change(parts);
    yield {name: `${what.replace(/\W+/g, " ").trim()}.safetensors`, kind: "checkpoint", bytes: await safetensorsBytes(parts.tensors, parts.metadata), expected: "refused"};
  }
  for (let i = 0; i < 20; i++) yield {name: `damaged ${i}.safetensors`, kind: "checkpoint", bytes: damaged(good, random), expected: "either"};
  for (const [name, text] of configurations) yield {name, kind: "model", bytes: textBytes(text), expected: "refused"};
}
