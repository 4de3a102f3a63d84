/** Small CLIPs as others publish them, of random weights, and a hub that has them. */
import {repository} from "../../src/cli/bench/random-models.ts";
import type {ClipConfig} from "../../src/clip/config.ts";
import type {Tokenizer} from "../../src/clip/tokenizer.ts";
import {trainTokenizer} from "../../src/clip/train-tokenizer.ts";
import {postcards} from "../../src/data/index.ts";
import {startHub} from "./hub.ts";
import type {Hub} from "./hub.ts";

export const cards = postcards({count: 40, seed: 2, sizePx: 32});
export const tokenizer: Tokenizer = trainTokenizer(cards.captions.flat(), {vocabularySize: 200, contextLength: 20});
export const vit: ClipConfig = {
  embedDim: 24, activation: "quickGelu", imageHead: "linear", textHead: "linear", headDropout: 0,
  image: {kind: "vit", sizePx: 32, patchPx: 8, width: 128, heads: 2, layers: 2},
  text: {kind: "transformer", contextLength: 20, vocabularySize: tokenizer.vocabularySize, width: 64, heads: 1, layers: 2}
};
export const resnet: ClipConfig = {...vit, image: {kind: "resnet", sizePx: 32, width: 8, layers: [1, 1, 1, 1], heads: 4}};
export const published = {huggingFace: {layout: "huggingFace", dtype: "F32"}, openClip: {layout: "openai", dtype: "F16"}, customText: {layout: "openClipCustomText", dtype: "BF16"}} as const;

/** The caller closes it. */
export async function publishedHub(): Promise<Hub> {
  return startHub({
    "some/vit": await repository(vit, published.huggingFace, tokenizer),
    "some/vit-open-clip": await repository(vit, published.openClip, tokenizer),
    "some/vit-custom-text": await repository(vit, published.customText, tokenizer),
    "some/resnet": await repository(resnet, published.openClip, tokenizer),
    "some/exact-gelu": await repository({...vit, activation: "gelu"}, published.huggingFace, tokenizer)
  });
}
