/** Random CLIPs as others publish them: the same weights from a seed in any layout and number type, with the files that lie beside them. */
import {clipSpecs} from "../../clip/clip.ts";
import {configToOpenClip} from "../../clip/config.ts";
import type {ClipConfig} from "../../clip/config.ts";
import type {Layout} from "../../clip/layouts.ts";
import {endToken, startToken} from "../../clip/tokenizer.ts";
import type {Tokenizer} from "../../clip/tokenizer.ts";
import {weightTensors} from "../../clip/weights.ts";
import {sizeOf} from "../../tensor/parameters.ts";
import type {TensorToWrite} from "../../tensor/safetensors.ts";
import {safetensorsBytes} from "../../tensor/safetensors.ts";

export interface Published {
  layout: Layout;
  dtype: "F32" | "F16" | "BF16";
}

/** The weights' tensors. Values are drawn cheaply (a full-size model has 150 million), are exact in every number type, and leave a signal through every block. */
export function randomTensors(config: ClipConfig, {layout, dtype}: Published): TensorToWrite[] {
  const specs = clipSpecs(config);
  const valuesOf = (path: string) => {
    const {shape} = specs.get(path)!;
    const values = new Float32Array(sizeOf(shape));
    if (path === "logit_scale") return values.fill(2.65625);
    const isGain = /(ln_\w+|bn\d|downsample\.1)\.weight$|running_var$/.test(path);
    // A power of two near the inverse root of the inputs, times a number of seven bits and a sign: exact in bfloat16's eight, too.
    const inputs = path.includes("embedding") ? 256 : shape.length > 1 ? sizeOf(shape) / shape[0] : 4096;
    const spread = 2 ** Math.round(Math.log2(inputs ** -0.5));
    let state = [...path].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0, 7);
    for (let i = 0; i < values.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      values[i] = isGain ? 1 + (state >> 28) / 64 : ((state >> 24) / 64) * spread;
    }
    return values;
  };
  return weightTensors(config, valuesOf, {layout, dtype});
}

/** Hugging Face's config.json. */
export function huggingFaceConfig({image, text, embedDim, activation}: ClipConfig): object {
  if (image.kind !== "vit" || text.kind !== "transformer") throw new Error("Hugging Face's CLIP is a vision transformer with a text transformer");
  const hidden_act = activation === "quickGelu" ? "quick_gelu" : "gelu";
  return {
    model_type: "clip",
    architectures: ["CLIPModel"],
    projection_dim: embedDim,
    vision_config: {hidden_size: image.width, intermediate_size: 4 * image.width, num_hidden_layers: image.layers, num_attention_heads: image.heads, image_size: image.sizePx, patch_size: image.patchPx, hidden_act},
    text_config: {hidden_size: text.width, intermediate_size: 4 * text.width, num_hidden_layers: text.layers, num_attention_heads: text.heads, vocab_size: text.vocabularySize, max_position_embeddings: text.contextLength, hidden_act}
  };
}

/** tokenizer.json of a tokenizer of ours. */
export function tokenizerFile({spec, vocabularySize}: Tokenizer): object {
  const symbols = [...spec.alphabet, ...spec.merges.map(([left, right]) => left + right)];
  return {model: {type: "BPE", vocab: {...Object.fromEntries(symbols.map((symbol, id) => [symbol, id])), [startToken]: vocabularySize - 2, [endToken]: vocabularySize - 1}, merges: spec.merges.map((merge) => merge.join(" "))}};
}

/** A repository's small files. */
export function smallFiles(config: ClipConfig, {layout}: Published, tokenizer?: Tokenizer): Record<string, Uint8Array> {
  const json = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  const mean = [0.48145466, 0.4578275, 0.40821073];
  const std = [0.26862954, 0.26130258, 0.27577711];
  return {
    ...(layout === "huggingFace"
      ? {"config.json": json(huggingFaceConfig(config)), "preprocessor_config.json": json({image_mean: mean, image_std: std})}
      : {"open_clip_config.json": json({model_cfg: configToOpenClip(config), preprocess_cfg: {mean, std}})}),
    ...(tokenizer && {"tokenizer.json": json(tokenizerFile(tokenizer))})
  };
}

export const weightsFile = ({layout}: Published) => (layout === "huggingFace" ? "model.safetensors" : "open_clip_model.safetensors");

/** A whole repository, for small models. */
export async function repository(config: ClipConfig, published: Published, tokenizer?: Tokenizer): Promise<Record<string, Uint8Array>> {
  return {...smallFiles(config, published, tokenizer), [weightsFile(published)]: await safetensorsBytes(randomTensors(config, published), {format: "pt"})};
}
