/** The two halves of the contrastive loss, from embeddings at rest: plain arithmetic, for what others see of a run. */
import type {EmbeddedPairs} from "./protocol.ts";

/**
 * Cross-entropy over captions for each image (rows) and over images for each caption (columns), in nats, at logit scale exp(t).
 * Embeddings are normalised; the row maximum is subtracted before exp, so any t gives finite numbers.
 */
export function contrastiveHalves({imageEmbeddings, captionEmbeddings, width}: EmbeddedPairs, logitScaleLog: number): {lossImage: number; lossText: number} {
  const scale = Math.exp(logitScaleLog);
  return {
    lossImage: oneWay(imageEmbeddings, captionEmbeddings, width, scale),
    lossText: oneWay(captionEmbeddings, imageEmbeddings, width, scale)
  };
}

function oneWay(queries: Float32Array, keys: Float32Array, width: number, scale: number): number {
  const count = queries.length / width;
  const logits = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    let largest = -Infinity;
    for (let j = 0; j < count; j++) {
      let product = 0;
      for (let k = 0; k < width; k++) product += queries[i * width + k] * keys[j * width + k];
      logits[j] = product * scale;
      if (logits[j] > largest) largest = logits[j];
    }
    let total = 0;
    for (let j = 0; j < count; j++) total += Math.exp(logits[j] - largest);
    sum += Math.log(total) - (logits[i] - largest);
  }
  return sum / count;
}
