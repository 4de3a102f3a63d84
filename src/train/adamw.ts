/** AdamW (Loshchilov and Hutter 2019), as PyTorch computes it. It is told the learning rate at each step and knows no schedule. */
import {adamW, type AdamWEntry} from "../kernels/index.ts";
import type {Gradients} from "../tensor/gradients.ts";
import {trainedPaths} from "../tensor/gradients.ts";
import type {Parameters} from "../tensor/parameters.ts";
import * as tf from "../tensor/tf.ts";

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
  /** Both moments of each parameter under "m/path" and "v/path", for a checkpoint; they stay the optimizer's. */
  moments(): Map<string, tf.Variable>;
  /** Goes on from a checkpoint's moments and step. */
  restore(moments: ReadonlyMap<string, Float32Array>, step: number): void;
  dispose(): void;
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

  return {
    step: () => steps,
    update(gradients, learningRate, scaleOf = () => whole) {
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
      for (const moment of moments.values()) moment.dispose();
      moments.clear();
    }
  };
}
