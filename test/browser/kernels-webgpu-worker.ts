/** Runs in a module worker of the tested browser, on software WebGPU: the WGSL kernels against float64 loops and the definitions. */
import {adamW} from "../../src/kernels/adamw/index.ts";
import {adamWReference} from "../../src/kernels/adamw/reference.ts";
import {layerNorm, installWebgpuKernels} from "../../src/kernels/index.ts";
import {layerNormReference} from "../../src/kernels/layer-norm/reference.ts";
import {shaderRuns} from "../../src/kernels/wgsl/program.ts";
import {seededRandom} from "../../src/tensor/random.ts";
import * as tf from "../../src/tensor/tf.ts";
import {findAdapter, registerWebgpu} from "../../src/tensor/webgpu-device.ts";
import {disagreement} from "../kernels/cases.ts";

export interface WebgpuAnswer {
  adapter: boolean;
  wrong: string[];
  runs: Record<string, number>;
}

globalThis.onmessage = async () => {
  try {
    globalThis.postMessage({answer: await run()});
  } catch (error) {
    globalThis.postMessage({error: (error as Error).stack});
  }
};

const random = seededRandom(7);
const draw = (shape: number[], spread = 1) => tf.tensor(Array.from({length: shape.reduce((a, b) => a * b, 1)}, () => spread * random.normal()), shape);

async function run(): Promise<WebgpuAnswer> {
  const adapter = await findAdapter();
  if (!adapter) return {adapter: false, wrong: [], runs: {}};
  await registerWebgpu(adapter);
  await tf.setBackend("webgpu");
  installWebgpuKernels();
  const wrong: string[] = [];
  const compare = async (label: string, ours: tf.Tensor, theirs: tf.Tensor) => {
    const [a, b] = [await ours.data(), await theirs.data()];
    const size = Math.sqrt(Array.from(b).reduce((sum, x) => sum + x * x, 0) / b.length);
    const worst = disagreement(a, b, {relative: 1e-5, absolute: Math.max(1e-6, 1e-5 * size)});
    if (!(worst < 1)) wrong.push(`${label} is ${worst.toFixed(1)} tolerances off`);
  };
  for (const [rows, width] of [[1, 1], [7, 13], [65, 128], [197, 50]]) {
    const [x, gain, bias, weights] = [draw([rows, width]), draw([width]), draw([width]), draw([rows, width])];
    const both = [layerNorm, layerNormReference].map((norm) => tf.valueAndGrads((x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor) => tf.sum(tf.mul(norm(x, gain, bias), weights)))([x, gain, bias]));
    await compare(`layerNorm [${rows}, ${width}]`, layerNorm(x, gain, bias), layerNormReference(x, gain, bias));
    for (let i = 0; i < 3; i++) await compare(`layerNorm [${rows}, ${width}], gradient ${i}`, both[0].grads[i], both[1].grads[i]);
  }
  for (const size of [1, 65, 197 * 4]) {
    const [p, g, m, v, average] = [draw([size]), draw([size]), draw([size], 0.1), tf.square(draw([size], 0.1)), draw([size])];
    const entries = [0, 1].map(() => ({parameter: tf.variable(p), gradient: g, m: tf.variable(m), v: tf.variable(v), average: tf.variable(average), learningRate: 0.01, weightDecay: 0.2}));
    const before = await p.data();
    const step = {betas: [0.9, 0.98] as [number, number], epsilon: 1e-6, step: 3, gradientScale: 0.7, averageDecay: 0.9};
    adamW([entries[0]], step);
    adamWReference([entries[1]], step);
    for (const name of ["parameter", "m", "v", "average"] as const) await compare(`adamW [${size}], ${name}`, entries[0][name], entries[1][name]);
    // The parameter began as a clone of p, which must not have moved.
    if ((await p.data()).some((value, i) => value !== before[i])) wrong.push(`adamW [${size}] moved what the parameter was cloned from`);
  }
  return {adapter: true, wrong, runs: Object.fromEntries(shaderRuns)};
}
