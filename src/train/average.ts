/** An exponential moving average of a model's parameters, which often generalises better than the last step's. */
import {trainedPaths} from "../tensor/gradients.ts";
import type {Parameters} from "../tensor/parameters.ts";
import * as tf from "../tensor/tf.ts";

export interface Average {
  /** Takes in the parameters as they are now; to be called after each optimizer step. */
  update(): void;
  /** The averages by path; they stay this object's. */
  values(): ReadonlyMap<string, tf.Variable>;
  /** Runs `use` with the averages in the parameters' place, and puts the parameters back, come what may. Not across `await`. */
  during<T>(use: () => T): T;
  restore(values: ReadonlyMap<string, Float32Array>): void;
  dispose(): void;
}

export interface AverageOptions {
  /** How much of the average stays at each step; .9998 for long runs, less for short ones. */
  decay?: number;
}

/** Starts an average at the parameters' present values. Running statistics are means already, and are left out. */
export function createAverage(parameters: Parameters, {decay = 0.9998}: AverageOptions = {}): Average {
  if (!(decay >= 0 && decay < 1)) throw new RangeError(`average: decay must be at least 0 and below 1, got ${decay}`);
  const averages = new Map(trainedPaths(parameters).map((path) => [path, tf.tidy(() => tf.variable(parameters.get(path).mul(1), false))]));
  return {
    values: () => averages,
    update() {
      for (const [path, average] of averages) tf.tidy(() => average.assign(average.mul(decay).add(parameters.get(path).mul(1 - decay))));
    },
    during(use) {
      const present = new Map<string, tf.Tensor>();
      try {
        for (const [path, average] of averages) {
          present.set(path, tf.tidy(() => parameters.get(path).mul(1)));
          parameters.set(path, average);
        }
        return use();
      } finally {
        for (const [path, values] of present) {
          parameters.set(path, values);
          values.dispose();
        }
      }
    },
    restore(values) {
      for (const [path, average] of averages) {
        const saved = values.get(path);
        if (saved) tf.tidy(() => average.assign(tf.tensor(saved, average.shape)));
      }
    },
    dispose() {
      for (const average of averages.values()) average.dispose();
      averages.clear();
    }
  };
}
