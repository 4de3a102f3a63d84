/** What an export's README says: which folder is read by what, and how to go on. Builds text alone. */
import {isCoca} from "../clip/specs.ts";
import type {ExportParts} from "./export.ts";
import {markdownCode, markdownWords} from "./quoting.ts";

/** `README.md` of an export that open_clip reads; `folder` holds what is open_clip's. */
export function readme(parts: ExportParts, {folder, huggingFace}: {folder: string; huggingFace: boolean}): string {
  const {config, hyperparameters: h, shards} = parts;
  return `# A ${isCoca(config) ? "CoCa" : "CLIP"} that was trained in Diagonal

${whatItIs(parts)}

| folder | what reads it |
|---|---|
| \`${folder}/\` | \`open_clip.create_model_and_transforms("local-dir:${folder}")\` and \`open_clip.get_tokenizer("local-dir:${folder}")\` |
${huggingFace ? '| `hugging_face/` | `transformers.CLIPModel.from_pretrained("hugging_face")`, `CLIPTokenizer`, `CLIPImageProcessor` |\n' : ""}${shardsRow(parts)}| \`train.sh\` | goes on training in open_clip |

## Going on

\`\`\`sh
pip install "open_clip_torch[training]"
GPUS=8 BATCH=4096 PRECISION=amp ./train.sh
\`\`\`

\`train.sh\` begins with these weights, a fresh optimizer and a fresh warm-up, and carries the run's hyperparameters: learning rate ${h.learningRate}, betas ${h.betas.join(" and ")}, epsilon ${h.epsilon}, decay ${h.weightDecay}, ${h.warmupSteps} steps of warm-up, batch ${h.batchSize}. More GPUs allow a larger batch; then raise the learning rate with it, and watch the first hundred steps.${shards ? "" : " Put WebDataset shards into `shards/` first and correct the number of samples."}
${isCoca(config) ? "" : "\nA checkpoint of open_clip opens in Diagonal again: save its `state_dict` as safetensors under the same names.\n"}`;
}

/** `README.md` of an export that open_clip has no model for; `reason` says why. */
export function readmeWithoutOpenClip(parts: ExportParts, reason: string): string {
  const remedy = parts.config.text.kind === "cbow" ? 'Set `textTower` to `"transformer"` and train again: that run goes to open_clip whole.' : "Train both towers here, the image tower a ViT or a ResNet and the text tower a transformer: that run goes to open_clip whole.";
  return `# A CLIP that was trained in Diagonal

${whatItIs(parts)}

| folder | what reads it |
|---|---|
| \`diagonal/run.safetensors\` | Diagonal, and any reader of safetensors: the weights under their names, with configuration and tokenizer in the metadata |
${shardsRow(parts)}
## Going on

In Diagonal: \`createRun({pairs, from})\`, with the bytes of \`diagonal/run.safetensors\` as \`from\`.

In open_clip this model cannot go on. ${markdownWords(reason)} ${remedy}${parts.shards ? " The pairs in `shards/` are ready for it." : ""}
`;
}

function whatItIs({config, hyperparameters, step}: ExportParts): string {
  const {image, text} = config;
  const side = image.kind === "features" ? "" : `, ${image.sizePx} x ${image.sizePx} pixels`;
  const writer = isCoca(config) ? ` Decoder: ${config.decoder.layers} layers; the caption's loss counts ${config.captionWeight} times.` : "";
  return `Image tower: ${markdownCode(image.kind)}${side}. Text tower: ${markdownCode(text.kind)}, ${text.contextLength} tokens, a vocabulary of ${text.vocabularySize} of its own.${writer} Joint space: ${config.embedDim} dimensions. Trained for ${step} steps of ${hyperparameters.batchSize} pairs.`;
}

function shardsRow({shards}: ExportParts): string {
  return shards ? `| \`shards/\` | WebDataset: \`KEY.jpg\` and \`KEY.txt\`, a sample for each caption; ${shards.samples.train} for training, ${shards.samples.val} for validation, ${shards.samples.test} for tests; \`index.json\` and \`sizes.json\` count them |\n` : "";
}
