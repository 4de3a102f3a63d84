/** The numbers of the jobs in assembly/index.as.ts. */
const names = [
  "product", "beforeActivation", "layerNorm", "layerNormGradient", "attention", "attentionGradient", "embedding", "embeddingGradient", "unroll", "rollUp", "l2Normalize", "l2NormalizeGradient", "lossRows", "lossGradient", "adamW", "squaredNorm", "peak",
  "batchSums", "batchNorm", "batchNormSums", "batchNormGradient"
] as const;

export type Job = (typeof names)[number];

export const jobs = Object.fromEntries(names.map((name, number) => [name, number])) as Record<Job, number>;

/** The numbers of the activations in vector.as.ts. */
export const activations = {none: 0, gelu: 1, quickGelu: 2, relu: 3, relu6: 4} as const;
