/** A transformer's feed-forward layer: two linear layers with an activation between them, in one operation. */
import type * as tf from "../../tensor/tf.ts";
import type {Activation} from "../activation/reference.ts";
import {fused, hasKernel, isRecording} from "../fused.ts";
import {checkShapes, linear, product, weightGradients} from "../linear/index.ts";

/** The weights as PyTorch keeps them: [hidden, width], [hidden], [width, hidden], [width]. */
export interface MlpWeights {
  weightIn: tf.Tensor;
  biasIn: tf.Tensor;
  weightOut: tf.Tensor;
  biasOut: tf.Tensor;
}

/**
 * activation(x weightIn^T + biasIn) weightOut^T + biasOut + residual (Vaswani et al. 2017, section 3.3). x and residual [..., width]
 * -> [..., width]. As two `linear`s, which are its definition; where there are kernels, the gradient before the activation is made
 * while its product is, with no pass of its own. Throws a RangeError where the widths do not meet.
 */
export function mlp(x: tf.Tensor, weights: MlpWeights, {activation, residual}: {activation: Exclude<Activation, "none">; residual: tf.Tensor}): tf.Tensor {
  const {weightIn, biasIn, weightOut, biasOut} = weights;
  if (!hasKernel("DiagonalProduct")) return linear(linear(x, weightIn, {bias: biasIn, activation}), weightOut, {bias: biasOut, residual});
  checkShapes(x, weightIn, {bias: biasIn});
  const hiddenShape = [...x.shape.slice(0, -1), weightIn.shape[0]];
  checkShapes({shape: hiddenShape}, weightOut, {bias: biasOut, residual});
  const keepSlope = isRecording();
  return fused(
    {x, ...weights, residual},
    (save) => {
      const [hidden, slope] = product(x, weightIn, {bAcross: true, activation, keepSlope, bias: biasIn, shape: hiddenShape});
      if (keepSlope) save([x, weightIn, weightOut, hidden, slope]);
      return product(hidden, weightOut, {bAcross: true, bias: biasOut, residual, shape: residual.shape})[0];
    },
    (dy, [x, weightIn, weightOut, hidden, slope]) => {
      const [dz] = product(dy, weightOut, {factor: slope, shape: hidden.shape}); // before the activation
      const [dx] = product(dz, weightIn, {shape: x.shape});
      const [ofIn, ofOut] = [weightGradients(dz, x, weightIn, biasIn), weightGradients(dy, hidden, weightOut, biasOut)];
      dz.dispose(); // as large as all hidden units: what comes next finds its memory, still in the cache
      return {
        x: () => dx,
        weightIn: ofIn.weight, biasIn: ofIn.bias, weightOut: ofOut.weight, biasOut: ofOut.bias,
        residual: () => dy.clone()
      };
    }
  );
}
