/** One AdamW update of all parameters, and the norm of their gradients. The optimizer that keeps the moments is src/train/adamw.ts. */
import * as tf from "../../tensor/tf.ts";
import {changedInPlace} from "../../tensor/wasm-memory.ts";
import {nativeKernels, type Native} from "../assembly/native.ts";
import {adamWReference, corrections, gradientNormReference, type AdamWEntry, type AdamWStep} from "./reference.ts";

export type {AdamWEntry, AdamWStep} from "./reference.ts";
export {AdamWArena, type ArenaMember, type ArenaScale, type ArenaStep} from "./webgpu.ts";

/** 32-bit words of an entry in adamw/wasm.ts. */
const entryWords = 8;

/**
 * Moves every entry's parameter, moments and moving average (Loshchilov and Hutter 2019, as PyTorch computes it). Not recorded for
 * gradients. Natively on WebAssembly; on WebGPU an `AdamWArena` does the same over all parameters at once.
 */
export function adamW(entries: readonly AdamWEntry[], step: AdamWStep): void {
  const native = nativeKernels();
  if (!native) return adamWReference(entries, step);
  const {betas, epsilon, gradientScale = 1, averageDecay = 0} = step;
  const {rate, root} = corrections(step);
  for (const {parameter, m, v, average} of entries) {
    for (const variable of [parameter, m, v, average]) if (variable) ownData(native, variable);
  }
  const table = tableOf(native, entries.map(({parameter, gradient, m, v, average, learningRate, weightDecay}) => ({
    words: [parameter, gradient, m, v, average].map((tensor) => native.address(tensor)).concat(parameter.size),
    floats: [learningRate * rate, 1 - learningRate * weightDecay]
  })));
  native.run("adamW", [entries.length, table], [...betas, epsilon, root, gradientScale, averageDecay]);
  for (const {parameter, average} of entries) {
    changedInPlace(native.backend, parameter);
    if (average) changedInPlace(native.backend, average);
  }
}

/** Square root of the sum of all gradients' squares: a scalar, which the caller disposes. */
export function gradientNorm(gradients: readonly tf.Tensor[]): tf.Scalar {
  const native = nativeKernels();
  if (!native || gradients.length === 0) return gradientNormReference(gradients);
  const entries = gradients.map((gradient) => ({words: [0, native.address(gradient), 0, 0, 0, gradient.size], floats: [0, 0]}));
  const sumBytes = 8 * native.parts;
  const table = tableOf(native, entries, sumBytes);
  const sums = table - sumBytes;
  native.run("squaredNorm", [gradients.length, table, sums]);
  return tf.scalar(Math.sqrt(native.doublesAt(sums, native.parts).reduce((a, b) => a + b, 0)));
}

/** Writes a job's table into the workspace, after `before` bytes for its results. */
function tableOf(native: Native, entries: {words: number[]; floats: number[]}[], before = 0): number {
  const address = native.workspace(before + 4 * entryWords * entries.length) + before;
  const words = native.wordsAt(address, entryWords * entries.length);
  const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
  entries.forEach((entry, i) => {
    words.set(entry.words, i * entryWords);
    floats.set(entry.floats, i * entryWords + entry.words.length);
  });
  return address;
}

/** Sees to it that writing to a variable in place changes no other tensor: a clone shares its numbers until one of them changes. */
function ownData(native: Native, variable: tf.Variable): void {
  if (native.sharers(variable) > 1) tf.tidy(() => variable.assign(tf.mul(variable, 1)));
}
