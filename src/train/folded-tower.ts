/**
 * A layers model made quick for looking only: each convolution takes its batch norm into its weights and its bounded ReLU into the
 * same operation (Jacob et al. 2018, section 3.2). Not for training: nothing in it has a gradient.
 */
import type {LayersModel, SymbolicTensor} from "@tensorflow/tfjs-layers";
import {linear} from "../kernels/index.ts";
import * as tf from "../tensor/tf.ts";

type Layer = LayersModel["layers"][number];

export interface FoldedTower {
  /** [n, h, w, c] -> what the model gives. The caller disposes it. */
  predict(x: tf.Tensor): tf.Tensor;
  /** Frees the folded weights; the model stays its owner's. */
  dispose(): void;
}

/** One operation: what it reads, by layer name, and what it gives is kept under. */
interface Step {
  inputs: string[];
  output: string;
  run(inputs: tf.Tensor[]): tf.Tensor;
}

type Rectifier = "none" | "relu" | "relu6";

/** Folds what can be folded; every other layer runs as it is. */
export function foldTower(model: LayersModel): FoldedTower {
  const weights: tf.Tensor[] = [];
  const readers = readersOf(model);
  const folded = new Set<Layer>();
  const steps: Step[] = [];
  for (const layer of model.layers) {
    if (folded.has(layer) || layer.getClassName() === "InputLayer") continue;
    const chain = chainFrom(layer, readers);
    const inputs = inputsOf(layer);
    if (!chain) {
      steps.push({inputs, output: layer.name, run: (tensors) => layer.apply(tensors.length === 1 ? tensors[0] : tensors) as tf.Tensor});
      continue;
    }
    for (const {name} of [chain.norm, chain.activation].filter((part) => part !== undefined)) folded.add(model.getLayer(name));
    const {filter, bias} = foldedWeights(layer, chain.norm);
    weights.push(filter, bias);
    const run = isPointwise(layer)
      ? ([x]: tf.Tensor[]) => linear(x, filter, {bias, activation: chain.rectifier})
      : ([x]: tf.Tensor[]) => convolve(layer, x as tf.Tensor4D, filter as tf.Tensor4D, bias, chain.rectifier);
    steps.push({inputs, output: (chain.activation ?? chain.norm).name, run});
  }
  const inputName = model.inputLayers[0].name;
  const outputName = model.outputLayers[0].name;
  return {
    predict: (x) => tf.tidy(() => {
      const values = new Map<string, tf.Tensor>([[inputName, x]]);
      for (const {inputs, output, run} of steps) values.set(output, run(inputs.map((name) => values.get(name)!)));
      return values.get(outputName)!;
    }),
    dispose: () => tf.dispose(weights)
  };
}

/** The names of the layers that a layer reads. */
function inputsOf(layer: Layer): string[] {
  const inputs = [layer.input].flat() as SymbolicTensor[];
  return inputs.map(({sourceLayer}) => sourceLayer.name);
}

function readersOf(model: LayersModel): Map<string, Layer[]> {
  const readers = new Map<string, Layer[]>();
  for (const layer of model.layers) {
    if (layer.getClassName() === "InputLayer") continue;
    for (const name of inputsOf(layer)) readers.set(name, [...(readers.get(name) ?? []), layer]);
  }
  return readers;
}

/** The batch norm that alone reads a plain convolution, and the rectifier that alone reads that. */
function chainFrom(layer: Layer, readers: Map<string, Layer[]>): {norm: Layer; activation?: Layer; rectifier: Rectifier} | undefined {
  const config = layer.getConfig();
  const plain = ["Conv2D", "DepthwiseConv2D"].includes(layer.getClassName()) && config.activation === "linear" && config.dataFormat === "channelsLast";
  const norm = onlyReader(layer, readers);
  if (!plain || norm?.getClassName() !== "BatchNormalization" || ![-1, 3].includes(norm.getConfig().axis as number)) return undefined;
  const activation = onlyReader(norm, readers);
  const rectifier = activation && rectifierOf(activation);
  return rectifier ? {norm, activation, rectifier} : {norm, rectifier: "none"};
}

function onlyReader(layer: Layer, readers: Map<string, Layer[]>): Layer | undefined {
  const all = readers.get(layer.name) ?? [];
  return all.length === 1 ? all[0] : undefined;
}

function rectifierOf(layer: Layer): Rectifier | undefined {
  const {activation, maxValue} = layer.getConfig();
  if (layer.getClassName() === "Activation") return activation === "relu" || activation === "relu6" ? activation : undefined;
  if (layer.getClassName() !== "ReLU") return undefined;
  return maxValue === undefined || maxValue === null ? "relu" : maxValue === 6 ? "relu6" : undefined;
}

/** Whether a convolution is a matrix product: pixel by pixel, each of them. */
function isPointwise(layer: Layer): boolean {
  const {kernelSize, strides} = layer.getConfig() as {kernelSize: number[]; strides: number[]};
  return layer.getClassName() === "Conv2D" && [...kernelSize, ...strides].every((size) => size === 1);
}

/** The convolution's weights times the norm's scale, [out, in] where it is a matrix product, and the bias that is left. */
function foldedWeights(layer: Layer, norm: Layer): {filter: tf.Tensor; bias: tf.Tensor1D} {
  return tf.tidy(() => {
    const [filter, ownBias] = layer.getWeights();
    const {epsilon, scale: hasGain, center: hasBias} = norm.getConfig() as {epsilon: number; scale: boolean; center: boolean};
    const statistics = [...norm.getWeights()];
    const gain = hasGain ? statistics.shift()! : tf.scalar(1);
    const shift = hasBias ? statistics.shift()! : tf.scalar(0);
    const [mean, variance] = statistics;
    const scale = gain.div(variance.add(epsilon).sqrt()); // [channels]
    const bias = shift.add((ownBias ?? tf.scalar(0)).sub(mean).mul(scale)) as tf.Tensor1D;
    // A depthwise filter is [h, w, channels, 1], any other [h, w, in, channels].
    const across = layer.getClassName() === "DepthwiseConv2D" ? scale.reshape([...filter.shape.slice(2)]) : scale;
    const scaled = filter.mul(across);
    return {filter: tf.keep(isPointwise(layer) ? scaled.reshape(filter.shape.slice(2)).transpose() : scaled), bias: tf.keep(bias)};
  });
}

function convolve(layer: Layer, x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor1D, activation: Rectifier): tf.Tensor {
  const {strides, padding, dilationRate} = layer.getConfig() as {strides: [number, number]; padding: "same" | "valid"; dilationRate: [number, number]};
  const options = {x, filter, strides, pad: padding, dilations: dilationRate, bias, activation: activation === "none" ? ("linear" as const) : activation};
  return layer.getClassName() === "DepthwiseConv2D" ? tf.fused.depthwiseConv2d(options) : tf.fused.conv2d(options);
}
