/** The script of an export that goes on training in open_clip. Builds text alone. */
import type {ClipConfig} from "../clip/config.ts";
import {isCoca} from "../clip/specs.ts";
import type {ExportParts} from "./export.ts";
import {shellNumber} from "./quoting.ts";

/** open_clip takes CoCa's loss where the model's name, here its folder's, holds "coca". */
export const openClipFolder = (config: ClipConfig): string => (isCoca(config) ? "open_clip_coca" : "open_clip");

/** open_clip counts epochs, a run counts steps: the nearest number of whole epochs, at least one. */
function epochsOf({hyperparameters: {steps, batchSize}, shards}: ExportParts): number {
  return Math.max(1, Math.round((steps * batchSize) / (shards?.samples.train ?? steps * batchSize)));
}

/** `train.sh`: every value in it is a number, checked and written as one word. Throws a RangeError naming a value that is none. */
export function trainScript(parts: ExportParts): string {
  const {config, hyperparameters: h, shards} = parts;
  const last = (split: string) => String(Math.max(0, (shards?.shards.filter((shard) => shard.split === split).length ?? 1) - 1)).padStart(6, "0");
  const data = (split: string) => `shards/${split}-{000000..${last(split)}}.tar`;
  const count = (name: string, value: number) => shellNumber(name, value, {least: 0, whole: true});
  const factor = (name: string, value: number) => shellNumber(name, value, {least: 0});
  const validation = shards && shards.samples.val > 0 ? [`--val-data "${data("val")}"`, `--val-num-samples ${count("the number of samples", shards.samples.val)}`] : [];
  const options = [
    `--model "local-dir:$PWD/${openClipFolder(config)}"`,
    `--train-data "${data("train")}"`,
    `--train-num-samples ${count("the number of samples", shards?.samples.train ?? h.steps * h.batchSize)}`,
    ...validation,
    "--dataset-type webdataset",
    '--batch-size "$((BATCH / GPUS))"',
    `--epochs ${count("the number of epochs", epochsOf(parts))}`,
    `--lr ${factor("learningRate", h.learningRate)}`,
    `--beta1 ${factor("beta1", h.betas[0])} --beta2 ${factor("beta2", h.betas[1])} --eps ${factor("epsilon", h.epsilon)}`,
    `--wd ${factor("weightDecay", h.weightDecay)}`,
    `--warmup ${count("warmupSteps", Math.round(h.warmupSteps))}`,
    ...(h.gradientClip === Infinity ? [] : [`--grad-clip-norm ${factor("gradientClip", h.gradientClip)}`]),
    // NumPy takes seeds of 32 bits.
    `--seed ${count("seed", Number.isSafeInteger(h.seed) ? h.seed >>> 0 : h.seed)}`,
    ...(isCoca(config) ? [`--coca-contrastive-loss-weight 1 --coca-caption-loss-weight ${factor("captionWeight", config.captionWeight)}`] : []),
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
BATCH="\${BATCH:-${shellNumber("batchSize", h.batchSize, {least: 1, whole: true})}}"   # pairs a step, over all GPUs
exec torchrun --standalone --nproc_per_node "$GPUS" -m open_clip_train.main \\
${options.map((option) => `  ${option} \\`).join("\n")}
  "$@"
`;
}
