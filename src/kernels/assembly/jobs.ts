/** The numbers of the jobs in assembly/index.as.ts. */
export const jobs = {product: 0, beforeActivation: 1} as const;

export type Job = keyof typeof jobs;

/** The numbers of the activations in vector.as.ts. */
export const activations = {none: 0, gelu: 1, quickGelu: 2} as const;
