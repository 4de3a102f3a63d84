/** Learning rates by step: linear warm-up, then a cosine to zero, as open_clip has it. */

export interface Schedule {
  /** The learning rate of a step, counted from 0. */
  (step: number): number;
}

export interface CosineOptions {
  /** The rate after the warm-up. */
  learningRate: number;
  /** Steps of warm-up; the first already moves: rate * 1 / warmupSteps. */
  warmupSteps?: number;
  /** Steps in all, warm-up included; Infinity keeps the rate once it is warm. */
  steps: number;
}

/** rate * (step + 1) / warmupSteps, then rate / 2 * (1 + cos(pi * progress)), no floor; 0 past the end. */
export function warmupCosine({learningRate, warmupSteps = 0, steps}: CosineOptions): Schedule {
  if (!(steps > 0) || !(warmupSteps >= 0)) throw new RangeError(`schedule: expected steps > 0 and warmupSteps >= 0, got ${steps} and ${warmupSteps}`);
  return (step) => {
    if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
    if (steps === Infinity) return learningRate;
    if (step >= steps) return 0;
    const progress = (step - warmupSteps) / (steps - warmupSteps);
    return (learningRate / 2) * (1 + Math.cos(Math.PI * progress));
  };
}

/** The same rate throughout, after the warm-up. */
export function constantRate(learningRate: number, warmupSteps = 0): Schedule {
  return warmupCosine({learningRate, warmupSteps, steps: Infinity});
}
