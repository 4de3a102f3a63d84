/** The models that go by a name: five of our own, small enough for a browser tab, the nine that OpenAI published, and a small CoCa. */
import type {CocaConfig} from "./coca.ts";
import {checkConfig} from "./config.ts";
import type {ClipConfig, ImageConfig, TextConfig, TextTransformerConfig} from "./config.ts";

const tinyText: TextTransformerConfig = {kind: "transformer", contextLength: 24, vocabularySize: 512, width: 128, heads: 4, layers: 2};

function vit(sizePx: number, patchPx: number, width: number, layers: number, heads = width / 64): ImageConfig {
  return {kind: "vit", sizePx, patchPx, width, layers, heads};
}

function resnet(sizePx: number, width: number, layers: [number, number, number, number]): ImageConfig {
  return {kind: "resnet", sizePx, width, layers, heads: (width * 32) / 64};
}

function text(width: number, layers = 12): TextConfig {
  return {kind: "transformer", contextLength: 77, vocabularySize: 49408, width, heads: width / 64, layers};
}

function clip(embedDim: number, image: ImageConfig, textTower: TextConfig): ClipConfig {
  return {embedDim, image, text: textTower, activation: "quickGelu", imageHead: "linear", textHead: "linear", headDropout: 0};
}

const table: Record<string, ClipConfig> = {
  "vit-tiny": clip(64, vit(32, 8, 128, 4), tinyText),
  "vit-small": clip(128, vit(64, 8, 128, 4), {kind: "transformer", contextLength: 32, vocabularySize: 4096, width: 128, heads: 4, layers: 4}),
  "resnet-tiny": clip(64, resnet(32, 16, [1, 1, 1, 1]), tinyText),
  "cbow-tiny": clip(64, vit(32, 8, 128, 4), {kind: "cbow", contextLength: 24, vocabularySize: 512, width: 128}),
  // For a locked image tower on a few thousand photos: room for their words, and no more depth than these can teach.
  "lit-small": clip(256, vit(64, 8, 128, 4), {kind: "transformer", contextLength: 24, vocabularySize: 2048, width: 128, heads: 4, layers: 2}),
  "ViT-B/32": clip(512, vit(224, 32, 768, 12), text(512)),
  "ViT-B/16": clip(512, vit(224, 16, 768, 12), text(512)),
  "ViT-L/14": clip(768, vit(224, 14, 1024, 24), text(768)),
  "ViT-L/14@336px": clip(768, vit(336, 14, 1024, 24), text(768)),
  RN50: clip(1024, resnet(224, 64, [3, 4, 6, 3]), text(512)),
  RN101: clip(512, resnet(224, 64, [3, 4, 23, 3]), text(512)),
  RN50x4: clip(640, resnet(288, 80, [4, 6, 10, 6]), text(640)),
  RN50x16: clip(768, resnet(384, 96, [6, 8, 18, 8]), text(768)),
  RN50x64: clip(1024, resnet(448, 128, [3, 15, 36, 10]), text(1024))
};

const cocaTable: Record<string, CocaConfig> = {
  "coca-tiny": {
    embedDim: 128,
    activation: "gelu",
    image: {kind: "vit", sizePx: 32, patchPx: 8, width: 128, layers: 4, heads: 2, poolerHeads: 4, poolerQueries: 17},
    text: {...tinyText, padId: 0},
    decoder: {width: 128, heads: 4, layers: 2, vocabularySize: 512},
    captionWeight: 2,
    imageHead: "linear",
    textHead: "linear",
    headDropout: 0
  }
};

export const cocaPresetNames: readonly string[] = Object.keys(cocaTable);

/** A copy of a named CoCa's configuration, free to be changed. Throws an Error that lists the names where there is none such. */
export function cocaPreset(name: string): CocaConfig {
  if (!Object.hasOwn(cocaTable, name)) throw new Error(`There is no CoCa preset "${name}"; there is ${cocaPresetNames.join(", ")}.`);
  return structuredClone(cocaTable[name]);
}

export const presetNames: readonly string[] = Object.keys(table);

/** A copy of a named configuration, free to be changed. Throws an Error that lists the names where there is none such. */
export function preset(name: string): ClipConfig {
  if (!Object.hasOwn(table, name)) throw new Error(`There is no preset "${name}"; there are ${presetNames.join(", ")}.`);
  return checkConfig(structuredClone(table[name]));
}
