/** AdamW (Loshchilov and Hutter 2019), as PyTorch computes it. It is told the learning rate at each step and knows no schedule. */
import {adamW, AdamWArena, gradientsInto, webgpuKernels, type AdamWEntry} from "../kernels/index.ts";
import type {Gradients} from "../tensor/gradients.ts";
import {trainedPaths} from "../tensor/gradients.ts";
import type {Parameters} from "../tensor/parameters.ts";
import * as tf from "../tensor/tf.ts";
import type {Part} from "../tensor/webgpu-backend.ts";
import {largestLogitScaleLog} from "./logit-scale.ts";

export interface AdamWOptions {
  /** Decay rates of the two moments. CLIP: .9 and .98 for transformers, .9 and .999 for ResNets. */
  betas?: [number, number];
  /** Added to the root of the second moment. CLIP: 1e-6 for transformers, 1e-8 for ResNets. */
  epsilon?: number;
  /** Fraction of a parameter taken away each step, times the learning rate. */
  weightDecay?: number;
  /** Which parameters decay; by default those of two or more dimensions: no gains, biases or scales. */
  decays?: (path: string, parameter: tf.Tensor) => boolean;
}

/** What one parameter's group asks of a step. */
export interface StepScale {
  /** Times the step's learning rate; 0 leaves the parameter alone. */
  learningRate: number;
  /** Times the optimizer's weight decay. */
  weightDecay: number;
}

export interface AdamW {
  /** Steps taken. */
  step(): number;
  /** Moves every parameter that has a gradient, and does not dispose the gradients. */
  update(gradients: Gradients, learningRate: number, scaleOf?: (path: string) => StepScale): void;
  /** The same in parts that stay on the GPU, so that they can be recorded; undefined where our WebGPU kernels do not run. */
  onGpu(): GpuAdamW | undefined;
  /** Both moments of each parameter under "m/path" and "v/path", for a checkpoint; they stay the optimizer's. */
  moments(): Map<string, tf.Variable>;
  /** Goes on from a checkpoint's moments and step. */
  restore(moments: ReadonlyMap<string, Float32Array>, step: number): void;
  dispose(): void;
}

/** A step that never leaves the GPU: clipped there by the gradients' norm, and not taken where that is not finite. */
export interface GpuAdamW {
  /** Runs a backward pass whose gradients are written where `apply` wants them, as far as they can be. */
  collect<T>(work: () => T): T;
  /** Before each step, recorded or not: counts it, writes its numbers, and puts parameters back that were assigned to. */
  prepare(learningRate: number, options?: {clip?: number; scaleOf?: (path: string) => StepScale; paths?: readonly string[]}): void;
  /** Moves the parameters; can be recorded. The gradients stay the caller's. */
  apply(gradients: Gradients): void;
  /** Where the gradients' norm of the last step lies. */
  norm: Part;
  /** After a norm that was not finite: steps are taken again. Those that were not are not counted. */
  resume(skipped: number): void;
}

const whole: StepScale = {learningRate: 1, weightDecay: 1};

export function createAdamW(parameters: Parameters, {betas = [0.9, 0.98], epsilon = 1e-6, weightDecay = 0.2, decays = (_, {rank}) => rank >= 2}: AdamWOptions = {}): AdamW {
  const moments = new Map<string, tf.Variable>();
  let steps = 0;

  const momentOf = (kind: "m" | "v", path: string): tf.Variable => {
    const key = `${kind}/${path}`;
    const known = moments.get(key);
    if (known) return known;
    const start = tf.zerosLike(parameters.get(path));
    const moment = tf.variable(start, false);
    start.dispose();
    moments.set(key, moment);
    return moment;
  };

  let arena: AdamWArena | undefined;
  const onGpu = (): GpuAdamW | undefined => {
    const backend = webgpuKernels();
    if (!backend) return undefined;
    const paths = parameters.paths();
    const members = () => paths.map((path) => ({parameter: parameters.get(path), ...(!parameters.isBuffer(path) && {m: momentOf("m", path), v: momentOf("v", path)})}));
    arena ??= new AdamWArena(backend, members());
    const present = arena;
    return {
      collect: (work) => gradientsInto(present.places(), work),
      prepare(rate, {clip, scaleOf = () => whole, paths: trained = trainedPaths(parameters)} = {}) {
        steps++;
        present.settle();
        const moved = new Set(trained);
        present.configure(paths.map((path) => {
          if (!moved.has(path)) return undefined;
          const scale = scaleOf(path);
          const decay = decays(path, parameters.get(path)) ? weightDecay * scale.weightDecay : 0;
          return {learningRate: scale.learningRate, weightDecay: decay, bounds: path === "logit_scale" ? [0, largestLogitScaleLog] : undefined};
        }));
        present.prepare({learningRate: rate, betas, epsilon, step: steps, clip});
      },
      apply(gradients) {
        present.update(paths.map((path) => gradients.get(path)));
        present.settle();
      },
      norm: present.norm,
      resume(skipped) {
        steps -= skipped;
        present.resume();
      }
    };
  };

  return {
    step: () => steps,
    onGpu,
    update(gradients, learningRate, scaleOf = () => whole) {
      const gpu = onGpu();
      if (gpu) {
        gpu.prepare(learningRate, {scaleOf, paths: [...gradients.keys()]});
        return gpu.apply(gradients);
      }
      steps++;
      const entries: AdamWEntry[] = [];
      for (const [path, gradient] of gradients) {
        const scale = scaleOf(path);
        if (scale.learningRate === 0) continue;
        const parameter = parameters.get(path);
        const decay = decays(path, parameter) ? weightDecay * scale.weightDecay : 0;
        entries.push({parameter, gradient, m: momentOf("m", path), v: momentOf("v", path), learningRate: learningRate * scale.learningRate, weightDecay: decay});
      }
      adamW(entries, {betas, epsilon, step: steps});
    },
    moments: () => moments,
    restore(saved, step) {
      for (const path of trainedPaths(parameters)) {
        for (const kind of ["m", "v"] as const) {
          const values = saved.get(`${kind}/${path}`);
          if (!values) continue;
          const moment = momentOf(kind, path);
          tf.tidy(() => moment.assign(tf.tensor(values, moment.shape)));
        }
      }
      steps = step;
    },
    dispose() {
      arena?.dispose();
      arena = undefined;
      for (const moment of moments.values()) moment.dispose();
      moments.clear();
    }
  };
}
