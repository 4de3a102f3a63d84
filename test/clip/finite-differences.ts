/** Gradients by central differences, for losses small enough to be computed again and again. */
import {expect} from "vitest";
import {seededRandom} from "../../src/tensor/random.ts";
import * as tf from "../../src/tensor/tf.ts";

/** Asserts that tfjs's gradient of a scalar function agrees with differences of its values, at every element of every input. */
export async function expectGradient(f: (...inputs: tf.Tensor[]) => tf.Scalar, inputs: tf.Tensor[], {step = 4e-3, tolerance = 2e-3} = {}): Promise<void> {
  const gradients = tf.grads((...xs) => f(...xs))(inputs);
  for (let which = 0; which < inputs.length; which++) {
    const values = await inputs[which].data();
    const gradient = await gradients[which].data();
    for (let i = 0; i < values.length; i++) {
      const at = (change: number) => {
        const moved = Float32Array.from(values);
        moved[i] += change;
        return tf.tidy(() => f(...inputs.map((input, k) => (k === which ? tf.tensor(moved, input.shape) : input))).dataSync()[0]);
      };
      const difference = (at(step) - at(-step)) / (2 * step);
      expect(Math.abs(gradient[i] - difference), `input ${which}, element ${i}: gradient ${gradient[i]}, difference ${difference}`).toBeLessThan(tolerance * Math.max(1, Math.abs(difference)));
    }
  }
  tf.dispose(gradients);
}

/** Rows of length 1: [n, d]. */
export function unitRows(n: number, d: number, seed: number): tf.Tensor2D {
  const random = seededRandom(seed);
  const rows = tf.tensor2d(Float32Array.from({length: n * d}, () => random.normal()), [n, d]);
  return tf.tidy(() => rows.div(rows.norm("euclidean", 1, true)));
}
