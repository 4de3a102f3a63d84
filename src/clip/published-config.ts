/**
 * The configuration files beside published weights: Hugging Face's config.json (transformers' CLIPConfig) and preprocessor_config.json, open_clip's
 * open_clip_config.json. What this house has no part for is refused by name: nothing is guessed.
 */
import {channelDeviation, channelMean} from "./channels.ts";
import {checkConfig, configFromJson} from "./config.ts";
import type {Activation, ClipConfig, Json} from "./config.ts";

export interface PublishedConfig {
  config: ClipConfig;
  /** Of the three channels, on pixels from 0 to 1. */
  mean: number[];
  deviation: number[];
}

export interface ConfigFiles {
  /** Hugging Face's config.json. */
  config?: Json;
  /** preprocessor_config.json. */
  preprocessor?: Json;
  /** open_clip_config.json. */
  openClip?: Json;
  /** tokenizer.json; it must be there where open_clip's configuration names a tokenizer other than OpenAI's. What is in it: published-tokenizer.ts. */
  tokenizer?: Json;
}

/** Reads whichever files are there; open_clip's before Hugging Face's where both are. Throws an Error naming what it has no part for. */
export function readPublishedConfig({config, preprocessor, openClip, tokenizer}: ConfigFiles): PublishedConfig {
  if (openClip) {
    const {mean = channelMean, std = channelDeviation} = (openClip["preprocess_cfg"] ?? {}) as {mean?: number[]; std?: number[]};
    return {config: fromOpenClipFile(openClip, tokenizer !== undefined), mean, deviation: std};
  }
  if (!config) throw new Error("There is no configuration beside the weights: expected config.json or open_clip_config.json. Shapes alone do not tell whether a model uses GELU or QuickGELU.");
  const {image_mean: mean = channelMean, image_std: deviation = channelDeviation} = (preprocessor ?? {}) as {image_mean?: number[]; image_std?: number[]};
  return {config: fromHuggingFace(config), mean, deviation};
}

/** Keys of open_clip's towers that mean a network other than CLIP's own. */
const foreign = ["timm_model_name", "hf_model_name", "ls_init_value", "attentional_pool", "no_causal_mask", "embed_cls"];

function fromOpenClipFile(file: Json, hasTokenizer: boolean): ClipConfig {
  const model = (file["model_cfg"] ?? file) as Json;
  for (const side of ["vision_cfg", "text_cfg"]) {
    const found = foreign.find((key) => (model[side] as Json | undefined)?.[key]);
    if (found) throw new Error(`This architecture is not supported: open_clip_config.json asks for ${side}.${found} ${JSON.stringify((model[side] as Json)[found])}; CLIP's own ViT and ResNet with its text transformer are.`);
  }
  const tokenizer = (model["text_cfg"] as Json | undefined)?.["hf_tokenizer_name"];
  if (tokenizer && !hasTokenizer) throw new Error(`open_clip_config.json names the tokenizer ${JSON.stringify(tokenizer)}, and there is no tokenizer.json beside it: nothing says what the vocabulary's ids mean.`);
  if (model["multimodal_cfg"]) throw new Error("This architecture is not supported: open_clip_config.json describes a CoCa (multimodal_cfg); CLIP's own two towers are.");
  return configFromJson(model);
}

const activations: Record<string, Activation> = {quick_gelu: "quickGelu", gelu: "gelu"};

/** transformers' defaults, for keys that a file leaves out. */
const defaults = {
  vision: {hidden_size: 768, intermediate_size: 3072, num_hidden_layers: 12, num_attention_heads: 12, image_size: 224, patch_size: 32, hidden_act: "quick_gelu"},
  text: {vocab_size: 49408, hidden_size: 512, intermediate_size: 2048, num_hidden_layers: 12, num_attention_heads: 8, max_position_embeddings: 77, hidden_act: "quick_gelu"}
};

function fromHuggingFace(file: Json): ClipConfig {
  if (file["model_type"] !== "clip") {
    const kind = file["model_type"] ?? (file["architectures"] as string[] | undefined)?.[0];
    throw new Error(`This architecture is not supported: config.json describes ${kind === undefined ? "no model_type" : JSON.stringify(kind)}; expected "clip".`);
  }
  // Old files keep a second copy, which counts where both say something (transformers' CLIPConfig).
  const side = <Name extends "vision" | "text">(name: Name): (typeof defaults)[Name] => ({...defaults[name], ...(file[`${name}_config`] as Json | null), ...(file[`${name}_config_dict`] as Json | null)});
  const [vision, text] = [side("vision"), side("text")];
  for (const [name, {hidden_size: width, intermediate_size: inside}] of [["vision", vision], ["text", text]] as const) {
    if (inside !== 4 * width) throw new Error(`This architecture is not supported: config.json gives the ${name} tower an inner width of ${inside}; expected four times its width of ${width}.`);
  }
  if (vision.hidden_act !== text.hidden_act) throw new Error(`This architecture is not supported: config.json gives the towers different activations, ${vision.hidden_act} and ${text.hidden_act}.`);
  const activation = activations[text.hidden_act];
  if (!activation) throw new Error(`This architecture is not supported: config.json asks for the activation ${JSON.stringify(text.hidden_act)}; expected "quick_gelu" or "gelu".`);
  return checkConfig({
    embedDim: (file["projection_dim"] as number | undefined) ?? 512,
    image: {kind: "vit", sizePx: vision.image_size, patchPx: vision.patch_size, width: vision.hidden_size, layers: vision.num_hidden_layers, heads: vision.num_attention_heads},
    text: {kind: "transformer", contextLength: text.max_position_embeddings, vocabularySize: text.vocab_size, width: text.hidden_size, heads: text.num_attention_heads, layers: text.num_hidden_layers},
    activation,
    imageHead: "linear",
    textHead: "linear",
    headDropout: 0
  });
}
