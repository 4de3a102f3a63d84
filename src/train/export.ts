/**
 * A trained run as other programs read it: open_clip's folder, Hugging Face's folder, and the command that goes on with the same
 * hyperparameters on many GPUs; what open_clip has no model for, as a checkpoint of Diagonal's own. Gives files one after another; writes none.
 */
import {channelDeviation, channelMean} from "../clip/channels.ts";
import {cocaConfigToOpenClip} from "../clip/coca.ts";
import {configToOpenClip} from "../clip/config.ts";
import type {ClipConfig, Json} from "../clip/config.ts";
import {huggingFaceConfig, huggingFacePreprocessing, huggingFaceTokenizer} from "../clip/hugging-face.ts";
import type {TokenizerSpec} from "../clip/tokenizer.ts";
import {isCoca} from "../clip/specs.ts";
import {weightTensors} from "../clip/weights.ts";
import type {WeightValues} from "../clip/weights.ts";
import type {ShardIndex} from "../data/export-shards.ts";
import {safetensorsBytes} from "../tensor/safetensors.ts";
import {checkpointMetadata} from "./checkpoint.ts";
import {readme, readmeWithoutOpenClip} from "./export-readme.ts";
import {openClipFolder, trainScript} from "./export-script.ts";

export interface ExportedFile {
  /** From the export's folder, with slashes. */
  path: string;
  bytes: Uint8Array;
  executable?: boolean;
}

/** What training went on with; from the run's checkpoint. */
export interface Hyperparameters {
  steps: number;
  batchSize: number;
  learningRate: number;
  warmupSteps: number;
  weightDecay: number;
  gradientClip: number;
  seed: number;
  betas: readonly [number, number];
  epsilon: number;
}

export interface ExportParts {
  config: ClipConfig;
  values: WeightValues;
  tokenizer: TokenizerSpec;
  hyperparameters: Hyperparameters;
  /** Of the shards beside it; without, the command names a folder to be filled. */
  shards?: ShardIndex;
  /** Optimizer steps taken. */
  step: number;
  /** The run's own state, for Diagonal to go on from. */
  state?: unknown;
}

/** The files, with one note for each layout that has no such model. */
export async function* exportRun(parts: ExportParts): AsyncGenerator<ExportedFile | {note: string}> {
  const {config, values, tokenizer} = parts;
  const encoder = new TextEncoder();
  const text = (path: string, content: string, executable = false): ExportedFile => ({path, bytes: encoder.encode(content), executable});
  const json = (path: string, value: unknown) => text(path, `${JSON.stringify(value, null, 2)}\n`);
  const weights = (layout: "openai" | "huggingFace") => safetensorsBytes(weightTensors(config, (path) => values.get(path)!, {layout}), {format: "pt"});
  const tokenizerFiles = Object.entries(huggingFaceTokenizer(tokenizer));

  const openClip = orReason(() => openClipConfig(config));
  if ("reason" in openClip) {
    yield {note: openClip.reason};
    yield {path: "diagonal/run.safetensors", bytes: await safetensorsBytes(weightTensors(config, (path) => values.get(path)!), checkpointMetadata({...parts, seed: parts.hyperparameters.seed}))};
    yield text("README.md", readmeWithoutOpenClip(parts, openClip.reason));
    return;
  }
  const folder = openClipFolder(config);
  yield json(`${folder}/open_clip_config.json`, openClip.made);
  yield {path: `${folder}/open_clip_model.safetensors`, bytes: await weights("openai")};
  for (const [name, content] of tokenizerFiles) yield text(`${folder}/${name}`, content);

  const huggingFace = orReason(() => huggingFaceConfig(config));
  if ("reason" in huggingFace) yield {note: huggingFace.reason};
  else if (config.image.kind !== "features") {
    yield json("hugging_face/config.json", huggingFace.made);
    yield json("hugging_face/preprocessor_config.json", huggingFacePreprocessing(config.image.sizePx));
    yield {path: "hugging_face/model.safetensors", bytes: await weights("huggingFace")};
    for (const [name, content] of tokenizerFiles) yield text(`hugging_face/${name}`, content);
  }
  yield text("train.sh", trainScript(parts), true);
  yield text("README.md", readme(parts, {folder, huggingFace: "made" in huggingFace}));
}

function orReason<T>(make: () => T): {made: T} | {reason: string} {
  try {
    return {made: make()};
  } catch (error) {
    return {reason: (error as Error).message};
  }
}

/** `open_clip_config.json`: the model, its own tokenizer beside it, and how images are prepared. */
function openClipConfig(config: ClipConfig): Json {
  const model = (isCoca(config) ? cocaConfigToOpenClip(config) : configToOpenClip(config)) as Json & {text_cfg: Json};
  return {
    // Any name here makes open_clip read the tokenizer from this folder.
    model_cfg: {...model, text_cfg: {...model.text_cfg, hf_tokenizer_name: "diagonal"}},
    preprocess_cfg: {mean: channelMean, std: channelDeviation, interpolation: "bicubic", resize_mode: "shortest"}
  };
}
