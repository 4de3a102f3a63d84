/** CLIP's symmetric contrastive loss. */
import type * as tf from "../../tensor/tf.ts";
import {fused, hasKernel, runKernel} from "../fused.ts";
import {contrastiveLossReference} from "./reference.ts";

/**
 * The symmetric cross-entropy of CLIP (Radford et al. 2021, figure 3): every image must pick its own caption and every
 * caption its own image, with logits = exp(t) I_e T_e^T.
 * imageEmbeddings and textEmbeddings [n, d], both of unit length; t the learned log scale, [] or [1] -> a scalar.
 */
export function contrastiveLoss(imageEmbeddings: tf.Tensor, textEmbeddings: tf.Tensor, t: tf.Tensor): tf.Scalar {
  if (imageEmbeddings.rank !== 2 || `${imageEmbeddings.shape}` !== `${textEmbeddings.shape}`) {
    throw new RangeError(`contrastiveLoss: expected two [n, d] of the same shape, got [${imageEmbeddings.shape}] and [${textEmbeddings.shape}]`);
  }
  if (t.size !== 1) throw new RangeError(`contrastiveLoss: t must be one number, got [${t.shape}]`);
  if (!hasKernel("DiagonalContrastiveLoss")) return contrastiveLossReference(imageEmbeddings as tf.Tensor2D, textEmbeddings as tf.Tensor2D, t);
  return fused(
    {images: imageEmbeddings, texts: textEmbeddings, t},
    (save) => {
      const inputs = {images: imageEmbeddings, texts: textEmbeddings, t};
      const [loss, rowSums, columnSums] = runKernel("DiagonalContrastiveLoss", inputs, {});
      save([imageEmbeddings, textEmbeddings, t, rowSums, columnSums]);
      return loss;
    },
    (dy, [images, texts, t, rowSums, columnSums]) => {
      const gradients = runKernel("DiagonalContrastiveLossGradient", {images, texts, t, rowSums, columnSums, dy}, {});
      return {images: () => gradients[0], texts: () => gradients[1], t: () => gradients[2]};
    }
  ) as tf.Scalar;
}
