/** What a CLIP is made of, as data, in our words; and OpenAI's and open_clip's ways of writing the same down. Builds nothing; what is checked is in check-config.ts. */
import {isObject, shown} from "../json.ts";
import type {Json} from "../json.ts";
import {checkConfig} from "./check-config.ts";

export type {Json} from "../json.ts";
export {checkConfig};

/** Which form of GELU the towers use. OpenAI's weights need "quickGelu"; the wrong one is a silent error of a few points of recall. */
export type Activation = "gelu" | "quickGelu";

export interface VisionTransformerConfig {
  kind: "vit";
  sizePx: number;
  patchPx: number;
  width: number;
  layers: number;
  heads: number;
}

export interface ModifiedResNetConfig {
  kind: "resnet";
  sizePx: number;
  /** Channels after the stem; the pooled features are 32 times as wide. */
  width: number;
  /** Bottlenecks in each of the four stages. */
  layers: [number, number, number, number];
  /** Of the attention pool. */
  heads: number;
}

/** No image tower: images come as features that a locked, pretrained tower computed once (LiT, Zhai et al. 2022). */
export interface FeaturesConfig {
  kind: "features";
  width: number;
}

export interface TextTransformerConfig {
  kind: "transformer";
  contextLength: number;
  vocabularySize: number;
  width: number;
  heads: number;
  layers: number;
}

/** A continuous bag of words: the mean of the token embeddings. */
export interface CbowConfig {
  kind: "cbow";
  contextLength: number;
  vocabularySize: number;
  width: number;
}

export type ImageConfig = VisionTransformerConfig | ModifiedResNetConfig | FeaturesConfig;
export type TextConfig = TextTransformerConfig | CbowConfig;

/** "linear" is the paper's bias-free matrix; "residual" is the head of the simple CLIP notebooks; "none" hands the tower's features on. */
export type HeadKind = "linear" | "residual" | "none";

export interface ClipConfig {
  /** Width of the joint embedding space. */
  embedDim: number;
  image: ImageConfig;
  text: TextConfig;
  activation: Activation;
  imageHead: HeadKind;
  textHead: HeadKind;
  /** Chance of dropping a value in a residual head while training. */
  headDropout: number;
}

/** Width of the features that a tower hands to its head. */
export function featureWidth(config: ImageConfig | TextConfig): number {
  return config.kind === "resnet" ? config.width * 32 : config.width;
}

/** Patches, or pixels of the ResNet's last map, along one side. */
export function gridSize(config: VisionTransformerConfig | ModifiedResNetConfig): number {
  return config.kind === "vit" ? Math.floor(config.sizePx / config.patchPx) : Math.floor(config.sizePx / 32);
}

/** A number from a configuration file, the default where the key is absent or null; throws where it is something else. */
function numberFrom(json: Json, key: string, absent?: number): number {
  const value = json[key] ?? absent;
  if (typeof value !== "number") throw new TypeError(`"${key}" is ${shown(json[key])}; expected a number`);
  return value;
}

/** An object in a configuration file; an empty one where the key is absent or null. */
function partFrom(json: Json, key: string): Json {
  const value = json[key] ?? {};
  if (!isObject(value)) throw new TypeError(`"${key}" is ${shown(value)}; expected an object`);
  return value;
}

const stages = (layers: unknown): layers is [number, number, number, number] => Array.isArray(layers) && layers.length === 4;

/**
 * Reads a configuration as OpenAI's constructor (`vision_width`, ...) or as open_clip's model file (`vision_cfg`, ...) has it.
 * @throws Error that begins with the file's name, where one is given, and names every field that cannot be.
 */
export function configFromJson(json: Json, name?: string): ClipConfig {
  let config: ClipConfig;
  try {
    config = "vision_cfg" in json ? fromOpenClip(json) : fromOpenAi(json);
  } catch (error) {
    throw new TypeError(`${name ?? "config"}: ${(error as Error).message}`);
  }
  return checkConfig(config, name);
}

/** Heads are not in OpenAI's configuration: the definition takes one for every 64 channels. */
function fromOpenAi(json: Json): ClipConfig {
  const width = numberFrom(json, "vision_width");
  const sizePx = numberFrom(json, "image_resolution");
  const layers = json["vision_layers"];
  const heads = (channels: number) => numberFrom(json, "vision_heads", Math.max(1, Math.floor(channels / numberFrom(json, "vision_head_width", 64))));
  const textWidth = numberFrom(json, "transformer_width");
  return {
    embedDim: numberFrom(json, "embed_dim"),
    image: stages(layers)
      ? {kind: "resnet", sizePx, width, layers, heads: heads(width * 32)}
      : {kind: "vit", sizePx, patchPx: numberFrom(json, "vision_patch_size"), width, layers: numberFrom(json, "vision_layers"), heads: heads(width)},
    text: {
      kind: "transformer",
      contextLength: numberFrom(json, "context_length", 77),
      vocabularySize: numberFrom(json, "vocab_size", 49408),
      width: textWidth,
      heads: numberFrom(json, "transformer_heads", Math.max(1, Math.floor(textWidth / 64))),
      layers: numberFrom(json, "transformer_layers")
    },
    // OpenAI's definition knows no other; a file may say so with open_clip's word.
    activation: json["quick_gelu"] === false ? "gelu" : "quickGelu",
    ...plainHeads
  };
}

const plainHeads = {imageHead: "linear", textHead: "linear", headDropout: 0} as const;

function fromOpenClip(json: Json): ClipConfig {
  const vision = partFrom(json, "vision_cfg");
  const text = partFrom(json, "text_cfg");
  const width = numberFrom(vision, "width", 768);
  const sizePx = numberFrom(vision, "image_size", 224);
  const headWidth = numberFrom(vision, "head_width", 64);
  const layers = vision["layers"] ?? 12;
  return {
    embedDim: numberFrom(json, "embed_dim"),
    image: stages(layers)
      ? {kind: "resnet", sizePx, width, layers, heads: (width * 32) / headWidth}
      : {kind: "vit", sizePx, patchPx: numberFrom(vision, "patch_size", 16), width, layers: numberFrom(vision, "layers", 12), heads: Math.max(1, Math.floor(width / headWidth))},
    text: {
      kind: "transformer",
      contextLength: numberFrom(text, "context_length", 77),
      vocabularySize: numberFrom(text, "vocab_size", 49408),
      width: numberFrom(text, "width", 512),
      heads: numberFrom(text, "heads", 8),
      layers: numberFrom(text, "layers", 12)
    },
    // A file that leaves quick_gelu out means exact GELU.
    activation: json["quick_gelu"] === true ? "quickGelu" : "gelu",
    ...plainHeads
  };
}

/** The same as an open_clip model file. Throws where open_clip has no word for a part: CBOW, features, residual heads. */
export function configToOpenClip(config: ClipConfig): Json {
  const {image, text, embedDim, activation} = config;
  if ("decoder" in config) throw new Error("A CoCa cannot be written as a CLIP: its decoder would be lost.");
  if (image.kind === "features" || text.kind === "cbow" || config.imageHead !== "linear" || config.textHead !== "linear") {
    throw new Error(`open_clip has no model of ${image.kind} and ${text.kind} with ${config.imageHead} and ${config.textHead} heads; it has ViT or ResNet with a text transformer and linear heads.`);
  }
  const headWidth = (image.kind === "vit" ? image.width : image.width * 32) / image.heads;
  return {
    embed_dim: embedDim,
    quick_gelu: activation === "quickGelu",
    vision_cfg: {
      image_size: image.sizePx,
      layers: image.layers,
      width: image.width,
      head_width: headWidth,
      ...(image.kind === "vit" ? {patch_size: image.patchPx} : {})
    },
    text_cfg: {context_length: text.contextLength, vocab_size: text.vocabularySize, width: text.width, heads: text.heads, layers: text.layers}
  };
}
