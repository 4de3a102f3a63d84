import {expect, test} from "vitest";
import {clipSpecs, parameterCount} from "../../src/clip/clip.ts";
import {configFromJson, configToOpenClip} from "../../src/clip/config.ts";
import {preset, presetNames} from "../../src/clip/presets.ts";
import * as tf from "../../src/tensor/tf.ts";

// Counts of OpenAI's published weights, running statistics left out.
test.each([
  ["ViT-B/32", 151_277_313],
  ["ViT-B/16", 149_620_737],
  ["ViT-L/14", 427_616_513],
  ["ViT-L/14@336px", 427_944_193],
  ["RN50", 102_007_137],
  ["RN101", 119_688_033],
  ["RN50x4", 178_300_601],
  ["RN50x16", 290_979_217],
  ["RN50x64", 623_258_305]
])("%s has %i parameters", (name, count) => {
  expect(parameterCount(preset(name))).toBe(count);
});

test("counting allocates nothing: it works where there is no backend to allocate on", () => {
  expect(() => tf.zeros([1])).toThrow(/No backend/);
  for (const name of presetNames) expect(parameterCount(preset(name))).toBeGreaterThan(0);
});

test("an unknown preset lists the known ones", () => {
  expect(() => preset("ViT-B/33")).toThrow(/"ViT-B\/33".*vit-tiny.*ViT-B\/32.*RN50x64/);
  expect(() => preset("toString")).toThrow(/no preset/);
});

test("a preset is a copy", () => {
  preset("vit-tiny").embedDim = 1;
  expect(preset("vit-tiny").embedDim).toBe(64);
});

test.each(presetNames.filter((name) => name !== "cbow-tiny"))("%s comes back from open_clip's form", (name) => {
  const config = preset(name);
  expect(configFromJson(configToOpenClip(config))).toEqual(config);
});

test("open_clip has no CBOW", () => {
  expect(() => configToOpenClip(preset("cbow-tiny"))).toThrow(/cbow/);
});

test("a file of open_clip that leaves quick_gelu out means exact GELU; OpenAI's means QuickGELU", () => {
  const openClip = {embed_dim: 512, vision_cfg: {image_size: 224, layers: 12, width: 768, patch_size: 32}, text_cfg: {}};
  expect(configFromJson(openClip).activation).toBe("gelu");
  expect(configFromJson({...openClip, quick_gelu: true})).toEqual(preset("ViT-B/32"));
  const openAi = {embed_dim: 512, image_resolution: 224, vision_layers: 12, vision_width: 768, vision_patch_size: 32, context_length: 77, vocab_size: 49408, transformer_width: 512, transformer_heads: 8, transformer_layers: 12};
  expect(configFromJson(openAi)).toEqual(preset("ViT-B/32"));
});

test("a configuration that cannot be names every field", () => {
  const config = preset("vit-tiny");
  const broken = {...config, embedDim: 0, text: {...config.text, heads: 3}};
  expect(() => configFromJson({embed_dim: "512"})).toThrow(/vision_width/);
  expect(() => configFromJson({...configToOpenClip(config), embed_dim: 0, text_cfg: {...(configToOpenClip(config).text_cfg as object), heads: 3}})).toThrow(/embedDim is 0.*text\.width 128 is not a multiple of text\.heads 3/);
  expect(clipSpecs(broken).size).toBeGreaterThan(0);
});
