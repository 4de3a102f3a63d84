/**
 * Zero-shot classification: sentences become the weights of a classifier (Radford et al. 2021, section 3.1). Takes
 * embeddings, so that it knows no model; the sentences come from prompts.ts, the figures from classification.ts.
 */
import {innerProducts} from "../tensor/products.ts";
import {countRows, normalisedRows} from "../tensor/rows.ts";

export interface PromptEmbeddings {
  /** [classes * templates, width], in the order of `promptsOf`. */
  promptEmbeddings: Float32Array;
  width: number;
  templates: number;
}

/**
 * One weight vector a class, [classes, width]: each prompt's embedding scaled to length 1, averaged over the templates,
 * scaled to length 1 again. The ensemble is the barycentre of its prompts on the sphere.
 */
export function zeroShotWeights({promptEmbeddings, width, templates}: PromptEmbeddings): Float32Array {
  const count = countRows(promptEmbeddings, width, "promptEmbeddings");
  if (!Number.isInteger(templates) || templates < 1) throw new RangeError(`templates: expected a whole number of at least 1, got ${templates}`);
  if (count === 0 || count % templates !== 0) {
    throw new RangeError(`promptEmbeddings: expected ${templates} rows a class, got ${count} rows, which is no whole number of classes`);
  }
  const unit = normalisedRows(promptEmbeddings, width, "promptEmbeddings").values;
  const classes = count / templates;
  const sums = new Float32Array(classes * width);
  for (let c = 0; c < classes; c++) {
    for (let t = 0; t < templates; t++) {
      const from = (c * templates + t) * width;
      for (let k = 0; k < width; k++) sums[c * width + k] += unit[from + k] / templates;
    }
  }
  return normalisedRows(sums, width, "the mean of a class's prompts").values;
}

export interface ScoreInput {
  /** [images, width]; need not be normalised. */
  imageEmbeddings: Float32Array;
  /** [classes, width], of length 1. */
  weights: Float32Array;
  width: number;
  /** exp(t), what cosines are multiplied with before the softmax: 1 / temperature. */
  scale?: number;
}

/** Scaled cosines of every image with every class: [images, classes]. */
export function zeroShotScores({imageEmbeddings, weights, width, scale = 1}: ScoreInput): Float32Array {
  const images = normalisedRows(imageEmbeddings, width, "imageEmbeddings");
  const count = countRows(imageEmbeddings, width, "imageEmbeddings");
  const classes = countRows(weights, width, "weights");
  const cosines = innerProducts(images, 0, count, {values: weights, width}, 0, classes);
  return scale === 1 ? cosines : cosines.map((cosine) => cosine * scale);
}
