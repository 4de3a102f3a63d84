import "@tensorflow/tfjs-backend-cpu";
import {beforeAll, describe, expect, test} from "vitest";
import {clipSpecs} from "../../src/clip/clip.ts";
import {checkConfig} from "../../src/clip/config.ts";
import type {ClipConfig} from "../../src/clip/config.ts";
import type {Layout} from "../../src/clip/layouts.ts";
import {preset} from "../../src/clip/presets.ts";
import {resizePositions} from "../../src/clip/positions.ts";
import {readWeights, weightMetadata, weightTensors} from "../../src/clip/weights.ts";
import {startingValues} from "../../src/tensor/parameters.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import {bytesSource, openSafetensors, safetensorsBytes} from "../../src/tensor/safetensors.ts";
import type {SafetensorsFile, TensorToWrite} from "../../src/tensor/safetensors.ts";
import * as tf from "../../src/tensor/tf.ts";
import {expectSameValues} from "../same-values.ts";

beforeAll(() => tf.setBackend("cpu"));

/** Projections that are not square: 128 to 24 and 64 to 24. */
const vit = checkConfig({
  embedDim: 24, activation: "quickGelu", imageHead: "linear", textHead: "linear", headDropout: 0,
  image: {kind: "vit", sizePx: 16, patchPx: 4, width: 128, heads: 2, layers: 2},
  text: {kind: "transformer", contextLength: 7, vocabularySize: 11, width: 64, heads: 1, layers: 1}
});
const resnet: ClipConfig = {...vit, image: {kind: "resnet", sizePx: 64, width: 8, layers: [1, 2, 1, 1], heads: 4}};

function randomValues(config: ClipConfig): Map<string, Float32Array> {
  const random = seededRandom(5);
  return new Map([...clipSpecs(config)].map(([path, spec]) => [path, startingValues(path, {...spec, start: {normal: 1}}, random)]));
}

async function fileOf(tensors: TensorToWrite[], metadata: Record<string, string> = {}): Promise<SafetensorsFile> {
  return openSafetensors(bytesSource(await safetensorsBytes(tensors, metadata)));
}

test.each<[Layout, string, ClipConfig]>([["openai", "ViT", vit], ["openai", "ResNet", resnet], ["openClipCustomText", "ViT", vit], ["huggingFace", "ViT", vit]])("%s, %s: what is written comes back exactly, configuration and all", async (layout, _, config) => {
  const values = randomValues(config);
  const file = await fileOf(weightTensors(config, (path) => values.get(path)!, {layout}));
  const read = await readWeights(file);
  expect(read.layout).toBe(layout);
  expect(read.config).toEqual(config);
  expect([...read.values.keys()]).toEqual([...values.keys()]);
  for (const [path, expected] of values) expectSameValues(read.values.get(path), expected, {of: path});
  expect(read.notes).toEqual([]);
});

test("from one layout through another and back is exact", async () => {
  const values = randomValues(vit);
  const first = await readWeights(await fileOf(weightTensors(vit, (path) => values.get(path)!, {layout: "huggingFace"})));
  const second = await readWeights(await fileOf(weightTensors(vit, (path) => first.values.get(path)!, {layout: "openai"}), weightMetadata(vit)));
  for (const [path, expected] of values) expectSameValues(second.values.get(path), expected, {of: path});
});

test("Hugging Face's projections are transposed, and its attention is in three", async () => {
  const values = randomValues(vit);
  const file = await fileOf(weightTensors(vit, (path) => values.get(path)!, {layout: "huggingFace"}));
  expect(file.entries.get("visual_projection.weight")!.shape).toEqual([24, 128]);
  expect((await file.values("visual_projection.weight"))[5 * 128 + 3]).toBe(values.get("visual.proj")![3 * 24 + 5]);
  const packed = values.get("visual.transformer.resblocks.1.attn.in_proj_weight")!;
  expect(await file.values("vision_model.encoder.layers.1.self_attn.v_proj.weight")).toEqual(packed.slice(2 * 128 * 128));
});

test("the published models have as many tensors as OpenAI and Hugging Face published", () => {
  const count = (layout: Layout) => weightTensors(preset("ViT-B/32"), () => new Float32Array(), {layout}).length;
  expect([count("openai"), count("huggingFace")]).toEqual([302, 398]);
});

test("half floats and old bookkeeping are read", async () => {
  const values = randomValues(vit);
  const tensors = weightTensors(vit, (path) => values.get(path)!, {layout: "huggingFace", dtype: "F16"});
  tensors.push({name: "text_model.embeddings.position_ids", dtype: "I64", shape: [1, 7], values: () => [0, 1, 2, 3, 4, 5, 6]});
  const read = await readWeights(await fileOf(tensors));
  for (const [path, expected] of values) expectSameValues(read.values.get(path), expected, {of: path, within: (value) => 2 ** -11 * Math.abs(value) + 2 ** -24});
});

describe("a checkpoint that does not fit", () => {
  const values = randomValues(vit);
  test("names every missing, extra and misshapen tensor with its shapes", async () => {
    const tensors = weightTensors(vit, (path) => values.get(path)!).filter(({name}) => name !== "visual.proj" && name !== "ln_final.bias");
    tensors.push({name: "surplus.weight", dtype: "F32", shape: [2, 2], values: () => [1, 2, 3, 4]});
    const wide = tensors.findIndex(({name}) => name === "token_embedding.weight");
    tensors[wide] = {name: "token_embedding.weight", dtype: "F32", shape: [3, 4], values: () => new Float32Array(12)};
    const reading = readWeights(await fileOf(tensors), {config: vit, name: "bad.safetensors"});
    await expect(reading).rejects.toThrow(/^bad\.safetensors does not fit/);
    await expect(reading).rejects.toThrow(/missing: visual\.proj \[128,24\], ln_final\.bias \[64\];/);
    await expect(reading).rejects.toThrow(/misshapen: token_embedding\.weight is \[3,4\], expected \[11,64\];/);
    await expect(reading).rejects.toThrow(/extra: surplus\.weight \[2,2\]\./);
  });

  test("without a configuration says what it cannot recognise", async () => {
    await expect(readWeights(await fileOf([{name: "a", dtype: "F32", shape: [1], values: () => [1]}]))).rejects.toThrow(/no "positional_embedding"/);
  });

  test("Hugging Face has no ResNets", () => {
    expect(() => weightTensors(resnet, () => new Float32Array(), {layout: "huggingFace"})).toThrow(/no place for "visual\.conv2\.weight"|no place for/);
  });
});

describe("position embeddings of another image size", () => {
  test("are resized on reading, and it is said", async () => {
    const values = randomValues(vit);
    const larger: ClipConfig = {...vit, image: {...vit.image, sizePx: 24} as ClipConfig["image"]};
    const {values: read, notes} = await readWeights(await fileOf(weightTensors(vit, (path) => values.get(path)!)), {config: larger});
    expect(read.get("visual.positional_embedding")!.length).toBe((1 + 36) * 128);
    expect(read.get("visual.positional_embedding")!.slice(0, 128)).toEqual(values.get("visual.positional_embedding")!.slice(0, 128));
    expect(notes).toEqual([expect.stringMatching(/4 x 4 to 6 x 6/)]);
  });

  test("a smooth grid stays what it was: constants exactly, a slope within its edges", () => {
    const side = 8;
    const slope = Float32Array.from({length: (1 + side * side) * 2}, (_, i) => (i < 2 ? 99 : i % 2 === 0 ? 3 : (((i - 2) / 2) | 0) % side));
    const resized = resizePositions(slope, {from: 65, to: 257, width: 2});
    expect([...resized.slice(0, 2)]).toEqual([99, 99]);
    for (let y = 4; y < 12; y++) {
      for (let x = 4; x < 12; x++) {
        const at = 2 + (y * 16 + x) * 2;
        expect(resized[at]).toBeCloseTo(3, 5);
        expect(resized[at + 1]).toBeCloseTo((x + 0.5) / 2 - 0.5, 1);
      }
    }
  });

  test("halving is Pillow's: taps of a widened kernel that sum to 1", () => {
    const impulse = new Float32Array(1 + 16 * 16).fill(0);
    impulse[1 + 7 * 16 + 7] = 1;
    const resized = resizePositions(impulse, {from: 257, to: 65, width: 1});
    // cubic((7.5 - 7) / 2) etc., a = -1/2, over the sum of the eight taps (2, exactly).
    const cubic = (x: number) => (x < 1 ? 1.5 * x ** 3 - 2.5 * x ** 2 + 1 : -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2);
    expect(resized[1 + 3 * 8 + 3]).toBeCloseTo((cubic(0.25) / 2) ** 2, 5);
    expect(resized[1 + 4 * 8 + 3]).toBeCloseTo((cubic(0.25) / 2) * (cubic(0.75) / 2), 5);
    expect(resized[1 + 2 * 8 + 3]).toBeCloseTo((cubic(0.25) / 2) * (cubic(1.25) / 2), 5);
  });

  test("what is no square grid is refused", () => {
    expect(() => resizePositions(new Float32Array(6), {from: 6, to: 5, width: 1})).toThrow(/square grid/);
  });
});
