/** Gradients of a loss with respect to named parameters. */
import type {Parameters} from "./parameters.ts";
import * as tf from "./tf.ts";

/** Gradients by parameter path; a parameter that the loss does not reach has none. Whoever is given them disposes them. */
export type Gradients = Map<string, tf.Tensor>;

/** Runs `loss` and its backward pass; gradients for `paths`, all trained parameters if left out. The caller disposes value and gradients. */
export function valueAndGradients(loss: () => tf.Scalar, parameters: Parameters, paths: readonly string[] = trainedPaths(parameters)): {value: tf.Scalar; gradients: Gradients} {
  const variables = paths.map((path) => parameters.get(path));
  const {value, grads} = tf.variableGrads(loss, variables);
  const gradients: Gradients = new Map();
  paths.forEach((path, i) => {
    const gradient = grads[variables[i].name];
    if (gradient) gradients.set(path, gradient);
  });
  return {value, gradients};
}

/** Every path that an optimizer may move. */
export function trainedPaths(parameters: Parameters): string[] {
  return parameters.paths().filter((path) => !parameters.isBuffer(path));
}

export function disposeGradients(gradients: Gradients): void {
  for (const gradient of gradients.values()) gradient.dispose();
  gradients.clear();
}
