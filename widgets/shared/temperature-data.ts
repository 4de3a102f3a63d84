/** What a temperature does to one set of cosines: loss, the pushes on the negatives, how many negatives count. On plain numbers. */
import {softmax} from "./matrix.ts";

/** Mean over rows and columns of -log softmax at the diagonal, at logits scale * cosine: finite for every scale. */
export function symmetricLoss(cosines: ArrayLike<number>, n: number, scale: number): number {
  let total = 0;
  for (let d = 0; d < n; d++) {
    for (const step of [1, n]) {
      const start = step === 1 ? d * n : d;
      let max = -Infinity;
      for (let k = 0; k < n; k++) max = Math.max(max, cosines[start + k * step]);
      let sum = 0;
      for (let k = 0; k < n; k++) sum += Math.exp(scale * (cosines[start + k * step] - max));
      total += Math.log(sum) + scale * (max - cosines[d * n + d]);
    }
  }
  return total / (2 * n);
}

export interface Pushes {
  /** Mean share of an image's push that goes to its k-th hardest negative: falls, and adds up to 1. */
  sorted: number[];
  /** Mean over images of exp(entropy) of those shares: how many negatives take part. */
  effective: number;
}

/**
 * How the gradient's push is shared out over the wrong captions of each image: by p_ij / (1 - p_ii), which is softmax over the negatives alone
 * (Wang and Liu 2021, "Understanding the Behaviour of Contrastive Loss").
 */
export function pushes(cosines: ArrayLike<number>, n: number, scale: number): Pushes {
  const negatives = new Float32Array(n * Math.max(0, n - 1));
  for (let i = 0; i < n; i++) for (let j = 0, k = 0; j < n; j++) if (j !== i) negatives[i * (n - 1) + k++] = cosines[i * n + j];
  const shares = softmax(negatives, n, n - 1, scale);
  const sorted = new Array<number>(Math.max(0, n - 1)).fill(0);
  let effective = 0;
  for (let i = 0; i < n; i++) {
    const row = shares.slice(i * (n - 1), (i + 1) * (n - 1)).sort().reverse();
    let entropy = 0;
    row.forEach((share, k) => {
      sorted[k] += share / n;
      if (share > 0) entropy -= share * Math.log(share);
    });
    effective += Math.exp(entropy) / n;
  }
  return {sorted, effective: n > 1 ? effective : 0};
}
