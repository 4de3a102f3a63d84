/**
 * A trained run as other programs read it: open_clip's folder, Hugging Face's folder, and the command that goes on with the same
 * hyperparameters on many GPUs. Gives files one after another; writes none.
 */
import {channelDeviation, channelMean} from "../clip/channels.ts";
import {configToOpenClip} from "../clip/config.ts";
import type {ClipConfig, Json} from "../clip/config.ts";
import {huggingFaceConfig, huggingFacePreprocessing, huggingFaceTokenizer} from "../clip/hugging-face.ts";
import type {TokenizerSpec} from "../clip/tokenizer.ts";
import {isCoca} from "../clip/specs.ts";
import {weightTensors} from "../clip/weights.ts";
import type {WeightValues} from "../clip/weights.ts";
import type {ShardIndex} from "../data/export-shards.ts";
import {safetensorsBytes} from "../tensor/safetensors.ts";

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
}

/**
 * The files, with one note for each layout that could not be made.
 * @throws Error where open_clip has no such model: then there is nothing to go on with.
 */
export async function* exportRun(parts: ExportParts): AsyncGenerator<ExportedFile | {note: string}> {
  const {config, values, tokenizer} = parts;
  if (isCoca(config)) throw new Error("this run is of a CoCa, and only CLIPs are exported: its decoder has no place in the layouts that are written here. Its checkpoint holds all of it, and goes on in Diagonal");
  const encoder = new TextEncoder();
  const text = (path: string, content: string, executable = false): ExportedFile => ({path, bytes: encoder.encode(content), executable});
  const json = (path: string, value: unknown) => text(path, `${JSON.stringify(value, null, 2)}\n`);
  const weights = (layout: "openai" | "huggingFace") => safetensorsBytes(weightTensors(config, (path) => values.get(path)!, {layout}), {format: "pt"});
  const tokenizerFiles = Object.entries(huggingFaceTokenizer(tokenizer));

  yield json("open_clip/open_clip_config.json", openClipConfig(config));
  yield {path: "open_clip/open_clip_model.safetensors", bytes: await weights("openai")};
  for (const [name, content] of tokenizerFiles) yield text(`open_clip/${name}`, content);

  let huggingFace: Json | undefined;
  try {
    huggingFace = huggingFaceConfig(config);
  } catch (error) {
    yield {note: (error as Error).message};
  }
  if (huggingFace && config.image.kind !== "features") {
    yield json("hugging_face/config.json", huggingFace);
    yield json("hugging_face/preprocessor_config.json", huggingFacePreprocessing(config.image.sizePx));
    yield {path: "hugging_face/model.safetensors", bytes: await weights("huggingFace")};
    for (const [name, content] of tokenizerFiles) yield text(`hugging_face/${name}`, content);
  }
  yield text("train.sh", trainScript(parts), true);
  yield text("README.md", readme(parts, huggingFace !== undefined));
}

/** `open_clip_config.json`: the model, its own tokenizer beside it, and how images are prepared. */
function openClipConfig(config: ClipConfig): Json {
  const model = configToOpenClip(config) as Json & {text_cfg: Json};
  return {
    // Any name here makes open_clip read the tokenizer from this folder.
    model_cfg: {...model, text_cfg: {...model.text_cfg, hf_tokenizer_name: "diagonal"}},
    preprocess_cfg: {mean: channelMean, std: channelDeviation, interpolation: "bicubic", resize_mode: "shortest"}
  };
}

/** open_clip counts epochs, a run counts steps: the nearest number of whole epochs, at least one. */
function epochsOf({hyperparameters: {steps, batchSize}, shards}: ExportParts): number {
  return Math.max(1, Math.round((steps * batchSize) / (shards?.samples.train ?? steps * batchSize)));
}

function trainScript(parts: ExportParts): string {
  const {hyperparameters: h, shards} = parts;
  const last = (split: string) => String(Math.max(0, (shards?.shards.filter((shard) => shard.split === split).length ?? 1) - 1)).padStart(6, "0");
  const data = (split: string) => `shards/${split}-{000000..${last(split)}}.tar`;
  const samples = shards?.samples.train ?? h.steps * h.batchSize;
  const validation = shards && shards.samples.val > 0 ? [`--val-data "${data("val")}"`, `--val-num-samples ${shards.samples.val}`] : [];
  const options = [
    '--model "local-dir:$PWD/open_clip"',
    `--train-data "${data("train")}"`,
    `--train-num-samples ${samples}`,
    ...validation,
    "--dataset-type webdataset",
    '--batch-size "$((BATCH / GPUS))"',
    `--epochs ${epochsOf(parts)}`,
    `--lr ${h.learningRate}`,
    `--beta1 ${h.betas[0]} --beta2 ${h.betas[1]} --eps ${h.epsilon}`,
    `--wd ${h.weightDecay}`,
    `--warmup ${h.warmupSteps}`,
    ...(Number.isFinite(h.gradientClip) ? [`--grad-clip-norm ${h.gradientClip}`] : []),
    `--seed ${h.seed}`,
    // With a batch over several GPUs, the loss is over all of it, as here.
    "--local-loss --gather-with-grad",
    '--workers "${WORKERS:-4}"',
    '--precision "${PRECISION:-fp32}"'
  ];
  return `#!/usr/bin/env bash
# Goes on with this model in open_clip (pip install "open_clip_torch[training]"), with the hyperparameters of the run it comes from.
# GPUS=8 BATCH=4096 PRECISION=amp ./train.sh --report-to tensorboard
set -euo pipefail
cd "$(dirname "$0")"
GPUS="\${GPUS:-1}"
BATCH="\${BATCH:-${h.batchSize}}"   # pairs a step, over all GPUs
exec torchrun --standalone --nproc_per_node "$GPUS" -m open_clip_train.main \\
${options.map((option) => `  ${option} \\`).join("\n")}
  "$@"
`;
}

function readme(parts: ExportParts, huggingFace: boolean): string {
  const {config, hyperparameters: h, step, shards} = parts;
  const {image, text} = config;
  const side = image.kind === "features" ? "" : `, ${image.sizePx} x ${image.sizePx} pixels`;
  return `# A CLIP that was trained in Diagonal

Image tower: ${image.kind}${side}. Text tower: ${text.kind}, ${text.contextLength} tokens, a vocabulary of ${text.vocabularySize} of its own. Joint space: ${config.embedDim} dimensions. Trained for ${step} steps of ${h.batchSize} pairs.

| folder | what reads it |
|---|---|
| \`open_clip/\` | \`open_clip.create_model_and_transforms("local-dir:open_clip")\` and \`open_clip.get_tokenizer("local-dir:open_clip")\` |
${huggingFace ? '| `hugging_face/` | `transformers.CLIPModel.from_pretrained("hugging_face")`, `CLIPTokenizer`, `CLIPImageProcessor` |\n' : ""}${shards ? `| \`shards/\` | WebDataset: \`KEY.jpg\` and \`KEY.txt\`, a sample for each caption; ${shards.samples.train} for training, ${shards.samples.val} for validation, ${shards.samples.test} for tests; \`index.json\` and \`sizes.json\` count them |\n` : ""}| \`train.sh\` | goes on training in open_clip |

## Going on

\`\`\`sh
pip install "open_clip_torch[training]"
GPUS=8 BATCH=4096 PRECISION=amp ./train.sh
\`\`\`

\`train.sh\` begins with these weights, a fresh optimizer and a fresh warm-up, and carries the run's hyperparameters: learning rate ${h.learningRate}, betas ${h.betas.join(" and ")}, epsilon ${h.epsilon}, decay ${h.weightDecay}, ${h.warmupSteps} steps of warm-up, batch ${h.batchSize}. More GPUs allow a larger batch; then raise the learning rate with it, and watch the first hundred steps.${shards ? "" : " Put WebDataset shards into `shards/` first and correct the number of samples."}

A checkpoint of open_clip opens in Diagonal again: save its \`state_dict\` as safetensors under the same names.
`;
}
