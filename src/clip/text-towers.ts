/** The two text towers that the paper's pseudocode allows: a causal transformer, and a continuous bag of words. */
import {embedding, layerNorm} from "../kernels/index.ts";
import type {Parameters, ParameterSpecs} from "../tensor/parameters.ts";
import type * as tf from "../tensor/tf.ts";
import type {Activation, CbowConfig, TextConfig, TextTransformerConfig} from "./config.ts";
import {transformer, transformerAt, transformerSpecs} from "./transformer.ts";

/** Token ids [n, contextLength] int32 to features [n, width], before the projection. */
export function textTower(tokens: tf.Tensor2D, parameters: Parameters, config: TextConfig, activation: Activation): tf.Tensor2D {
  return config.kind === "cbow" ? cbow(tokens, parameters) : textTransformer(tokens, parameters, config, activation);
}

/** The transformer's row at the end token, which alone has read the whole caption: [n, width]. */
export function textTransformer(tokens: tf.Tensor2D, parameters: Parameters, config: TextTransformerConfig, activation: Activation): tf.Tensor2D {
  const ends = tokens.argMax<tf.Tensor1D>(1); // [n]: the end token has the largest id of the vocabulary
  const last = transformerAt(embedded(tokens, parameters, config), ends, parameters, "transformer", config, {causal: true, activation}); // [n, width]
  return layerNorm(last, parameters.get("ln_final.weight"), parameters.get("ln_final.bias")) as tf.Tensor2D;
}

/** All rows of the last block: [n, tokens, width]; before ln_final. */
export function textTokens(tokens: tf.Tensor2D, parameters: Parameters, config: TextTransformerConfig, activation: Activation): tf.Tensor3D {
  return transformer(embedded(tokens, parameters, config), parameters, "transformer", config, {causal: true, activation});
}

/** What goes into the first block: the tokens' embeddings with their positions, [n, tokens, width]. */
function embedded(tokens: tf.Tensor2D, parameters: Parameters, config: TextTransformerConfig): tf.Tensor {
  const length = tokens.shape[1];
  if (length > config.contextLength) throw new RangeError(`The captions have ${length} tokens; the text tower has positions for ${config.contextLength}.`);
  const all = parameters.get("positional_embedding");
  const positions = length === config.contextLength ? all : all.slice([0, 0], [length, -1]); // [tokens, width]
  return embedding(parameters.get("token_embedding.weight"), tokens).add(positions); // [n, tokens, width]
}

/** Mean of the embeddings of all tokens that are not padding (id 0): [n, width]. */
export function cbow(tokens: tf.Tensor2D, parameters: Parameters): tf.Tensor2D {
  const mask = tokens.notEqual(0).toFloat(); // [n, tokens]
  const words = embedding(parameters.get("token_embedding.weight"), tokens); // [n, tokens, width]
  const sum = mask.expandDims(2).mul(words).sum<tf.Tensor2D>(1); // [n, width]
  return sum.div(mask.sum(1, true).maximum(1));
}

export function textTowerSpecs(specs: ParameterSpecs, config: TextConfig): void {
  if (config.kind === "cbow") return cbowSpecs(specs, config);
  const {width, contextLength, vocabularySize} = config;
  specs.set("positional_embedding", {shape: [contextLength, width], start: {normal: 0.01}});
  transformerSpecs(specs, "transformer", config, "paper");
  specs.set("token_embedding.weight", {shape: [vocabularySize, width], start: {normal: 0.02}});
  specs.set("ln_final.weight", {shape: [width], start: {constant: 1}});
  specs.set("ln_final.bias", {shape: [width], start: {constant: 0}});
}

function cbowSpecs(specs: ParameterSpecs, {width, vocabularySize}: CbowConfig): void {
  specs.set("token_embedding.weight", {shape: [vocabularySize, width], start: {normal: 0.02}});
}
