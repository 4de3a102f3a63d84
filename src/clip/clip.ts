/**
 * CLIP (Radford et al. 2021): two towers, one space, a symmetric loss. `figure3` is the paper's figure 3, line by line; the rest
 * makes a model that it can be called on. The towers are in vision-transformer.ts, modified-resnet.ts and text-towers.ts.
 */
import {contrastiveLoss, l2Normalize} from "../kernels/index.ts";
import {countParameters, createParameters} from "../tensor/parameters.ts";
import type {Parameters, ParameterSpecs} from "../tensor/parameters.ts";
import type {Random} from "../tensor/random.ts";
import * as tf from "../tensor/tf.ts";
import {checkConfig} from "./config.ts";
import type {ClipConfig} from "./config.ts";
import {dot, headSpecs, projectionOf} from "./heads.ts";
import type {Head, Mode, Projection} from "./heads.ts";
import {crossEntropy} from "./losses.ts";
import {modifiedResNet, modifiedResNetSpecs} from "./modified-resnet.ts";
import {textTower, textTowerSpecs} from "./text-towers.ts";
import {visionTransformer, visionTransformerSpecs} from "./vision-transformer.ts";
import type {NextToken} from "./write-captions.ts";

/** What figure 3 is given: `I` and `T` are minibatches of aligned images and texts. */
export interface Figure3 {
  image_encoder: (I: tf.Tensor) => tf.Tensor2D;
  text_encoder: (T: tf.Tensor2D) => tf.Tensor2D;
  /** [d_i, d_e]: learned projection of images to the joint space. */
  W_i: Projection;
  /** [d_t, d_e]: learned projection of texts to the joint space. */
  W_t: Projection;
  /** Learned temperature parameter: a log scale. */
  t: tf.Tensor;
}

/** The paper's figure 3, each of its lines one of ours, every value by its name. */
export function figure3({image_encoder, text_encoder, W_i, W_t, t}: Figure3, I: tf.Tensor, T: tf.Tensor2D) {
  // extract feature representations of each modality
  const I_f = image_encoder(I);                                         // [n, d_i]
  const T_f = text_encoder(T);                                          // [n, d_t]

  // joint multimodal embedding
  const I_e = l2Normalize(dot(I_f, W_i)) as tf.Tensor2D;                // [n, d_e]
  const T_e = l2Normalize(dot(T_f, W_t)) as tf.Tensor2D;                // [n, d_e]

  // scaled pairwise cosine similarities
  const logits = I_e.matMul<tf.Tensor2D>(T_e, false, true).mul<tf.Tensor2D>(t.exp()); // [n, n]

  // symmetric loss function
  const labels = tf.range(0, logits.shape[0], 1, "int32");              // [n]
  const loss_i = crossEntropy(logits, labels, {over: "captions"});      // rows: which caption for this image?
  const loss_t = crossEntropy(logits, labels, {over: "images"});        // columns: which image for this caption?
  const loss = loss_i.add<tf.Scalar>(loss_t).div<tf.Scalar>(2);

  return {I_f, T_f, I_e, T_e, logits, labels, loss_i, loss_t, loss};
}

/** The logit scale starts at 1 / 0.07, and is kept in its logarithm. */
export const startingLogitScaleLog = Math.log(1 / 0.07);

/** Shapes and starts of every parameter, in a fixed order. Allocates nothing. */
export function clipSpecs(config: ClipConfig): ParameterSpecs {
  const specs: ParameterSpecs = new Map();
  specs.set("logit_scale", {shape: [], start: {constant: startingLogitScaleLog}});
  if (config.image.kind === "vit") visionTransformerSpecs(specs, config.image);
  if (config.image.kind === "resnet") modifiedResNetSpecs(specs, config.image);
  headSpecs(specs, "image", config);
  textTowerSpecs(specs, config.text);
  headSpecs(specs, "text", config);
  return specs;
}

/** Number of trained parameters of a configuration, from its shapes. */
export function parameterCount(config: ClipConfig): number {
  return countParameters(clipSpecs(config));
}

export interface Clip {
  config: ClipConfig;
  parameters: Parameters;
  /** Normalised images [n, side, side, 3] (or features [n, width], where a locked tower made them) to [n, embedDim], not of length 1. */
  encodeImage(images: tf.Tensor, mode?: Mode): tf.Tensor2D;
  /** Token ids [n, contextLength], int32, to [n, embedDim], not of length 1. */
  encodeText(tokens: tf.Tensor2D, mode?: Mode): tf.Tensor2D;
  /** Both, of length 1: I_e and T_e, each [n, embedDim]. */
  embed(images: tf.Tensor, tokens: tf.Tensor2D, mode?: Mode): {I_e: tf.Tensor2D; T_e: tf.Tensor2D};
  /** The symmetric loss of n pairs, fused; the same number as figure 3's. */
  loss(images: tf.Tensor, tokens: tf.Tensor2D, mode?: Mode): tf.Scalar;
  /** In place of the contrastive loss while training, where the model has more to learn: CoCa's captions. */
  trainingLoss?(images: tf.Tensor, tokens: tf.Tensor2D): tf.Scalar;
  /** Looks at images once, for a model that can write; `next` then tells what follows a draft about them, and `dispose` frees what was seen. */
  startCaptions?(images: tf.Tensor): {next: NextToken; dispose(): void};
  /** This model's parts, as figure 3 wants them. */
  figure3(mode?: Mode): Figure3;
  dispose(): void;
}

export interface ClipOptions {
  /** Draws the starting values; not used for parameters that are given. */
  random: Random;
  /** Values by path, such as a checkpoint's; what is missing starts from `random`. */
  values?: ReadonlyMap<string, Float32Array>;
  /** All parameters ready-made, such as a large model's (load-clip.ts); the model disposes them. */
  parameters?: Parameters;
  /** In place of the configured heads. They may use any parameter, and see features before the projection. */
  imageHead?: (features: tf.Tensor2D, parameters: Parameters, mode: Mode) => tf.Tensor2D;
  textHead?: (features: tf.Tensor2D, parameters: Parameters, mode: Mode) => tf.Tensor2D;
}

/** A CLIP with parameters of its own, which `dispose` frees. Its methods make tensors: call them inside `tf.tidy`. */
export function createClip(config: ClipConfig, {random, values, parameters: given, imageHead, textHead}: ClipOptions): Clip {
  checkConfig(config);
  const parameters = given ?? createParameters(clipSpecs(config), {random, values});
  const custom = (head: ClipOptions["imageHead"]): Head | undefined => head && ((features, mode) => head(features, parameters, mode));
  const W_i = () => custom(imageHead) ?? projectionOf("image", config, parameters);
  const W_t = () => custom(textHead) ?? projectionOf("text", config, parameters);

  const imageFeatures = (images: tf.Tensor, mode: Mode) => imageTower(images, parameters, config, mode);
  const textFeatures = (tokens: tf.Tensor2D) => textTower(tokens, parameters, config.text, config.activation);
  const encodeImage = (images: tf.Tensor, mode: Mode = {}) => dot(imageFeatures(images, mode), W_i(), mode);
  const encodeText = (tokens: tf.Tensor2D, mode: Mode = {}) => dot(textFeatures(tokens), W_t(), mode);
  const embed = (images: tf.Tensor, tokens: tf.Tensor2D, mode: Mode = {}) => ({
    I_e: l2Normalize(encodeImage(images, mode)) as tf.Tensor2D,
    T_e: l2Normalize(encodeText(tokens, mode)) as tf.Tensor2D
  });
  return {
    config,
    parameters,
    encodeImage,
    encodeText,
    embed,
    loss(images, tokens, mode) {
      const {I_e, T_e} = embed(images, tokens, mode);
      return contrastiveLoss(I_e, T_e, parameters.get("logit_scale")) as tf.Scalar;
    },
    figure3: (mode = {}) => ({
      image_encoder: (I) => imageFeatures(I, mode),
      text_encoder: textFeatures,
      W_i: W_i(),
      W_t: W_t(),
      t: parameters.get("logit_scale")
    }),
    dispose: () => parameters.dispose()
  };
}

/** Images to the image tower's features [n, d_i]. */
function imageTower(images: tf.Tensor, parameters: Parameters, {image, activation}: ClipConfig, mode: Mode): tf.Tensor2D {
  if (image.kind === "features") return checkImages(images, [image.width]) as tf.Tensor2D;
  const pixels = checkImages(images, [image.sizePx, image.sizePx, 3]) as tf.Tensor4D;
  return image.kind === "vit" ? visionTransformer(pixels, parameters, image, activation) : modifiedResNet(pixels, parameters, image, mode);
}

function checkImages(images: tf.Tensor, expected: number[]): tf.Tensor {
  if (images.rank !== expected.length + 1 || expected.some((size, i) => images.shape[i + 1] !== size)) {
    throw new RangeError(`images: expected [n, ${expected.join(", ")}], [${images.shape.join(", ")}] came`);
  }
  return images;
}
