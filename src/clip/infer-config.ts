/** A configuration from the shapes of a file's tensors, as OpenAI's loader does it: one head for every 64 channels, QuickGELU. */
import {checkConfig} from "./config.ts";
import type {ClipConfig, ImageConfig} from "./config.ts";
import {sourcesOf} from "./layouts.ts";
import type {Layout} from "./layouts.ts";

type Shapes = ReadonlyMap<string, readonly number[]>;

/** Throws an Error naming the file and the tensor that is missing where it is no CLIP. */
export function inferConfig(shapes: Shapes, layout: Layout, file = "checkpoint"): ClipConfig {
  const shapeOf = (path: string) => {
    const {name} = sourcesOf(path, layout)[0];
    const shape = shapes.get(name);
    if (!shape) throw new Error(`${file} is no CLIP that can be recognised by its shapes: it has no "${name}". Give its configuration.`);
    return shape;
  };
  const count = (pattern: RegExp) => new Set([...shapes.keys()].map((name) => pattern.exec(name)?.[1]).filter((index) => index !== undefined)).size;
  const isResNet = shapes.has("visual.layer1.0.conv1.weight");
  const [contextLength, textWidth] = shapeOf("positional_embedding");
  const [, projected] = shapeOf("text_projection");
  return checkConfig({
    embedDim: layout === "huggingFace" ? shapeOf("text_projection")[0] : projected,
    image: isResNet ? resNet(shapeOf, count) : visionTransformer(shapeOf, count, layout),
    text: {
      kind: "transformer",
      contextLength,
      vocabularySize: shapeOf("token_embedding.weight")[0],
      width: textWidth,
      heads: Math.max(1, Math.floor(textWidth / 64)),
      layers: count(layout === "huggingFace" ? /^text_model\.encoder\.layers\.(\d+)\./ : /^(?:text\.)?transformer\.resblocks\.(\d+)\./)
    },
    activation: "quickGelu",
    imageHead: "linear",
    textHead: "linear",
    headDropout: 0
  }, file);
}

function visionTransformer(shapeOf: (path: string) => readonly number[], count: (pattern: RegExp) => number, layout: Layout): ImageConfig {
  const [width, , patchPx] = shapeOf("visual.conv1.weight");
  const grid = Math.sqrt(shapeOf("visual.positional_embedding")[0] - 1);
  const layers = count(layout === "huggingFace" ? /^vision_model\.encoder\.layers\.(\d+)\./ : /^visual\.transformer\.resblocks\.(\d+)\./);
  return {kind: "vit", sizePx: grid * patchPx, patchPx, width, layers, heads: Math.max(1, Math.floor(width / 64))};
}

function resNet(shapeOf: (path: string) => readonly number[], count: (pattern: RegExp) => number): ImageConfig {
  const [width] = shapeOf("visual.layer1.0.conv1.weight");
  const layers = [1, 2, 3, 4].map((stage) => count(new RegExp(`^visual\\.layer${stage}\\.(\\d+)\\.`))) as [number, number, number, number];
  const sizePx = Math.sqrt(shapeOf("visual.attnpool.positional_embedding")[0] - 1) * 32;
  return {kind: "resnet", sizePx, width, layers, heads: Math.max(1, Math.floor((width * 32) / 64))};
}
