import {expect, test} from "vitest";
import {clipSpecs, startingLogitScaleLog} from "../../src/clip/clip.ts";
import {preset} from "../../src/clip/presets.ts";
import {startingValues} from "../../src/tensor/parameters.ts";
import {seededRandom} from "../../src/tensor/random.ts";

const vit = clipSpecs(preset("ViT-B/32"));
const resnet = clipSpecs(preset("RN50"));

/** Mean and standard deviation of a parameter's starting values; of its first 200,000, which is wide enough. */
function moments(specs: typeof vit, path: string): {mean: number; std: number; values: Float32Array} {
  const {shape, start} = specs.get(path)!;
  const count = Math.min(200_000, shape.reduce((a, b) => a * b, 1));
  const values = startingValues(path, {shape: [count], start}, seededRandom(11));
  const mean = values.reduce((sum, x) => sum + x, 0) / count;
  return {mean, std: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count), values};
}

// Width 512 and 12 layers in the text tower, 768 in the image tower; OpenAI's initialize_parameters.
const layers = 12;
test.each([
  ["token_embedding.weight", 0.02],
  ["positional_embedding", 0.01],
  ["transformer.resblocks.3.attn.in_proj_weight", 512 ** -0.5],
  ["transformer.resblocks.3.attn.out_proj.weight", 512 ** -0.5 * (2 * layers) ** -0.5],
  ["transformer.resblocks.3.mlp.c_fc.weight", (2 * 512) ** -0.5],
  ["transformer.resblocks.3.mlp.c_proj.weight", 512 ** -0.5 * (2 * layers) ** -0.5],
  ["text_projection", 512 ** -0.5],
  ["visual.positional_embedding", 768 ** -0.5],
  ["visual.proj", 768 ** -0.5],
  // PyTorch's own: Xavier for packed attention, uniform within the inverse root of the inputs (a third of the variance) elsewhere.
  ["visual.transformer.resblocks.0.attn.in_proj_weight", (2 * 768) ** -0.5],
  ["visual.transformer.resblocks.0.mlp.c_proj.weight", (3 * 3072) ** -0.5],
  ["visual.conv1.weight", (3 * 3 * 32 * 32) ** -0.5]
])("ViT-B/32 %s starts with the standard deviation %f around 0", (path, expected) => {
  const {mean, std, values} = moments(vit, path);
  expect(std / expected).toBeCloseTo(1, 1);
  expect(Math.abs(std / expected - 1)).toBeLessThan(5 / Math.sqrt(2 * values.length));
  expect(Math.abs(mean)).toBeLessThan((5 * expected) / Math.sqrt(values.length));
});

test("the ResNet's attention pool is normal by its inputs, and every bottleneck starts as the identity", () => {
  expect(moments(resnet, "visual.attnpool.q_proj.weight").std / 2048 ** -0.5).toBeCloseTo(1, 1);
  for (const path of resnet.keys()) {
    if (/^visual\.layer.*bn3\.weight$/.test(path)) expect(resnet.get(path)!.start, path).toEqual({constant: 0});
  }
  expect(resnet.get("visual.bn3.weight")!.start).toEqual({constant: 1});
});

test("the logit scale starts at 1 / 0.07", () => {
  expect(vit.get("logit_scale")!.start).toEqual({constant: startingLogitScaleLog});
  expect(Math.exp(startingLogitScaleLog)).toBeCloseTo(1 / 0.07, 10);
});

test("a seed gives the same start, another a different one, and parameters do not depend on one another", () => {
  const spec = {shape: [50], start: {normal: 1}};
  expect(startingValues("a", spec, seededRandom(1))).toEqual(startingValues("a", spec, seededRandom(1)));
  expect(startingValues("a", spec, seededRandom(1))).not.toEqual(startingValues("a", spec, seededRandom(2)));
  const random = seededRandom(1);
  startingValues("b", spec, random);
  expect(startingValues("a", spec, random)).toEqual(startingValues("a", spec, seededRandom(1)));
});
