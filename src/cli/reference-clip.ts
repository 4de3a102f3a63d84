/** Checks CLIP against a reference file: evaluation, losses, every gradient, and the parameters after some steps of AdamW. */
import {clipSpecs, createClip, figure3} from "../clip/clip.ts";
import type {Clip} from "../clip/clip.ts";
import {configFromJson} from "../clip/config.ts";
import type {Json} from "../clip/config.ts";
import {checkShapes} from "../clip/weights.ts";
import {disposeGradients, valueAndGradients} from "../tensor/gradients.ts";
import {seededRandom} from "../tensor/random.ts";
import type {SafetensorsFile} from "../tensor/safetensors.ts";
import * as tf from "../tensor/tf.ts";
import {createAdamW} from "../train/adamw.ts";
import type {AdamWOptions} from "../train/adamw.ts";
import {clampLogitScale} from "../train/logit-scale.ts";
import type {CompareOptions, Report} from "./reference-report.ts";

/**
 * Relative uncertainty of a reference gradient that came through batch norm. It subtracts a mean and divides by what is left, so
 * float32 sums in another order move activations by up to 1e-6; where one of them is that close to zero, the ReLU behind it lets
 * its gradient through in one sum and not in the other. clip-resnet-tiny holds two such activations (8.5e-7 and 1.4e-7 in float64)
 * among some 80,000, and agrees without this allowance because our sums are blocked; another file may be less lucky.
 */
const throughBatchNorm = 2e-3;

/** Key biases: adding one to every key changes no attention, so their gradient is zero; the reference holds float noise there. */
const keyBiasGradient = 1e-6;

export async function checkClip(file: SafetensorsFile, path: string, report: Report): Promise<void> {
  const config = configFromJson(jsonOf(file, "config", path));
  checkShapes(clipSpecs(config), parameterShapes(file), "openai", {name: path});
  const before = tf.memory().numTensors;
  const clip = createClip(config, {random: seededRandom(0), values: await section(file, "param/")});
  const {images, tokens} = await inputsOf(file);

  await checkEvaluation(clip, images, tokens, file, report);
  if (file.entries.has("train/loss_0")) await checkTraining(clip, images, tokens, file, report);

  tf.dispose([images, tokens]);
  clip.dispose();
  const left = tf.memory().numTensors - before;
  report.line(left === 0, "tensors left behind", String(left));
}

export function jsonOf(file: SafetensorsFile, key: string, path: string): Json {
  const text = file.metadata[key];
  if (text === undefined) throw new Error(`${path}: its __metadata__ has no "${key}"; expected the model's configuration as JSON`);
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new Error(`${path}: "${key}" of its __metadata__ is not JSON`);
  }
}

/** Shapes of the file's parameters by path. */
export function parameterShapes(file: SafetensorsFile): Map<string, number[]> {
  return new Map([...file.entries].filter(([name]) => name.startsWith("param/")).map(([name, {shape}]) => [name.slice("param/".length), shape]));
}

/** All float tensors whose name begins with a prefix, by the rest of the name. */
export async function section(file: SafetensorsFile, prefix: string): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for (const name of file.entries.keys()) {
    if (name.startsWith(prefix)) found.set(name.slice(prefix.length), Float32Array.from(await file.values(name)));
  }
  return found;
}

/** The images, channels last, and the tokens. */
export async function inputsOf(file: SafetensorsFile): Promise<{images: tf.Tensor4D; tokens: tf.Tensor2D}> {
  const pixels = await file.values("input/images_nchw");
  const ids = await file.values("input/tokens");
  const shape = (name: string) => file.entries.get(name)!.shape;
  const images = tf.tidy(() => tf.tensor(pixels, shape("input/images_nchw")).transpose<tf.Tensor4D>([0, 2, 3, 1])); // [n, h, w, 3]
  return {images, tokens: tf.tensor2d(Int32Array.from(ids), shape("input/tokens") as [number, number], "int32")};
}

async function checkEvaluation(clip: Clip, images: tf.Tensor4D, tokens: tf.Tensor2D, file: SafetensorsFile, report: Report): Promise<void> {
  const ours = tf.tidy(() => {
    const {logits, loss} = figure3(clip.figure3(), images, tokens);
    return {
      "eval/image_features": clip.encodeImage(images),
      "eval/text_features": clip.encodeText(tokens),
      "eval/logits_per_image": logits,
      "eval/logits_per_text": logits.transpose(),
      "eval/loss": loss
    } as Record<string, tf.Tensor>;
  });
  for (const [name, tensor] of Object.entries(ours)) {
    if (file.entries.has(name)) report.quantity(name, await tensor.data(), await file.values(name));
    tensor.dispose();
  }
}

async function checkTraining(clip: Clip, images: tf.Tensor4D, tokens: tf.Tensor2D, file: SafetensorsFile, report: Report): Promise<void> {
  const {parameters, config} = clip;
  const {learningRate, ...options} = optimizerOf(file.metadata["optimizer"] ?? "");
  const optimizer = createAdamW(parameters, options);
  let step = 0;
  for (; file.entries.has(`train/loss_${step}`); step++) {
    const {value, gradients} = valueAndGradients(() => clip.loss(images, tokens, {training: true}), parameters);
    report.quantity(`train/loss_${step}`, await value.data(), await file.values(`train/loss_${step}`));
    if (step === 0) await checkGradients(gradients, file, report, (path) => config.image.kind === "resnet" && path.startsWith("visual."));
    optimizer.update(gradients, learningRate);
    clampLogitScale(parameters);
    disposeGradients(gradients);
    value.dispose();
  }
  await checkParameters(clip, `after${step}/`, {furthest: step * learningRate, epsilon: options.epsilon!}, file, report);
  optimizer.dispose();
}

/** Compares every gradient of the file. `isNormed` tells which came through batch norm. */
export async function checkGradients(gradients: Map<string, tf.Tensor>, file: SafetensorsFile, report: Report, isNormed: (path: string) => boolean = () => false): Promise<void> {
  for (const [path, theirs] of await section(file, "grad/")) {
    const name = `grad/${path}`;
    const gradient = gradients.get(path);
    if (!gradient) {
      report.line(false, name, "we have no such gradient");
      continue;
    }
    const ours = await gradient.data() as Float32Array;
    const isKeyBias = keyBias(path, theirs.length);
    const uncertainty = isNormed(path) ? {at: (i: number) => throughBatchNorm * Math.abs(theirs[i]), because: "float32 through batch norm"} : undefined;
    // The positions of the key biases hold noise, and only that; everything else must agree.
    report.quantity(name, ours, theirs, {included: (i) => !isKeyBias(i), uncertainty});
    const noise = ours.reduce((largest, value, i) => (isKeyBias(i) ? Math.max(largest, Math.abs(value)) : largest), -1);
    if (noise >= 0) report.line(noise < keyBiasGradient, `${name} (key biases)`, `largest ${noise.toExponential(2)}; zero in exact arithmetic`);
  }
  const unchecked = [...gradients.keys()].filter((path) => !file.entries.has(`grad/${path}`));
  if (unchecked.length > 0) console.log(`note the file has no gradients of ${unchecked.join(", ")}`);
}

interface Steps {
  /** The summed learning rate: Adam moves nothing further, decay aside. */
  furthest: number;
  epsilon: number;
}

/**
 * How uncertain a parameter is after some steps because its reference gradient is. Adam divides a gradient by its own size, so
 * where that is small, noise becomes movement: at most the summed rate times noise / (|gradient| + epsilon). The noise of a
 * float32 gradient is taken as 1e-5 of its tensor's root mean square, a tenth of what the gradients are held to; measured
 * against float64, PyTorch's reaches 4e-6. This matters for a handful of elements among a hundred thousand.
 */
async function amplifiedNoise(file: SafetensorsFile, path: string, {furthest, epsilon}: Steps): Promise<CompareOptions["uncertainty"]> {
  if (!file.entries.has(`grad/${path}`)) return undefined;
  const gradient = await file.values(`grad/${path}`);
  let squares = 0;
  for (const value of gradient) squares += value * value;
  const noise = 1e-5 * Math.sqrt(squares / gradient.length);
  return {at: (i) => (gradient[i] === 0 ? 0 : (furthest * noise) / (Math.abs(gradient[i]) + epsilon)), because: "Adam amplifies the float noise of a gradient near zero"};
}

async function checkParameters({parameters}: Clip, prefix: string, run: Steps, file: SafetensorsFile, report: Report): Promise<void> {
  const {furthest} = run;
  for (const [path, theirs] of await section(file, prefix)) {
    const name = `${prefix}${path}`;
    const ours = await parameters.get(path).data() as Float32Array;
    const isKeyBias = keyBias(path, theirs.length);
    report.quantity(name, ours, theirs, {included: (i) => !isKeyBias(i), uncertainty: await amplifiedNoise(file, path, run)});
    const start = await file.values(`param/${path}`);
    const moved = ours.reduce((largest, value, i) => (isKeyBias(i) ? Math.max(largest, Math.abs(value - start[i])) : largest), -1);
    if (moved >= 0) report.line(moved <= furthest * 1.001, `${name} (key biases)`, `moved by ${moved.toExponential(2)}; at most the summed learning rate ${furthest}`);
  }
}

/** Whether an element of a parameter is a key's bias. */
export function keyBias(path: string, length: number): (index: number) => boolean {
  if (path.endsWith("attn.in_proj_bias")) return (i) => i >= length / 3 && i < (2 * length) / 3;
  if (path.endsWith("k_proj.bias")) return () => true;
  return () => false;
}

/** Reads "AdamW lr 1e-3, betas 0.9 0.98, eps 1e-6, weight decay 0.2 on ..."; what it leaves out is CLIP's. */
export function optimizerOf(words: string): AdamWOptions & {learningRate: number} {
  const after = (name: string) => {
    const found = new RegExp(`${name}\\s*[:=]?\\s*[([]?\\s*([-+.\\deE]+)(?:\\s*,?\\s+([-+.\\deE]+))?`).exec(words);
    return found ? [Number.parseFloat(found[1]), Number.parseFloat(found[2])] : [];
  };
  const [learningRate = 1e-3] = after("lr");
  const [beta1 = 0.9, beta2 = 0.98] = after("betas");
  const [epsilon = 1e-6] = after("eps");
  const [weightDecay = 0.2] = after("weight decay");
  return {learningRate, betas: [beta1, beta2], epsilon, weightDecay};
}
