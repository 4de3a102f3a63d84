/** How far two computations of the loss are apart, stage by stage. */
import type {LossSteps} from "../../src/clip/loss-steps.ts";

/**
 * The largest difference over everything that both computed; Infinity where they differ in shape. Numbers above 1 count by their share of the stage's largest:
 * float32 keeps seven digits, and a real CLIP's logits go to 30. The gradient on the temperature is a sum of logits, and counts as they do.
 */
export function largestDifference(other: object, steps: LossSteps): number {
  const flat = (value: unknown) => [value].flat(3) as number[];
  const largest = (numbers: number[]) => numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 1);
  let worst = 0;
  for (const [key, value] of Object.entries(other)) {
    const [a, b] = [flat(value), flat(steps[key as keyof LossSteps])];
    if (a.length !== b.length) return Infinity;
    const size = largest(key === "d_t" ? flat(steps.logits) : b);
    for (let k = 0; k < a.length; k++) worst = Math.max(worst, Math.abs(a[k] - b[k]) / size);
  }
  return worst;
}
