/** Keeps gradients in bounds: their global norm, clipping by it, and which of them is not finite. */
import {gradientNorm} from "../kernels/index.ts";
import type {Gradients} from "../tensor/gradients.ts";

/**
 * Scales all gradients by one factor so that their global norm is at most `largest` (Pascanu et al. 2013). Replaced gradients are
 * disposed. Resolves with the norm before scaling.
 */
export async function clipGradients(gradients: Gradients, largest: number): Promise<number> {
  const measured = gradientNorm([...gradients.values()]);
  const norm = (await measured.data())[0];
  measured.dispose();
  if (norm > largest) {
    for (const [path, gradient] of gradients) {
      gradients.set(path, gradient.mul(largest / norm));
      gradient.dispose();
    }
  }
  return norm;
}

/** The path of the first gradient with a value that is not finite. */
export async function firstNotFinite(gradients: Gradients): Promise<string | undefined> {
  for (const [path, gradient] of gradients) if (!(await gradient.data()).every(Number.isFinite)) return path;
}
