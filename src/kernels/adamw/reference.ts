/** Definition of one AdamW update (Loshchilov and Hutter 2019), as PyTorch computes it. */
import * as tf from "../../tensor/tf.ts";

/** One parameter and what moves it; all of the parameter's shape. */
export interface AdamWEntry {
  parameter: tf.Variable;
  gradient: tf.Tensor;
  /** First and second moment. */
  m: tf.Variable;
  v: tf.Variable;
  /** Its moving average, where one is kept. */
  average?: tf.Variable;
  learningRate: number;
  /** Fraction taken away each step, times the learning rate. */
  weightDecay: number;
}

/** What is the same for all parameters of a step. */
export interface AdamWStep {
  betas: [number, number];
  epsilon: number;
  /** Steps taken, this one included. */
  step: number;
  /** Times every gradient (1): for clipping by the global norm. */
  gradientScale?: number;
  /** How much of the moving averages stays (0). */
  averageDecay?: number;
}

/** Two numbers that carry the moments' bias corrections, so that no tensor pays for them. */
export function corrections({betas: [beta1, beta2], step}: Pick<AdamWStep, "betas" | "step">): {rate: number; root: number} {
  return {rate: 1 / (1 - beta1 ** step), root: 1 / Math.sqrt(1 - beta2 ** step)};
}

/** Moves parameters, moments and averages. */
export function adamWReference(entries: readonly AdamWEntry[], step: AdamWStep): void {
  const {betas: [beta1, beta2], epsilon, gradientScale = 1, averageDecay = 0} = step;
  const {rate, root} = corrections(step);
  for (const {parameter, gradient, m, v, average, learningRate, weightDecay} of entries) {
    tf.tidy(() => {
      const g = gradientScale === 1 ? gradient : tf.mul(gradient, gradientScale);
      m.assign(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)));
      v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2)));
      const kept = weightDecay === 0 ? parameter : tf.mul(parameter, 1 - learningRate * weightDecay);
      const move = tf.div(m, tf.add(tf.mul(tf.sqrt(v), root), epsilon));
      parameter.assign(tf.sub(kept, tf.mul(move, learningRate * rate)));
      if (average) average.assign(tf.add(tf.mul(average, averageDecay), tf.mul(parameter, 1 - averageDecay)));
    });
  }
}

/** Square root of the sum of all gradients' squares: a scalar. */
export function gradientNormReference(gradients: readonly tf.Tensor[]): tf.Scalar {
  return tf.tidy(() => tf.sqrt(tf.addN([tf.scalar(0), ...gradients.map((gradient) => tf.sum(tf.square(gradient)) as tf.Scalar)])));
}
