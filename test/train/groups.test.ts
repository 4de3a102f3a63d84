import "@tensorflow/tfjs-backend-cpu";
import {beforeAll, expect, test} from "vitest";
import {clipSpecs, createClip} from "../../src/clip/clip.ts";
import {preset} from "../../src/clip/presets.ts";
import type {ClipConfig} from "../../src/clip/config.ts";
import {valueAndGradients, disposeGradients} from "../../src/tensor/gradients.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import * as tf from "../../src/tensor/tf.ts";
import {createAdamW} from "../../src/train/adamw.ts";
import {createAverage} from "../../src/train/average.ts";
import {layerDecay, matchesPath, parameterGroups} from "../../src/train/groups.ts";

beforeAll(() => tf.setBackend("cpu"));

test.each([
  ["visual", "visual.proj", true],
  ["visual", "visualise.proj", false],
  ["visual.proj", "visual.proj", true],
  ["visual.proj", "visual", false],
  ["*.resblocks.0", "transformer.resblocks.0.ln_1.weight", true],
  ["*.resblocks.0", "visual.transformer.resblocks.0.ln_1.weight", false],
  ["**.resblocks.0", "visual.transformer.resblocks.0.ln_1.weight", true],
  ["**.bias", "ln_final.bias", true],
  ["**.ln_*.weight", "visual.ln_pre.weight", true],
  ["**", "logit_scale", true],
  ["ln.final", "ln_final", false]
])("pattern %s and path %s: %s", (pattern, path, matches) => {
  expect(matchesPath(pattern, path)).toBe(matches);
});

test("later groups override earlier ones, and a pattern without a parameter is named", () => {
  const paths = [...clipSpecs(preset("vit-tiny")).keys()];
  const groups = parameterGroups([{pattern: "visual", learningRate: 0.1}, {pattern: "visual.proj", learningRate: 1, weightDecay: 0}, {pattern: "token_embedding", frozen: true}], paths);
  expect(groups.scaleOf("visual.ln_pre.weight")).toMatchObject({learningRate: 0.1, weightDecay: 1});
  expect(groups.scaleOf("visual.proj")).toMatchObject({learningRate: 1, weightDecay: 0});
  expect(groups.scaleOf("token_embedding.weight").learningRate).toBe(0);
  expect(groups.trained(paths)).not.toContain("token_embedding.weight");
  expect(() => parameterGroups([{pattern: "vision"}, {pattern: "visual"}], paths)).toThrow(/"vision";/);
});

test("layer-wise decay falls from the output to the input, tower by tower", () => {
  const paths = [...clipSpecs(preset("vit-tiny")).keys()];
  const rate = layerDecay(paths, 0.5);
  expect(["visual.proj", "visual.ln_post.bias", "visual.transformer.resblocks.3.ln_1.weight", "visual.transformer.resblocks.0.ln_1.weight", "visual.conv1.weight", "visual.ln_pre.weight"].map(rate)).toEqual([1, 1, 0.5, 0.0625, 0.03125, 0.03125]);
  expect(["text_projection", "ln_final.weight", "transformer.resblocks.1.mlp.c_fc.weight", "token_embedding.weight", "positional_embedding", "logit_scale"].map(rate)).toEqual([1, 1, 0.5, 0.125, 0.125, 1]);
  const resnet = layerDecay([...clipSpecs(preset("resnet-tiny")).keys()], 0.5);
  expect(["visual.attnpool.c_proj.weight", "visual.layer4.0.conv1.weight", "visual.layer1.0.conv1.weight", "visual.bn2.bias"].map(resnet)).toEqual([1, 0.5, 0.0625, 0.03125]);
  expect(parameterGroups([], paths, rate).scaleOf("visual.conv1.weight").learningRate).toBe(0.03125);
});

const small: ClipConfig = {
  embedDim: 8, activation: "quickGelu", imageHead: "linear", textHead: "linear", headDropout: 0,
  image: {kind: "resnet", sizePx: 32, width: 4, layers: [1, 1, 1, 1], heads: 2},
  text: {kind: "cbow", contextLength: 4, vocabularySize: 10, width: 8}
};

test("a locked tower keeps its parameters and its batch norms' statistics, while the rest learns", async () => {
  const clip = createClip(small, {random: seededRandom(1)});
  const {parameters} = clip;
  const groups = parameterGroups([{pattern: "visual", frozen: true}, {pattern: "visual.attnpool.c_proj", frozen: false}], parameters.paths());
  const values = async () => Object.fromEntries(await Promise.all(parameters.paths().map(async (path) => [path, [...(await parameters.get(path).data())]])));
  const start = await values();
  const optimizer = createAdamW(parameters);
  const images = tf.randomNormal([4, 32, 32, 3], 0, 1, "float32", 1);
  const tokens = tf.tensor2d([[8, 1, 9, 0], [8, 2, 9, 0], [8, 3, 9, 0], [8, 4, 9, 0]], [4, 4], "int32");
  const trained = groups.trained(parameters.paths().filter((path) => !parameters.isBuffer(path)));
  const {value, gradients} = valueAndGradients(() => clip.loss(images, tokens, {training: true, frozen: groups.frozen}), parameters, trained);
  expect([...gradients.keys()].filter((path) => path.startsWith("visual.")).sort()).toEqual(["visual.attnpool.c_proj.bias", "visual.attnpool.c_proj.weight"]);
  optimizer.update(gradients, 0.1, groups.scaleOf);
  const end = await values();
  for (const path of parameters.paths()) {
    if (groups.frozen(path)) expect(end[path], path).toEqual(start[path]);
  }
  expect(end["visual.attnpool.c_proj.weight"]).not.toEqual(start["visual.attnpool.c_proj.weight"]);
  expect(end["token_embedding.weight"]).not.toEqual(start["token_embedding.weight"]);

  // Unlocked, the same step moves the statistics.
  clip.loss(images, tokens, {training: true}).dispose();
  expect((await values())["visual.bn1.running_mean"]).not.toEqual(start["visual.bn1.running_mean"]);
  disposeGradients(gradients);
  tf.dispose([value, images, tokens]);
  optimizer.dispose();
  clip.dispose();
});

test("the moving average follows the parameters, stands in for them, and goes again", async () => {
  const before = tf.memory().numTensors;
  const clip = createClip({...small, image: {kind: "features", width: 6}}, {random: seededRandom(1)});
  const {parameters} = clip;
  const first = await parameters.get("visual.proj").data();
  const average = createAverage(parameters, {decay: 0.75});
  const second = Float32Array.from(first, (x) => x + 1);
  parameters.set("visual.proj", second);
  average.update();
  average.update();
  const expected = Array.from(first, (x) => x * 0.75 ** 2 + (x + 1) * (1 - 0.75 ** 2));
  const during = average.during(() => parameters.get("visual.proj").dataSync());
  during.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
  expect(await parameters.get("visual.proj").data()).toEqual(second);
  expect(() => average.during(() => { throw new Error("inside"); })).toThrow("inside");
  expect(await parameters.get("visual.proj").data()).toEqual(second);
  average.dispose();
  clip.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
