/**
 * The configuration files beside published weights: Hugging Face's config.json (transformers' CLIPConfig) and preprocessor_config.json, open_clip's
 * open_clip_config.json. What this house has no part for is refused by name: nothing is guessed.
 */
import {isObject, shown} from "../json.ts";
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

/** Reads whichever files are there; open_clip's (called `openClipName` in errors) before Hugging Face's where both are. Throws an Error naming the file, and what in it cannot be or has no part here. */
export function readPublishedConfig({config, preprocessor, openClip, tokenizer}: ConfigFiles, openClipName = "open_clip_config.json"): PublishedConfig {
  if (openClip) {
    const {mean, std} = partOf(openClip, "preprocess_cfg", openClipName);
    return {config: fromOpenClipFile(openClip, openClipName, tokenizer !== undefined), mean: channels(mean, channelMean, `${openClipName}: mean`), deviation: channels(std, channelDeviation, `${openClipName}: std`, true)};
  }
  if (!config) throw new Error("There is no configuration beside the weights: expected config.json or open_clip_config.json. Shapes alone do not tell whether a model uses GELU or QuickGELU.");
  const {image_mean: mean, image_std: deviation} = preprocessor ?? {};
  return {config: fromHuggingFace(config), mean: channels(mean, channelMean, "preprocessor_config.json: image_mean"), deviation: channels(deviation, channelDeviation, "preprocessor_config.json: image_std", true)};
}

/** Three numbers, one a channel; what stands in their place if they are left out. */
function channels(value: unknown, absent: readonly number[], what: string, positive = false): number[] {
  const numbers = value ?? absent;
  const fits = Array.isArray(numbers) && numbers.length === 3 && numbers.every((one) => typeof one === "number" && Math.abs(one) < 1000 && (!positive || one > 0));
  if (!fits) throw new RangeError(`${what} is ${shown(value)}; expected three numbers${positive ? " above 0" : ""}, one a channel.`);
  return [...(numbers as number[])];
}

/** An object in a file; an empty one where the key is absent or null. */
function partOf(json: Json, key: string, file: string): Json {
  const value = json[key] ?? {};
  if (!isObject(value)) throw new TypeError(`${file}: "${key}" is ${shown(value)}; expected an object.`);
  return value;
}

/** Keys of open_clip's towers that mean a network other than CLIP's own. */
const foreign = ["timm_model_name", "hf_model_name", "ls_init_value", "attentional_pool", "no_causal_mask", "embed_cls"];

function fromOpenClipFile(file: Json, name: string, hasTokenizer: boolean): ClipConfig {
  const model = file["model_cfg"] === undefined ? file : partOf(file, "model_cfg", name);
  for (const side of ["vision_cfg", "text_cfg"]) {
    const part = partOf(model, side, name);
    const found = foreign.find((key) => part[key]);
    if (found) throw new Error(`This architecture is not supported: ${name} asks for ${side}.${found} ${shown(part[found])}; CLIP's own ViT and ResNet with its text transformer are.`);
  }
  const tokenizer = partOf(model, "text_cfg", name)["hf_tokenizer_name"];
  if (tokenizer && !hasTokenizer) throw new Error(`${name} names the tokenizer ${shown(tokenizer)}, and there is no tokenizer.json beside it: nothing says what the vocabulary's ids mean.`);
  if (model["multimodal_cfg"]) throw new Error(`This architecture is not supported: ${name} describes a CoCa (multimodal_cfg); CLIP's own two towers are.`);
  return configFromJson(model, name);
}

const activations: Record<string, Activation> = {quick_gelu: "quickGelu", gelu: "gelu"};

/** transformers' defaults, for keys that a file leaves out. */
const defaults = {
  vision: {hidden_size: 768, intermediate_size: 3072, num_hidden_layers: 12, num_attention_heads: 12, image_size: 224, patch_size: 32, hidden_act: "quick_gelu"},
  text: {vocab_size: 49408, hidden_size: 512, intermediate_size: 2048, num_hidden_layers: 12, num_attention_heads: 8, max_position_embeddings: 77, hidden_act: "quick_gelu"}
};

function fromHuggingFace(file: Json): ClipConfig {
  if (file["model_type"] !== "clip") {
    const kind = file["model_type"] ?? (Array.isArray(file["architectures"]) ? (file["architectures"] as unknown[])[0] : undefined);
    throw new Error(`This architecture is not supported: config.json describes ${kind === undefined ? "no model_type" : shown(kind)}; expected "clip".`);
  }
  // Old files keep a second copy, which counts where both say something (transformers' CLIPConfig).
  const side = <Name extends "vision" | "text">(name: Name): (typeof defaults)[Name] => ({...defaults[name], ...partOf(file, `${name}_config`, "config.json"), ...partOf(file, `${name}_config_dict`, "config.json")});
  const [vision, text] = [side("vision"), side("text")];
  for (const [name, {hidden_size: width, intermediate_size: inside}] of [["vision", vision], ["text", text]] as const) {
    if (inside !== 4 * width) throw new Error(`This architecture is not supported: config.json gives the ${name} tower an inner width of ${shown(inside)}; expected four times its width of ${shown(width)}.`);
  }
  if (vision.hidden_act !== text.hidden_act) throw new Error(`This architecture is not supported: config.json gives the towers different activations, ${shown(vision.hidden_act)} and ${shown(text.hidden_act)}; expected one.`);
  const activation = Object.hasOwn(activations, text.hidden_act) ? activations[text.hidden_act] : undefined;
  if (!activation) throw new Error(`This architecture is not supported: config.json asks for the activation ${shown(text.hidden_act)}; expected "quick_gelu" or "gelu".`);
  return checkConfig({
    embedDim: (file["projection_dim"] as number | undefined) ?? 512,
    image: {kind: "vit", sizePx: vision.image_size, patchPx: vision.patch_size, width: vision.hidden_size, layers: vision.num_hidden_layers, heads: vision.num_attention_heads},
    text: {kind: "transformer", contextLength: text.max_position_embeddings, vocabularySize: text.vocab_size, width: text.hidden_size, heads: text.num_attention_heads, layers: text.num_hidden_layers},
    activation,
    imageHead: "linear",
    textHead: "linear",
    headDropout: 0
  }, "config.json");
}
